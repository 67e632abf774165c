import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { App } from '../../src/api/route-config.ts'
import { type Answer, asker, problemOf } from './ask.ts'
import {
  DATASET,
  DISTRIBUTION,
  EXPLANATION,
  GARBAGE,
  GENERATION,
  JOB,
  ORDERED,
  SCHEDULE,
  stubApp,
  TRIAL,
  WORKLOAD,
} from './stubs.ts'

let app: App
let ask: ReturnType<typeof asker>
beforeAll(async () => {
  app = await stubApp()
  ask = asker(app)
})
afterAll(() => app.close())

const json = (payload: unknown) => ({
  payload: JSON.stringify(payload),
  headers: { 'content-type': 'application/json' },
})
const VERSION = {
  version: 2,
  job: JOB.id,
  createdAt: '2026-01-01T00:00:00.000Z',
  aliases: ['production'],
  description: null,
  tags: {},
}

const EVALUATION = {
  dataset: { id: DATASET.id, name: 'test' },
  evaluatedAt: '2026-01-03T00:00:00.000Z',
  rows: 3,
  loss: 0.4,
  metrics: { accuracy: 0.9 },
}

describe('the success response of each route', () => {
  it.each<[string, string, number, unknown]>([
    ['GET', '/datasets', 200, { items: [{ ...DATASET, columnCount: 1 }], next: null }],
    ['GET', '/datasets?name=old', 200, { items: [{ ...DATASET, name: 'old', columnCount: 1 }], next: null }],
    ['GET', '/datasets/reviews', 200, DATASET],
    ['GET', `/datasets/${DATASET.id}`, 200, DATASET],
    ['GET', '/datasets/reviews/rows?limit=5', 200, { items: [{ text: 'fine' }], next: null }],
    [
      'GET',
      '/datasets/reviews/distributions',
      200,
      { rows: 3, sampled: 3, items: [DISTRIBUTION], next: null },
    ],
    [
      'GET',
      '/datasets/reviews/overlap?with=old',
      200,
      { columns: 1, rows: 3, inCommon: 2, otherRows: 5, otherInCommon: 4 },
    ],
    ['GET', '/datasets/reviews/rejects', 200, { items: [], next: null }],
    ['DELETE', '/datasets/reviews', 204, undefined],
    ['GET', '/jobs?state=active&model=imdb', 200, { items: [JOB], next: null }],
    ['GET', `/jobs/${JOB.id}`, 200, JOB],
    ['GET', `/jobs/${JOB.id}/trials`, 200, { items: [TRIAL], next: null }],
    ['GET', `/jobs/${JOB.id}/log`, 200, { items: [ORDERED], next: null }],
    ['POST', `/jobs/${JOB.id}/retry`, 202, JOB],
    ['DELETE', `/jobs/${JOB.id}`, 202, { ...JOB, state: 'cancelling' }],
    [
      'GET',
      '/models/imdb/versions',
      200,
      { items: [VERSION, { ...VERSION, version: 1, aliases: [] }], next: null },
    ],
    ['GET', '/models/imdb/versions/2/history', 200, { epochs: [1] }],
    ['POST', '/models/imdb/rollback', 200, { alias: 'production', version: 1, previous: 2 }],
    ['POST', '/gc', 200, GARBAGE],
    ['POST', '/gc?dryRun=true', 200, { ...GARBAGE, dryRun: true }],
    ['GET', '/models/imdb/schedule', 200, SCHEDULE],
    ['DELETE', '/models/imdb/schedule', 204, undefined],
    ['GET', '/audit', 200, { items: [], next: null }],
    ['GET', '/workload', 200, WORKLOAD],
    [
      'GET',
      '/trends?models=imdb,unknown,imdb&versions=1',
      200,
      { items: [{ model: 'imdb', versions: [{ version: 2, metrics: { accuracy: 0.9 } }] }], next: null },
    ],
    ['DELETE', '/models/imdb', 204, undefined],
    ['DELETE', '/models/imdb/versions/1', 204, undefined],
    ['DELETE', '/models/imdb/aliases/production', 204, undefined],
    ['GET', '/health/live', 200, { live: true, version: '0.0.0-test' }],
    [
      'GET',
      '/health/ready',
      200,
      {
        ready: true,
        status: 'ready',
        queue: { state: 'ok' },
        store: { state: 'ok' },
        models: { state: 'ok', served: 1, failed: [], items: [{ name: 'imdb', state: 'ok', version: 2 }] },
      },
    ],
    ['GET', '/access', 200, { keys: false, name: null, role: 'admin' }],
    ['GET', '/', 200, { name: 'fitserve', version: '0.0.0-test', docs: '/docs', openapi: '/openapi.json' }],
  ])('%s %s', async (method, url, status, body) => {
    const answer = await ask({ method: method as 'GET', url })
    expect(answer.status).toBe(status)
    expect(answer.body).toEqual(body)
  })

  it('GET …/export is a file to keep, POST …/versions takes one and says where it is', async () => {
    const file = await ask({ method: 'GET', url: '/models/imdb/versions/2/export' })
    expect([file.status, file.headers['content-type'], file.headers['content-length']]).toEqual([
      200,
      'application/x-tar',
      '3',
    ])
    expect(file.headers['content-disposition']).toBe('attachment; filename="imdb-2.tar"')
    const post = (url: string, type: string) =>
      ask({ method: 'POST', url, headers: { 'content-type': type }, payload: 'tar' })
    const made = await post('/models/imdb/versions?promote=never', 'application/x-tar')
    expect([made.status, made.headers['location']]).toEqual([201, '/models/imdb/versions/2'])
    expect(made.body).toMatchObject({ version: 2, aliases: ['production'] })
    problemOf(await post('/models/imdb/versions', 'application/json'), 415, 'unsupported-media-type')
    problemOf(await post('/models/1mdb/versions', 'application/x-tar'), 400, 'invalid-request')
    problemOf(await post('/models/imdb/versions?promote=x', 'application/x-tar'), 400, 'invalid-query')
  })

  it('POST /jobs is accepted with the place of the job', async () => {
    const answer = await ask({ method: 'POST', url: '/jobs', ...json({ model: 'imdb', dataset: 'reviews' }) })
    expect([answer.status, answer.headers['location'], answer.body]).toEqual([202, `/jobs/${JOB.id}`, JOB])
  })

  it.each(['/dry-run', '/jobs?dryRun=true'])(
    'POST %s answers what would be trained, and trains nothing',
    async (url) => {
      const own = await stubApp({ jobs: { submit: () => Promise.reject(new Error('not to be queued')) } })
      const order = json({ model: 'imdb', dataset: 'reviews' })
      const answer = await asker(own)({ method: 'POST', url, ...order })
      expect([answer.status, answer.body]).toEqual([
        200,
        {
          recipe: JOB.recipe,
          inputs: 10000,
          parameters: 160305,
          warnings: [],
          notes: [],
          estimated: { seconds: 4, memoryMb: 600 },
        },
      ])
      await own.close()
    },
  )

  it('POST retrain is accepted with the place of the job', async () => {
    const changes = json({ recipe: { epochs: 4, validation: null }, promote: 'never' })
    const answer = await ask({ method: 'POST', url: '/models/imdb/retrain', ...changes })
    expect([answer.status, answer.headers['location'], answer.body]).toEqual([202, `/jobs/${JOB.id}`, JOB])
    expect((await ask({ method: 'POST', url: '/models/imdb/retrain' })).status).toBe(202)
    problemOf(await ask({ method: 'POST', url: '/models/nobody/retrain', ...json({}) }), 404, 'unknown-model')
    const bad = await ask({ method: 'POST', url: '/models/imdb/retrain', ...json({ data: 'x' }) })
    problemOf(bad, 400, 'invalid-request')
  })

  it('POST evaluate answers an evaluation', async () => {
    const url = '/models/imdb/versions/production/evaluate'
    const answer = await ask({ method: 'POST', url, ...json({ dataset: 'test' }) })
    expect([answer.status, answer.body]).toEqual([200, { rows: 3, loss: 0.4, metrics: { accuracy: 0.9 } }])
    problemOf(await ask({ method: 'POST', url, ...json({}) }), 400, 'invalid-request')
  })

  it('POST threshold answers the new version, and refuses what is no threshold', async () => {
    const url = '/models/imdb/versions/production/threshold'
    const answer = await ask({ method: 'POST', url, ...json({ threshold: { recall: 0.9 } }) })
    expect([answer.status, answer.headers['location']]).toEqual([201, '/models/imdb/versions/2'])
    expect(answer.body).toMatchObject({ version: 2, from: 1, threshold: 0.3, aliases: ['production'] })
    for (const threshold of [
      undefined,
      0,
      1,
      -0.2,
      1.5,
      'half',
      { recall: 2 },
      { f1: 1 },
      { costs: { fp: 1 } },
    ])
      problemOf(await ask({ method: 'POST', url, ...json({ threshold }) }), 400, 'invalid-request')
  })

  it('GET /models lists names with aliases and the newest version', async () => {
    const { body } = await ask('/models')
    const imdb = {
      name: 'imdb',
      latest: 2,
      versions: 2,
      aliases: { production: 2 },
      description: null,
      tags: {},
      loaded: [{ version: 2, bytes: 1000 }],
      updatedAt: GENERATION.at,
    }
    expect(body).toEqual({ items: [imdb], next: null })
  })

  it('GET /models/{name} has versions, newest first, and aliases', async () => {
    const { body } = await ask('/models/imdb')
    expect(body).toMatchObject({
      name: 'imdb',
      aliases: { production: 2 },
      schedule: null,
      versions: [{ version: 2, aliases: ['production'] }, { version: 1 }],
    })
  })

  it('GET /models/{name}/versions/{v} takes a number or an alias, and returns the manifest', async () => {
    for (const version of ['2', 'production'])
      expect((await ask(`/models/imdb/versions/${version}`)).body).toEqual({
        ...VERSION,
        model: 'imdb',
        attempt: 1,
        files: {},
        recipe: { task: 'binary' },
        metrics: { accuracy: 0.9 },
        evaluations: [EVALUATION],
      })
  })

  it('GET /models/{name}/versions/{v}/explanation returns what counts', async () => {
    expect((await ask('/models/imdb/versions/2/explanation')).body).toEqual(EXPLANATION)
  })

  it('GET /models/{name}/versions/{v}/rows returns rows as a page, as lines and as CSV', async () => {
    const path = '/models/imdb/versions/2/rows?kind=mislabelled'
    expect((await ask(path)).body).toEqual({
      total: 1,
      likely: 1,
      items: [expect.objectContaining({ row: 7, actual: 'neg' })],
      next: null,
    })
    const text = async (format: string) => (await app.inject(`${path}&format=${format}`)).body
    expect(JSON.parse(await text('ndjson'))).toMatchObject({ row: 7, features: { text: 'So, "fine"' } })
    expect(await text('csv')).toBe(
      'row,score,actual,predicted,confidence,probability,text\r\n7,0.2,neg,pos,0.6,0.4,"So, ""fine"""\r\n',
    )
  })

  it('GET /models/{name}/log lists events without the state', async () => {
    const { generation, at, by, events } = GENERATION
    expect((await ask('/models/imdb/log')).body).toEqual({
      items: [{ generation, at, by, events }],
      next: null,
    })
  })

  it('PUT of an alias returns its version and the previous one', async () => {
    const { body } = await ask({
      method: 'PUT',
      url: '/models/imdb/aliases/staging',
      ...json({ version: 1 }),
    })
    expect(body).toEqual({ alias: 'staging', version: 1, previous: 2 })
  })

  it('PUT settings answers what is kept, and what was retired for it', async () => {
    const put = (body: object) => ask({ method: 'PUT', url: '/models/imdb/settings', ...json(body) })
    expect((await put({ keepVersions: 1 })).body).toEqual({ keepVersions: 1, retired: [1] })
    expect((await put({ keepVersions: null })).body).toEqual({ keepVersions: null, retired: [] })
    for (const keepVersions of [0, 1.5, '3', undefined])
      problemOf(await put({ keepVersions }), 400, 'invalid-request')
  })

  it('PUT description takes a text and tags, and names what is wrong with them', async () => {
    const put = (body: object, of = '') =>
      ask({ method: 'PUT', url: `/models/imdb${of}/description`, ...json(body) })
    const said = { description: 'Reviews of films', tags: { team: 'search', urgent: '' } }
    for (const of of ['', '/versions/2']) expect((await put(said, of)).body).toEqual(said)
    const lines = { description: 'One\r\n\ttwo 😀', tags: { team: '검색 😀' } }
    expect((await put(lines)).body).toEqual(lines)
    const twenty = Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`t${at}`, '1']))
    expect((await put({ tags: twenty, description: 'x'.repeat(5000) })).status).toBe(200)
    for (const [body, path] of [
      [{ description: 'x'.repeat(5001) }, '/description'],
      [{ description: 3 }, '/description'],
      [{ description: 'a\0b' }, '/description'],
      [{ description: '\u001b[31m' }, '/description'],
      [{ description: '\ud83d' }, '/description'],
      [{ tags: { team: 'a\nb: c' } }, '/tags/team'],
      [{ tags: { team: 'a\0' } }, '/tags/team'],
      [{ tags: { team: '\udc00' } }, '/tags/team'],
      [JSON.parse('{"tags":{"constructor":5}}'), '/tags/constructor'],
      [{ tags: { 'two words': '1' } }, '/tags/two words'],
      [{ tags: { team: 'x'.repeat(201) } }, '/tags/team'],
      [{ tags: { team: null } }, '/tags/team'],
      [{ tags: { ...twenty, more: '1' } }, '/tags'],
      [{ tag: {} }, '/tag'],
    ] as const)
      for (const of of ['', '/versions/2'])
        expect(problemOf(await put(body, of), 400, 'invalid-request').errors).toMatchObject([{ path }])
    problemOf(await put(said, '/versions/7'), 404, 'unknown-version')
  })

  it('GET signature answers what a version takes, by its number or an alias', async () => {
    const state = { kind: 'number', shift: 0, scale: 1, fill: 2, indicator: false, refuseGaps: false }
    const inputs = [{ name: 'rooms', type: 'number', state: { ...state, range: { min: 1, max: 9 } } }]
    const target = { task: 'regression', log: false, shift: 0, scale: 1 }
    const encoder = Buffer.from(JSON.stringify({ format: 1, inputs, target, ignored: ['id'] }))
    const readArtifact = async (_name: string, _entry: unknown, file: string) =>
      file === 'encoder.json' ? encoder : undefined
    const manifest = async () => ({ files: {}, recipe: { target: 'price' } })
    const own = await stubApp({ models: { readArtifact, manifest } })
    for (const version of ['2', 'production'])
      expect((await asker(own)(`/models/imdb/versions/${version}/signature`)).body).toEqual({
        model: 'imdb',
        version: 2,
        task: 'regression',
        target: { name: 'price', type: 'number' },
        inputs: [
          {
            name: 'rooms',
            type: 'number',
            nullable: true,
            missing: 'median',
            range: { min: 1, max: 9 },
            minimum: 1,
            maximum: 9,
          },
        ],
        ignored: ['id'],
        output: { type: 'value', target: 'price', range: null },
        example: { rooms: 2 },
        request: { model: 'imdb', version: 2, features: { rooms: 2 } },
      })
    expect((await asker(own)('/models/imdb/versions/production/schema')).body).toMatchObject({
      title: 'imdb, version 2',
      properties: { rooms: { type: ['number', 'null'] } },
      required: ['rooms'],
    })
    expect((await asker(own)('/openapi.json')).body).toMatchObject({
      openapi: '3.1.0',
      'x-models': {
        items: [
          {
            model: 'imdb',
            version: 2,
            path: '/models/imdb/predict',
            features: { $ref: '#/components/schemas/Row-imdb' },
          },
        ],
        notDescribed: 0,
      },
      components: { schemas: { 'Row-imdb': { required: ['rooms'] }, Recipe: {} } },
    })
    const inFormat = await own.inject('/models/imdb/versions/2/signature?format=jsonschema')
    expect(inFormat.json()).toEqual((await own.inject('/models/imdb/versions/2/schema')).json())
    problemOf(await asker(own)('/models/imdb/versions/9/signature'), 404, 'unknown-version')
    await own.close()
  })

  it('GET /metrics is what Prometheus reads, with every route counted', async () => {
    await ask('/models')
    const { headers, text } = await ask({ url: '/metrics', headers: { accept: 'text/plain;version=0.0.4' } })
    expect(headers['content-type']).toMatch(/^text\/plain/)
    expect(text).toMatch(
      /http_request_duration_seconds_count\{method="GET",route="\/models",status="200"\} \d/,
    )
    expect(text).toContain('fitserve_queue_up 1\n')
    expect(text).toContain('fitserve_jobs{state="waiting"} 3\n')
    expect(text).toContain('fitserve_jobs{state="active"} 1\n')
    expect(text).toMatch(/fitserve_models\{state="ok"\} \d+\n/)
    expect(text).not.toMatch(/^fitserve_store_free_bytes/m)
    expect(text).toMatch(/fitserve_models_memory_bytes \d+\n/)
    expect(text).toContain('fitserve_schedule_last_success_timestamp_seconds{model="imdb"} 1767225600\n')
    expect(text).toContain('fitserve_jobs_ended_total{state="failed",model="imdb"} 0\n')
  })

  it('HEAD answers like GET, without the body', async () => {
    for (const url of ['/models', '/', `/jobs/${JOB.id}/events`]) {
      const answer = await ask({ method: 'HEAD', url })
      expect([answer.status, answer.text]).toEqual([200, ''])
    }
  })

  it('OPTIONS lists the methods of a path', async () => {
    const answer = await ask({ method: 'OPTIONS', url: `/jobs/${JOB.id}` })
    expect([answer.status, answer.headers['allow']]).toEqual([204, 'DELETE, GET, HEAD, OPTIONS'])
    const fixed = await ask({ method: 'OPTIONS', url: '/dry-run' })
    expect([fixed.status, fixed.headers['allow']]).toEqual([204, 'OPTIONS, POST'])
  })
})

