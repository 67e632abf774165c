import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Registry } from 'prom-client'
import { beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { callMetrics } from '../../src/api/metrics/calls.ts'
import { newMetrics } from '../../src/api/metrics/registry.ts'
import { asker } from '../api/ask.ts'
import { stubApp } from '../api/stubs.ts'
import { ROOT } from './files.ts'

const OBSERVE = join(ROOT, 'docker/observe')
const read = (path: string) => readFileSync(join(OBSERVE, path), 'utf8')

const Target = z.object({ expr: z.string(), refId: z.string(), datasource: z.object({ uid: z.string() }) })
const Panel = z.object({
  id: z.number(),
  type: z.string(),
  title: z.string(),
  gridPos: z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() }),
  targets: z.array(Target).optional(),
})
const Board = z.object({
  uid: z.string(),
  title: z.string(),
  schemaVersion: z.number(),
  templating: z.object({ list: z.array(z.object({ name: z.string(), definition: z.string() })) }),
  annotations: z.object({ list: z.array(z.object({ expr: z.string().optional() })) }),
  panels: z.array(Panel),
})
const Rule = z.object({
  alert: z.string(),
  expr: z.string(),
  labels: z.object({ severity: z.enum(['critical', 'warning']) }),
  annotations: z.object({ summary: z.string(), runbook: z.string() }),
})
const Rules = z.object({ groups: z.array(z.object({ rules: z.array(Rule) })) })

const board = Board.parse(JSON.parse(read('grafana/dashboards/fitserve.json')))
const rules = Rules.parse(parse(read('prometheus/alerts.yml'))).groups.flatMap(({ rules: all }) => all)

/** Names of metrics in an expression: those of the service, of the process and of Node. */
const METRIC = /\b(?:fitserve|http|process|nodejs)_\w+/g
const metricsIn = (expr: string) => expr.match(METRIC) ?? []

/** Names that a real `/metrics` has: of samples, and of metrics that have no sample yet. */
let known: Set<string>

beforeAll(async () => {
  const metrics: Registry = newMetrics()
  const calls = callMetrics(metrics)
  calls.store('read', 0.001, undefined)
  calls.queue('add', 0.001, undefined)
  const app = await stubApp({ metrics, config: { dataDir: '/' } })
  const ask = asker(app)
  await ask({ method: 'POST', url: '/predict', payload: { model: 'imdb', text: 'a' } })
  const { text } = await ask('/metrics')
  await app.close()
  const typed = [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)]
  known = new Set(
    typed.flatMap(([, name = '', type]) =>
      type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
    ),
  )
})

describe('the board', () => {
  it('asks for metrics only that the service has', () => {
    const expressions = [
      ...board.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
      ...board.templating.list.map(({ definition }) => definition),
      ...board.annotations.list.map(({ expr = '' }) => expr),
    ]
    const asked = expressions.flatMap(metricsIn)
    expect(asked.length).toBeGreaterThan(40)
    expect(asked.filter((name) => !known.has(name))).toEqual([])
    expect(known.has('fitserve_no_such_metric')).toBe(false)
  })

  it('shows every metric of the service', () => {
    const shown = new Set(
      [
        ...board.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
        ...rules.map(({ expr }) => expr),
      ]
        .flatMap(metricsIn)
        .map((name) => name.replace(/_(bucket|sum|count)$/, '')),
    )
    const own = [...known].filter((name) => /^(fitserve|http)_/.test(name))
    const missing = own.filter((name) => !shown.has(name.replace(/_(bucket|sum|count)$/, '')))
    expect(missing).toEqual([])
  })

  it('has each metric of the service in the table of docs/monitoring.md', () => {
    const page = readFileSync(join(ROOT, 'docs/monitoring.md'), 'utf8')
    const own = [...known].filter((name) => /^(fitserve|http)_/.test(name))
    const names = new Set(own.map((name) => name.replace(/_(bucket|sum|count)$/, '')))
    expect([...names].filter((name) => !page.includes(`\`${name}\``))).toEqual([])
  })

  it('has panels side by side, none over another, each with an id of its own', () => {
    const ids = board.panels.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    const cells = board.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, index) => `${x + (index % w)},${y + Math.floor(index / w)}`),
    )
    expect(new Set(cells).size).toBe(cells.length)
    for (const { gridPos } of board.panels) expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24)
  })

  it('reads from the data source that is provisioned', () => {
    const { datasources } = parse(read('grafana/provisioning/datasources/prometheus.yml'))
    const uids = board.panels.flatMap(({ targets = [] }) => targets.map(({ datasource }) => datasource.uid))
    expect([...new Set(uids)]).toEqual([datasources[0].uid])
    expect(datasources[0].url).toBe('http://prometheus:9090')
  })
})

