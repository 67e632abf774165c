import { spawnSync } from 'node:child_process'
import { Registry } from 'prom-client'
import { describe, expect, it, onTestFinished } from 'vitest'
import { callMetrics } from '../../../src/api/metrics/calls.ts'
import { PredictionMetrics } from '../../../src/api/metrics/predictions.ts'
import { TypedHistogram } from '../../../src/api/metrics/typed-histogram.ts'
import { FitserveError } from '../../../src/errors.ts'
import { timedCalls } from '../../../src/runtime/timed-calls.ts'
import { asker } from '../ask.ts'
import { listen, RawClient } from '../connection.ts'
import { stubApp } from '../stubs.ts'

async function openApp(overrides: Parameters<typeof stubApp>[0] = {}) {
  const app = await stubApp(overrides)
  onTestFinished(() => app.close())
  const ask = asker(app)
  return { app, ask, lines: async () => (await ask('/metrics')).text.split('\n') }
}

describe('TypedHistogram', () => {
  it('says what a histogram of prom-client says of the same durations', async () => {
    const { Histogram } = await import('prom-client')
    const buckets = [0.001, 0.01, 1]
    const common = { name: 'a_seconds', help: 'A.', labelNames: ['x'] as const, buckets }
    const theirs = new Registry()
    const ours = new Registry()
    const histogram = new Histogram({ ...common, registers: [theirs] })
    const typed = new TypedHistogram({ ...common, registry: ours })
    const series = { a: typed.series({ x: 'a' }), b: typed.series({ x: 'b "quoted"' }) }
    for (const seconds of [0, 0.001, 0.0010001, 0.5, 1, 1.5, 1000]) {
      histogram.observe({ x: 'a' }, seconds)
      series.a.observe(seconds)
    }
    histogram.observe({ x: 'b "quoted"' }, 0.25)
    series.b.observe(0.25)
    const sorted = async (registry: Registry) => (await registry.metrics()).split('\n').toSorted()
    // Order of labels aside.
    const plain = (text: string) => text.replace(/x="(.*)",le="(.*)"/, 'le="$2",x="$1"')
    expect((await sorted(ours)).map(plain).toSorted()).toEqual((await sorted(theirs)).map(plain).toSorted())
  })
})