describe('the documentation', () => {
  it('is served as YAML, as JSON, and as a page that loads nothing from elsewhere', async () => {
    expect((await ask('/openapi.yaml')).text).toMatch(/^openapi: 3\.1\.0/)
    expect((await ask('/openapi.json')).body).toMatchObject({ openapi: '3.1.0' })
    expect((await ask('/openapi.yaml')).text).not.toContain('x-models')
    const page = await ask({ url: '/docs', headers: { accept: 'text/html' } })
    expect(page.status).toBe(200)
    expect(page.headers['content-security-policy']).toContain("script-src 'self'")
    expect(page.text).not.toMatch(/(src|href)="https?:/)
  })

  it('answers 404 for a file that does not exist', async () => {
    problemOf(await ask('/docs/static/nothing.js'), 404, 'not-found')
  })

  it.each([
    ['..%2fx', {}, 404, 'not-found'],
    ['%2e%2e/x', {}, 404, 'not-found'],
    ['..%5c', {}, 404, 'not-found'],
    ['%00', {}, 400, 'invalid-request'],
    ['swagger-ui.css', { range: 'bytes=99999999-' }, 416, 'range-not-satisfiable'],
    ['swagger-ui.css', { 'if-match': '"x"' }, 412, 'precondition-failed'],
    [
      'swagger-ui.css',
      { 'if-unmodified-since': 'Mon, 01 Jan 1990 00:00:00 GMT' },
      412,
      'precondition-failed',
    ],
  ])('refuses %s with %j as what it is', async (file, headers, status, code) => {
    problemOf(await ask({ url: `/docs/static/${file}`, headers }), status, code)
  })
})

describe('paging', () => {
  it('passes limit and cursor on, with a limit of 50 by default', async () => {
    const asked: unknown[] = []
    const list = async (page: unknown, filter?: unknown) => {
      asked.push(page, filter)
      return { items: [], next: 'more' }
    }
    const own = await stubApp({ jobs: { list }, datasets: { list } })
    const askOwn = asker(own)
    expect((await askOwn('/jobs?limit=7&cursor=abc&state=failed')).body).toEqual({ items: [], next: 'more' })
    await askOwn('/datasets')
    expect(asked).toEqual([{ limit: 7, cursor: 'abc' }, { state: 'failed' }, { limit: 50 }, undefined])
    await own.close()
  })

  it('walks through models and versions without loss or repetition', async () => {
    const names = Array.from({ length: 7 }, (_, index) => `m${index}`)
    // Two of each time, so that the time alone does not tell the place.
    const head = async (name: string) => ({
      ...GENERATION,
      at: `2026-01-0${1 + (Number(name.slice(1)) >> 1)}T00:00:00.000Z`,
    })
    const heads = () => Promise.all(names.map(async (name) => ({ name, head: await head(name) })))
    const own = await stubApp({ models: { heads, head } })
    const all = await walk(asker(own), '/models', 'name')
    expect(all).toEqual([...names].reverse())
    expect(await walk(asker(own), '/models/m1/versions', 'version')).toEqual([2, 1])
    await own.close()
  })

  it.each([
    ['limit=0', '/limit'],
    ['limit=501', '/limit'],
    ['limit=1e2', '/limit'],
    ['limit=-1', '/limit'],
    ['limit=1&limit=2', '/limit'],
    ['cursor=', '/cursor'],
    ['cursor=zz', '/cursor'],
    ['page=2', '/page'],
    ['__proto__=1', '/__proto__'],
    ['constructor=1', '/constructor'],
  ])('refuses ?%s and names it', async (query, path) => {
    const { errors } = problemOf(await ask(`/models?${query}`), 400, 'invalid-query')
    expect(errors?.map((error) => error.path)).toEqual([path])
  })

  it('suggests a key that is close', async () => {
    const { errors } = problemOf(await ask('/models?limt=3'), 400, 'invalid-query')
    expect(errors?.[0]?.message).toContain('Did you mean "limit"?')
  })
})

async function walk(
  askOwn: (url: string) => Promise<Answer>,
  path: string,
  key: 'name' | 'version',
): Promise<unknown[]> {
  const found: unknown[] = []
  for (let query = '?limit=2', page = 0; page < 10; page++) {
    const { items, next } = (await askOwn(path + query)).body as {
      items: Record<string, unknown>[]
      next: string | null
    }
    expect(items.length).toBeLessThanOrEqual(2)
    found.push(...items.map((item) => item[key]))
    if (next === null) break
    query = `?limit=2&cursor=${encodeURIComponent(next)}`
  }
  return found
}