describe('the alerts', () => {
  it('ask for metrics only that the service has', () => {
    const asked = rules.flatMap(({ expr }) => metricsIn(expr))
    expect(asked.filter((name) => !known.has(name))).toEqual([])
    expect(asked.length).toBeGreaterThan(rules.length)
  })

  it('each have a section that says what to do', () => {
    const page = readFileSync(join(ROOT, 'docs/monitoring.md'), 'utf8')
    const anchors = [...page.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
      title
        .toLowerCase()
        .replaceAll(/[^\w -]/g, '')
        .replaceAll(' ', '-'),
    )
    for (const { alert, annotations } of rules) {
      const [file, anchor] = annotations.runbook.split('#')
      expect(file).toBe('docs/monitoring.md')
      expect(anchors, alert).toContain(anchor)
    }
  })
})

describe('docker-compose.yml', () => {
  const compose = parse(readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8'))
  const { prometheus, grafana } = compose.services

  it('starts Prometheus and Grafana where they are asked for, with files that are there', () => {
    for (const service of [prometheus, grafana]) {
      expect(service.profiles).toEqual(['observe'])
      expect(service.image).toMatch(/:v?\d+\.\d+\.\d+$/)
      expect(service.cap_drop).toEqual(['ALL'])
      expect(service.ports[0]).toMatch(/127\.0\.0\.1/)
      for (const volume of service.volumes) {
        const [from] = volume.split(':')
        expect(from.startsWith('./') ? existsSync(join(ROOT, from)) : from in compose.volumes).toBe(true)
      }
    }
  })

  it('lets Grafana write into its volume only', () => {
    expect(grafana.read_only).toBe(true)
    // Compose copies it into the container, and fails where that is read-only.
    expect(prometheus).not.toHaveProperty('read_only')
  })

  it('hands the key for metrics to Prometheus as a file', () => {
    const { scrape_configs } = parse(read('prometheus/prometheus.yml'))
    expect(scrape_configs[0].authorization.credentials_file).toBe('/run/secrets/metrics_key')
    expect(scrape_configs[0].dns_sd_configs[0].names).toEqual(['api'])
    expect(prometheus.secrets).toEqual(['metrics_key'])
    expect(compose.secrets.metrics_key).toEqual({ environment: 'METRICS_KEY' })
  })
})

const hasPromtool = spawnSync('promtool', ['--version']).status === 0

describe.skipIf(!hasPromtool && process.env['CI'] !== 'true')('with promtool', () => {
  const promtool = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync('promtool', args, { cwd: OBSERVE, encoding: 'utf8' })
    return { status, output: `${stdout}${stderr}` }
  }

  it('the configuration and the rules have no fault', () => {
    // The files that it names are there in the container only.
    for (const args of [
      ['check', 'config', '--syntax-only', 'prometheus/prometheus.yml'],
      ['check', 'rules', 'prometheus/alerts.yml'],
    ])
      expect(promtool(...args)).toMatchObject({ status: 0 })
  })

  it('each alert is told when it should be, and not before', () => {
    expect(promtool('test', 'rules', 'prometheus/alerts.test.yml')).toMatchObject({ status: 0 })
    const tested = read('prometheus/alerts.test.yml')
    for (const { alert } of rules) expect(tested).toContain(`alertname: ${alert}\n`)
    expect(readdirSync(join(OBSERVE, 'prometheus')).toSorted()).toEqual([
      'alerts.test.yml',
      'alerts.yml',
      'prometheus.yml',
    ])
  })
})
