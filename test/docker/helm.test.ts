import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { loadConfig } from '../../src/config/config.ts'
import { ROOT } from './files.ts'
import { schemaFaults } from './kubernetes-schema.ts'

const CHART = join(ROOT, 'docker/helm')
const hasHelm = spawnSync('helm', ['version']).status === 0
/** Where tests must be complete, a tool that is missing is a failure, not a reason to skip. */
const skips = !hasHelm && process.env['CI'] !== 'true'

function helm(...args: string[]) {
  const { status, stdout, stderr } = spawnSync('helm', args, { encoding: 'utf8' })
  return { status, stdout, stderr }
}

/** Renders the chart with some values set, as `--set` takes them. */
function rendered(...values: string[]) {
  // Settings are texts, also where they look like numbers.
  const set = values.flatMap((value) => [value.startsWith('settings.') ? '--set-string' : '--set', value])
  const { stdout, stderr } = helm('template', 'own', CHART, '--kube-version', '1.34.0', ...set)
  expect(stderr).toBe('')
  return parseAllDocuments(stdout, { strict: true }).map((document) => {
    expect(document.errors).toEqual([])
    return document.toJS()
  })
}

type Manifests = ReturnType<typeof rendered>
const named = (documents: Manifests, kind: string, name: string) => {
  const found = documents.find((each) => each.kind === kind && each.metadata.name === name)
  if (!found) throw new Error(`The chart makes no ${kind} ${name}`)
  return found
}
const podOf = (documents: Manifests, role: string) =>
  named(documents, 'Deployment', `own-${role}`).spec['template'].spec

describe.skipIf(skips)('the Helm chart', () => {
  it('is accepted by helm lint', () => {
    const { status, stdout } = helm('lint', '--strict', CHART)
    expect([status, stdout]).toEqual([0, expect.stringContaining('0 chart(s) failed')])
  })

  it.each([
    [[]],
    [['secret.existing=', 'secret.values.REDIS_URL=redis://x', 'keys.existing=', 'keys.values.API_KEYS=k']],
    [['networkPolicy.enabled=false', 'worker.replicas=0', 'image.pullSecrets[0]=mine', 'image.tag=2.0.1']],
    [['api.nodeSelector.disk=fast', 'worker.tolerations[0].key=gpu', 'serviceAccount.annotations.role=r']],
    [['api.service.type=LoadBalancer', 'api.service.annotations.a=b', 'settings.DRAIN_SECONDS=30']],
  ])('makes manifests that follow the schema of each kind, with %j', (values) => {
    const documents = rendered(...values)
    expect(documents.length).toBeGreaterThan(6)
    for (const document of documents) expect(schemaFaults(document), document.metadata.name).toBeNull()
  })

  it('runs without rights that it does not need, and writes to /data and /tmp only', () => {
    const documents = rendered()
    for (const role of ['api', 'worker']) {
      const pod = podOf(documents, role)
      expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 1000 })
      expect(pod.containers[0].securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      })
      expect(pod.containers[0].volumeMounts.map(({ mountPath }: { mountPath: string }) => mountPath)).toEqual(
        ['/data', '/tmp'],
      )
      const { policyTypes } = named(documents, 'NetworkPolicy', `own-${role}`).spec
      expect(policyTypes).toEqual(['Ingress', 'Egress'])
    }
    expect(named(documents, 'NetworkPolicy', 'own-worker').spec['ingress']).toEqual([])
    expect(named(documents, 'ServiceAccount', 'own')).toMatchObject({ automountServiceAccountToken: false })
  })

  it('gives pods the settings and secrets, and workers no keys', () => {
    const documents = rendered('secret.existing=', 'secret.values.REDIS_URL=redis://x')
    const sources = (role: string) =>
      podOf(documents, role).containers[0].envFrom.map(
        (from: Record<string, { name: string }>) => (from['configMapRef'] ?? from['secretRef'])?.name,
      )
    expect(sources('api')).toEqual(['own', 'own', 'fitserve-api-keys'])
    expect(sources('worker')).toEqual(['own', 'own'])
    expect(named(documents, 'Secret', 'own').stringData).toEqual({ REDIS_URL: 'redis://x' })
    expect(podOf(documents, 'worker').containers[0].env).toEqual([{ name: 'WORKERS', value: '1' }])
  })

  it('has settings that the service takes, and the same as the plain manifests', () => {
    const settings = named(rendered(), 'ConfigMap', 'own').data ?? {}
    const env = { ...settings, REDIS_URL: 'redis://x', HOST: '0.0.0.0', DATA_DIR: '/data' }
    const config = loadConfig({ ...env, API_KEYS: `ops:admin:${'0'.repeat(64)}` })
    expect(config).toMatchObject({ queue: { type: 'redis' }, store: { type: 's3' } })
    const plain = parse(readFileSync(join(ROOT, 'docker/kubernetes/settings.yaml'), 'utf8')).data
    // Only the plain ones name a server of their own.
    expect(settings).toEqual({ ...plain, S3_ENDPOINT: undefined })
  })

  it('leaves time to drain, counts the start in probes, and scales', () => {
    const documents = rendered('settings.DRAIN_SECONDS=30', 'api.startupSeconds=60', 'api.replicas.max=3')
    expect(podOf(documents, 'api').terminationGracePeriodSeconds).toBe(45)
    const { startupProbe } = podOf(documents, 'api').containers[0]
    expect(startupProbe.periodSeconds * startupProbe.failureThreshold).toBe(60)
    expect(named(documents, 'HorizontalPodAutoscaler', 'own-api').spec).toMatchObject({
      minReplicas: 2,
      maxReplicas: 3,
      scaleTargetRef: { kind: 'Deployment', name: 'own-api' },
    })
    expect(named(documents, 'Deployment', 'own-api').spec).not.toHaveProperty('replicas')
  })

  it.each([
    ['a secret that neither exists nor is made', 'secret.existing=', '/secret'],
    ['a misspelt key', 'worker.replica=2', 'replica'],
    ['a setting that is no text', 'settings.PORT=3000', '/settings/PORT'],
    ['no replica of the API', 'api.replicas.min=0', '/api/replicas/min'],
    ['a size without a unit that Kubernetes knows', 'dataSize=12GB', '/dataSize'],
  ])('refuses %s', (_what, value, place) => {
    const { status, stderr } = helm('template', 'own', CHART, '--kube-version', '1.34.0', '--set', value)
    expect([status, stderr]).toEqual([1, expect.stringContaining(place)])
  })
})

it('the chart has the version of the service', () => {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  const chart = parse(readFileSync(join(CHART, 'Chart.yaml'), 'utf8'))
  expect([chart.version, chart.appVersion]).toEqual([version, version])
})
