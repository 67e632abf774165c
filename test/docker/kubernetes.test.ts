import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { loadConfig } from '../../src/config/config.ts'
import { ROOT, readStages } from './files.ts'
import { schemaFaults } from './kubernetes-schema.ts'

const FOLDER = join(ROOT, 'docker/kubernetes')
const KUSTOMIZATION = 'kustomization.yaml'
const files = readdirSync(FOLDER).filter((name) => name !== KUSTOMIZATION)
const documents = files.flatMap((name) =>
  parseAllDocuments(readFileSync(join(FOLDER, name), 'utf8'), { strict: true }).map((document) => {
    expect(document.errors, name).toEqual([])
    return document.toJS()
  }),
)
const named = (kind: string, name: string) =>
  documents.find((it) => it.kind === kind && it.metadata.name === name)
const deployments = documents.filter(({ kind }) => kind === 'Deployment')
const bytes = (quantity: string) =>
  Number.parseInt(quantity, 10) * ({ Gi: 2 ** 30, GiB: 2 ** 30 }[quantity.replace(/\d+/, '')] ?? Number.NaN)

describe('docker/kubernetes', () => {
  it('follows the schema of each kind', () => {
    expect(documents.length).toBeGreaterThan(8)
    for (const document of documents) {
      const what = `${document.kind} ${document.metadata.name}`
      expect(schemaFaults(document), what).toBeNull()
      expect(schemaFaults({ ...document, sepc: {} }), what).not.toBeNull()
    }
  })

  it('is named by the kustomization, which renames the images that the Dockerfile builds', () => {
    const { resources, images } = parse(readFileSync(join(FOLDER, KUSTOMIZATION), 'utf8'))
    expect(resources.map((name: string) => name.replace(/^secret/, 'secret.example')).toSorted()).toEqual(
      files.toSorted(),
    )
    const stages = readStages().map(({ name }) => name)
    const used = deployments.map(({ spec }) => spec.template.spec.containers[0].image)
    expect(images.map(({ name }: { name: string }) => name).toSorted()).toEqual(used.toSorted())
    for (const image of used) expect(stages).toContain(image.replace('fitserve-', ''))
  })

  it('names what is there: settings, secrets, pods, ports and deployments', () => {
    for (const { spec } of deployments) {
      const pod = spec.template
      expect(pod.metadata.labels).toMatchObject(spec.selector.matchLabels)
      expect(named('ServiceAccount', pod.spec.serviceAccountName)).toBeDefined()
      for (const from of pod.spec.containers[0].envFrom) {
        const found = from.configMapRef
          ? named('ConfigMap', from.configMapRef.name)
          : named('Secret', from.secretRef.name)
        expect(found, JSON.stringify(from)).toBeDefined()
      }
    }
    const api = named('Deployment', 'fitserve-api').spec.template
    expect(api.metadata.labels).toMatchObject(named('Service', 'fitserve').spec.selector)
    const ports = api.spec.containers[0].ports.map(({ name }: { name: string }) => name)
    expect(ports).toContain(named('Service', 'fitserve').spec.ports[0].targetPort)
    expect(named('NetworkPolicy', 'fitserve-api').spec.ingress[0].ports[0].port).toBe(ports[0])
    const scaled = named('HorizontalPodAutoscaler', 'fitserve-api').spec.scaleTargetRef
    expect(named(scaled.kind, scaled.name).spec).not.toHaveProperty('replicas')
    const openApi = parse(readFileSync(join(ROOT, 'openapi.yaml'), 'utf8'))
    for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe'])
      expect(openApi.paths).toHaveProperty([api.spec.containers[0][probe].httpGet.path])
  })

  it('keeps the filled-in secret out of images and version control', () => {
    const lines = (name: string) => readFileSync(join(ROOT, name), 'utf8').split('\n')
    const ignored = lines('.dockerignore')
    expect(ignored.indexOf('docker/kubernetes')).toBeGreaterThan(ignored.indexOf('!docker'))
    expect(lines('.gitignore')).toContain('docker/kubernetes/secret.yaml')
  })

  it('gives settings that the service takes, once the secrets are filled in', () => {
    const settings = named('ConfigMap', 'fitserve').data
    const env = { ...settings, ...named('Secret', 'fitserve').stringData, HOST: '0.0.0.0', DATA_DIR: '/data' }
    const keys = named('Secret', 'fitserve-api-keys').stringData
    expect(() => loadConfig({ ...env, ...keys })).toThrow('API_KEYS')
    const config = loadConfig({ ...env, API_KEYS: `ops:admin:${'0'.repeat(64)}` })
    expect(config).toMatchObject({ queue: { type: 'redis' }, store: { type: 's3' } })
    const limitOf = (name: string) =>
      bytes(named('Deployment', name).spec.template.spec.containers[0].resources.limits.memory)
    expect(bytes(settings.MODEL_MEMORY)).toBeLessThan(limitOf('fitserve-api'))
    expect(bytes(settings.JOB_MEMORY)).toBeLessThan(limitOf('fitserve-worker'))
    for (const { spec } of deployments)
      expect(bytes(settings.CACHE_LIMIT)).toBeLessThan(
        bytes(spec.template.spec.volumes[0].emptyDir.sizeLimit),
      )
  })

  it('runs without rights that it does not need, and with time to end', () => {
    for (const { spec } of deployments) {
      const pod = spec.template.spec
      expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 1000 })
      expect(pod.containers[0].securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      })
      const drainSeconds = Number(named('ConfigMap', 'fitserve').data.DRAIN_SECONDS)
      expect(drainSeconds).toBeGreaterThan(0)
      expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(10 + drainSeconds)
    }
    expect(named('NetworkPolicy', 'fitserve-worker').spec.ingress).toEqual([])
  })

  it('can write to /data and /tmp only, and connect to names, queue and store only', () => {
    for (const { metadata, spec } of deployments) {
      const { containers, volumes } = spec.template.spec
      expect(containers[0].volumeMounts.map(({ mountPath }: { mountPath: string }) => mountPath)).toEqual([
        '/data',
        '/tmp',
      ])
      expect(volumes.map(({ name }: { name: string }) => name)).toEqual(['data', 'tmp'])
      const { policyTypes, egress } = named('NetworkPolicy', metadata.name).spec
      expect(policyTypes).toEqual(['Ingress', 'Egress'])
      const blocks = egress[1].to.map(({ ipBlock }: { ipBlock: object }) => ipBlock)
      expect(blocks).toEqual([
        { cidr: '0.0.0.0/0', except: ['169.254.169.254/32'] },
        { cidr: '::/0', except: ['fd00:ec2::254/128'] },
      ])
      expect(egress[1].ports.map(({ port }: { port: number }) => port)).toEqual([6379, 5432, 443, 9000])
    }
  })
})