describe('/metrics', () => {
  it('counts predictions by model, and refusals by code', async () => {
    const { ask, lines } = await openApp()
    await ask({ method: 'POST', url: '/predict', payload: { model: 'imdb', texts: ['a', 'b', 'c'] } })
    await ask({ method: 'POST', url: '/predict', payload: { model: 'imdb', features: { bad: true } } })
    const text = (await lines()).join('\n')
    expect(text).toContain('fitserve_prediction_rows_total{model="imdb"} 3\n')
    expect(text).toContain('fitserve_prediction_duration_seconds_count{model="imdb"} 1\n')
  })

  it('counts what is refused under the code, and names no model that does not exist', async () => {
    const { ask, lines } = await openApp({ serving: { hasFollowed: (name: string) => name === 'imdb' } })
    for (const model of ['nope', 'nope2', 'x"y'])
      await ask({ method: 'POST', url: '/predict', payload: { model, text: 'a' } })
    const failures = (await lines()).filter((line) => line.startsWith('fitserve_prediction_failures_total'))
    expect(failures).toEqual(['fitserve_prediction_failures_total{model="*",code="unknown-model"} 3'])
  })

  it('has series of its own for 200 models, and one for all others', () => {
    const metrics = new PredictionMetrics(new Registry())
    const traffic = new Set(Array.from({ length: 1000 }, (_, index) => metrics.of(`model-${index}`)))
    expect(traffic.size).toBe(201)
    expect(metrics.of('model-500')).toBe(metrics.of('model-900'))
    expect(metrics.of('model-1')).not.toBe(metrics.of('model-900'))
  })

  it('puts all unknown addresses and methods into one series each', async () => {
    const { app, lines } = await openApp()
    const port = await listen(app)
    for (const request of ['GET /a', 'GET /b/c?d', 'PROPFIND /e', 'SEARCH /f', 'MKCOL /g']) {
      const client = new RawClient(port)
      client.send(`${request} HTTP/1.1`, 'Host: localhost', 'Connection: close', '', '')
      await client.closed
    }
    const counts = (await lines()).filter((line) => /^http_request_duration_seconds_count.*"none"/.test(line))
    expect(counts).toEqual([
      'http_request_duration_seconds_count{method="GET",route="none",status="404"} 2',
      expect.stringMatching(/\{method="other",route="none",status="\d+"\} 3$/),
    ])
  })

  it('shows queue, workers, disk and the newest version of each model', async () => {
    const { lines } = await openApp({
      config: { dataDir: '/' },
      models: { manifest: async () => ({ files: {}, metrics: { accuracy: 0.9, auc: null } }) as never },
    })
    const text = (await lines()).join('\n')
    for (const line of [
      'fitserve_workers 2',
      'fitserve_store_up 1',
      'fitserve_overloaded 0',
      'fitserve_build_info{version="0.0.0-test"} 1',
      'fitserve_model_newest_version{model="imdb"} 2',
      'fitserve_model_production_version{model="imdb"} 2',
      'fitserve_model_memory_bytes{model="imdb"} 1000',
      'fitserve_model_failing{model="imdb"} 0',
      'fitserve_model_metric{model="imdb",metric="accuracy"} 0.9',
    ])
      expect(text).toContain(`${line}\n`)
    expect(text).toMatch(/^fitserve_jobs_oldest_waiting_seconds 60(\.\d+)?$/m)
    expect(text).toMatch(/^fitserve_data_free_bytes [1-9]\d+$/m)
    expect(text).not.toMatch(/^fitserve_model_metric.*auc/m)
    expect(text).not.toMatch(/^fitserve_store_free_bytes/m)
  })

  it('answers without what a lost queue and store would say', async () => {
    const away = () => Promise.reject(new FitserveError('queue-unavailable', 'Away.'))
    const { ask } = await openApp({
      queue: { ping: away, counts: away, oldestWaiting: away, workers: away },
      store: { ping: away, freeBytes: away },
      models: { manifest: away, entry: away },
    })
    const { status, text } = await ask('/metrics')
    expect(status).toBe(200)
    expect(text).toContain('fitserve_queue_up 0\n')
    expect(text).toContain('fitserve_store_up 0\n')
    expect(text).not.toMatch(/^fitserve_(jobs\{|workers|jobs_oldest|store_free|model_metric)/m)
  })
})

describe('callMetrics', () => {
  it('times calls of an object, and counts those that fail', async () => {
    const registry = new Registry()
    class Part {
      readonly #value = 7
      async read() {
        return this.#value
      }
      async write() {
        throw new FitserveError('store-unavailable', 'Away.')
      }
      async other() {
        return this.read()
      }
    }
    const part = timedCalls(new Part(), new Set(['read', 'write'] as const), callMetrics(registry).store)
    expect([await part.read(), await part.other()]).toEqual([7, 7])
    await expect(part.write()).rejects.toThrow('Away.')
    const text = await registry.metrics()
    expect(text).toContain('fitserve_store_call_duration_seconds_count{operation="read"} 1\n')
    expect(text).toContain('fitserve_store_errors_total{operation="write",code="store-unavailable"} 1\n')
    expect(text).not.toContain('"other"')
  })
})

const HAS_PROMTOOL = spawnSync('promtool', ['--version']).status === 0

describe.skipIf(!HAS_PROMTOOL && process.env['CI'] !== 'true')('promtool', () => {
  it('finds no fault in names, types and help', async () => {
    const { ask, lines } = await openApp({ config: { dataDir: '/' } })
    await ask({ method: 'POST', url: '/predict', payload: { model: 'imdb', text: 'a' } })
    const text = (await lines()).join('\n')
    const own = text.split('\n\n').filter((block) => /^# HELP (fitserve|http)_/.test(block))
    expect(own.length).toBeGreaterThan(20)
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
      input: `${own.join('\n')}\n`,
      encoding: 'utf8',
    })
    expect(`${stdout}${stderr}`).toBe('')
    expect(status).toBe(0)
  })
})
