import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { parse } from 'yaml'
import { GENERAL } from '../../src/api/openapi/problem-responses.ts'
import { PROBLEMS, problemType } from '../../src/api/problem-table.ts'
import type { App } from '../../src/api/route-config.ts'
import { type ErrorCode, FitserveError } from '../../src/errors.ts'
import type { JobView, TrainingJobView } from '../../src/jobs/contract.ts'
import { asker, type Problem, problemOf } from './ask.ts'
import { JOB, stubApp } from './stubs.ts'

interface Operation {
  'x-problems'?: ErrorCode[]
}

const CODES = Object.keys(PROBLEMS) as ErrorCode[]
const JSON_HEADERS = { 'content-type': 'application/json' }

let app: App
let ask: ReturnType<typeof asker>
beforeAll(async () => {
  app = await stubApp()
  ask = asker(app)
})
afterAll(() => app.close())

describe('the catalogue of codes', () => {
  const document = parse(readFileSync(join(import.meta.dirname, '../../openapi.yaml'), 'utf8'))

  it('is in openapi.yaml as a whole, and nothing else is', () => {
    const { type } = document.components.schemas.Problem.properties
    expect(type.enum).toEqual(CODES.map(problemType))
  })

  it('lists each code at a route that may return it, at the end of a job, or before any route', () => {
    const listed = Object.values<Record<string, Operation>>(document.paths)
      .flatMap((path) => Object.values(path))
      .flatMap((operation) => operation['x-problems'] ?? [])
    const known = new Set([...listed, ...GENERAL])
    const elsewhere: ErrorCode[] = [
      'training-failed',
      'prediction-failed',
      'loss-not-finite',
      'out-of-memory',
      'job-timed-out',
      'job-crashed',
      'cancelled',
      'method-not-allowed',
      'request-timeout',
      'headers-too-large',
      'precondition-failed',
      'range-not-satisfiable',
    ]
    const missing = CODES.filter((code) => !known.has(code))
    expect(missing.filter((code) => !elsewhere.includes(code))).toEqual([])
  })

  it.each(CODES)('gives %s one status, with its fields and without its cause', async (code) => {
    const cause = new Error('ECONNREFUSED /var/lib/secret')
    const problems = [{ path: '/a', message: 'wrong' }]
    const get = async () => {
      throw new FitserveError(code, 'A sentence.', { cause, problems })
    }
    const own = await stubApp({ jobs: { get } })
    const response = await own.inject(`/jobs/${JOB.id}`)
    const { status, title } = PROBLEMS[code]
    expect(response.statusCode).toBe(status)
    expect(response.json()).toEqual({
      type: `urn:fitserve:${code}`,
      title,
      status,
      detail: 'A sentence.',
      errors: problems,
      instance: response.headers['x-request-id'],
    })
    expect(response.headers['retry-after'] !== undefined).toBe(status === 429 || status === 503)
    await own.close()
  })
})

describe('an internal error', () => {
  it.each([
    ['an error', new Error('at /home/me/secret.ts: boom')],
    ['an error with a status of some library', Object.assign(new Error('boom'), { statusCode: 404 })],
    ['an error with a code', Object.assign(new Error('boom'), { code: 'ENOENT', path: '/secret' })],
    ['a string', 'boom'],
    ['nothing', undefined],
    ['an object', { message: 'boom', statusCode: 400 }],
  ])('%s that is thrown says nothing of itself', async (_what, thrown) => {
    const own = await stubApp({ models: { heads: () => Promise.reject(thrown) } })
    const problem = problemOf(await asker(own)('/models'), 500, 'internal')
    expect(JSON.stringify(problem)).not.toMatch(/boom|secret/)
    await own.close()
  })

  it('names at most 10,000 fields, and says how many there are', async () => {
    const problems = Array.from({ length: 10_001 }, (_, index) => ({
      path: `/rows/${index}`,
      message: 'bad',
    }))
    const get = () => Promise.reject(new FitserveError('invalid-rows', 'Bad.', { problems }))
    const own = await stubApp({ jobs: { get } })
    const { detail, errors } = (await own.inject(`/jobs/${JOB.id}`)).json<Required<Problem>>()
    expect(errors).toHaveLength(10_000)
    expect(detail).toBe('Bad. Only the first 10000 of 10001 errors are listed.')
    await own.close()
  })
})

describe('request ids', () => {
  it('are the client’s where they are safe to repeat', async () => {
    const answer = await ask({ url: '/jobs/none', headers: { 'x-request-id': 'abc-1:2/3' } })
    expect((answer.body as Problem).instance).toBe('abc-1:2/3')
  })

  it.each(['', 'a b', '<script>', 'x'.repeat(129), 'é'])('are new instead of %j', async (sent) => {
    const answer = await ask({ url: '/jobs/none', headers: { 'x-request-id': sent } })
    expect((answer.body as Problem).instance).toMatch(/^[0-9a-f-]{36}$/)
  })
})

describe('addresses', () => {
  it.each(['/nothing', '/Models', '//models', '/models/imdb/versions/2/nothing', '/docs/..%2f..%2fetc'])(
    '%s is not there',
    async (url) => {
      problemOf(await ask(url), 404, 'not-found')
    },
  )

  it.each([
    ['/model', '/models'],
    ['/Models/imdb', '/models/{name}'],
    ['/models/imdb/version', '/models/{name}/versions'],
    ['/models/imdb/versions/2/evaluatoin', '/models/{name}/versions/{version}/evaluation'],
    ['/api/v1/jobs/x/history', '/jobs/{id}/history'],
  ])('%s is not there, and %s is named', async (url, similar) => {
    const { detail } = problemOf(await ask(url), 404, 'not-found')
    expect(detail).toContain(`Did you mean ${similar}? /docs`)
  })

  it.each(['/nothing', '/wp-login.php', '/a/b/c/d/e', `/${'x'.repeat(5_000)}`])(
    '%s is like nothing',
    async (url) => {
      const { detail } = problemOf(await ask(url), 404, 'not-found')
      expect(detail).toMatch(/^There is no endpoint "[^"]{1,65}"\. \/docs and \/openapi\.json list all\.$/)
    },
  )

  it.each([
    ['POST', '/models', 'GET, HEAD, OPTIONS'],
    ['GET', '/predict', 'OPTIONS, POST'],
    ['PATCH', '/jobs/x', 'DELETE, GET, HEAD, OPTIONS'],
    ['PUT', '/datasets', 'GET, HEAD, OPTIONS, POST'],
    ['PROPFIND', '/models/imdb', 'DELETE, GET, HEAD, OPTIONS'],
    ['DELETE', '/health/live', 'GET, HEAD, OPTIONS'],
  ])('%s %s is not allowed, and says what is', async (method, url, allow) => {
    const answer = await ask({ method: method as 'GET', url })
    problemOf(answer, 405, 'method-not-allowed')
    expect(answer.headers['allow']).toBe(allow)
  })

  it('are refused before their bodies are read', async () => {
    const request = { method: 'POST', headers: JSON_HEADERS, payload: '{"broken' } as const
    problemOf(await ask({ ...request, url: '/nothing' }), 404, 'not-found')
    problemOf(await ask({ ...request, url: '/models' }), 405, 'method-not-allowed')
  })

  it.each(['/models/%zz', '/models/%', '/models/%c3%28', '/models/%E0%A4%A'])(
    '%s is no address',
    async (url) => {
      problemOf(await ask(url), 400, 'invalid-request')
    },
  )

  it('answer 404 for anything in the place of the name of a model', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', minLength: 1, maxLength: 300 }), async (name) => {
        // A client resolves dots before it sends.
        fc.pre(!['.', '..', 'imdb'].includes(name))
        const { detail } = problemOf(await ask(`/models/${encodeURIComponent(name)}`), 404, 'unknown-model')
        expect(detail).toContain('Known: imdb.')
      }),
      { numRuns: 100 },
    )
  })

  it.each(['__proto__', 'constructor', 'hasOwnProperty', 'toString', '%2e%2e%2f', '%00', 'x'.repeat(2000)])(
    'answer 404 for a job, data set, version or alias named %s',
    async (name) => {
      for (const [url, code] of [
        [`/jobs/${name}`, 'unknown-job'],
        [`/datasets/${name}`, 'unknown-dataset'],
        [`/models/imdb/versions/${name}`, 'unknown-version'],
      ] as const) {
        problemOf(await ask(url), 404, code)
      }
    },
  )
})

describe('an unknown model, version or alias', () => {
  const asked = { method: 'POST', url: '/predict', payload: { model: 'nobody', text: 'a' } } as const

  it.each<[Partial<TrainingJobView>, string]>([
    [{ state: 'queued' }, 'is queued.'],
    [{ state: 'active' }, 'is running.'],
    [{ state: 'cancelled' }, 'was cancelled.'],
    [
      { state: 'failed', error: { type: 'urn:fitserve:out-of-memory', title: 'x', detail: 'No room' } },
      'failed: No room.',
    ],
  ])('is answered with the job that trains it: %o', async (state, end) => {
    const own = await stubApp({ jobs: { latest: async () => ({ ...JOB, model: 'nobody', ...state }) } })
    const askOwn = asker(own)
    for (const [request, code] of [
      [asked, 'unknown-model'],
      ['/models/nobody', 'unknown-model'],
      ['/models/imdb/versions/9', 'unknown-version'],
    ] as const) {
      const { detail } = problemOf(await askOwn(request), 404, code)
      expect(detail).toContain(`. The job ${JOB.id}, which trains "nobody", ${end}`)
    }
    await own.close()
  })

  it.each<[string, () => Promise<TrainingJobView | undefined>]>([
    ['there is no such job', async () => undefined],
    ['the job has completed', async () => ({ ...JOB, state: 'completed', version: 1 })],
    ['jobs cannot be read', async () => Promise.reject(new FitserveError('store-unavailable', 'Gone.'))],
  ])('is answered without a job where %s', async (_why, latest) => {
    const own = await stubApp({ jobs: { latest } })
    expect(problemOf(await asker(own)(asked), 404, 'unknown-model').detail).not.toContain('job')
    await own.close()
  })
})

describe('content types', () => {
  it.each([
    ['/jobs', 'text/plain', 'application/json'],
    ['/jobs', 'application/jsonx', 'application/json'],
    ['/predict', 'text/plain', 'application/json, application/x-ndjson, text/csv'],
    ['/datasets?name=a', 'application/xml', 'text/csv'],
    ['/datasets?name=a', 'image/png', 'multipart/form-data'],
  ])('POST %s as %s is refused, naming what is taken', async (url, type, named) => {
    const answer = await ask({ method: 'POST', url, payload: '{', headers: { 'content-type': type } })
    expect(problemOf(answer, 415, 'unsupported-media-type').detail).toContain(named)
  })

  /** Each route that takes a JSON body; one of them takes files as well. */
  const TAKING_JSON = [
    ['POST', '/jobs', 'as application/json, and name'],
    ['POST', '/dry-run', 'as application/json, and name'],
    ['POST', '/predictions', 'as application/json, text/csv, '],
    ['PUT', '/models/imdb/schedule', 'as application/json, and name'],
    ['PUT', '/models/imdb/settings', 'as application/json, and name'],
    ['PUT', '/models/imdb/aliases/staging', 'as application/json, and name'],
    ['POST', '/models/imdb/retrain', 'as application/json, and name'],
    ['POST', '/models/imdb/versions/2/evaluate', 'as application/json, and name'],
    ['POST', '/models/imdb/versions/2/threshold', 'as application/json, and name'],
  ] as const

  it.each(TAKING_JSON)('%s %s refuses other types, and names its own: %s', async (method, url, named) => {
    const answer = await ask({ method, url, payload: '{}', headers: { 'content-type': 'image/png' } })
    expect(problemOf(answer, 415, 'unsupported-media-type').detail).toContain(named)
  })

  it.each(TAKING_JSON.filter(([, url]) => !url.endsWith('/retrain')))(
    '%s %s needs a body',
    async (method, url) => {
      const { detail } = problemOf(await ask({ method, url }), 400, 'invalid-json')
      expect(detail).toContain('needs a JSON body')
    },
  )

  const CURL = { 'content-type': 'application/x-www-form-urlencoded' }

  it.each([
    ['without a type', {}],
    ['with an empty type', { 'content-type': '' }],
    ["with curl's default type", CURL],
  ])('JSON is read %s', async (_how, headers) => {
    const post = (url: string, payload: Buffer) => ask({ method: 'POST', url, payload, headers })
    expect((await post('/jobs', Buffer.from('{}'))).status).toBe(202)
    expect((await post('/predict', Buffer.from('{"text":"good"}'))).status).toBe(200)
    expect((await post('/models/imdb/retrain', Buffer.from('{"promote":"never"}'))).status).toBe(202)
    problemOf(await post('/jobs', Buffer.from('model=imdb')), 400, 'invalid-json')
    problemOf(await post('/jobs', Buffer.from('')), 400, 'invalid-json')
    problemOf(await post('/models/imdb/rollback', Buffer.from('{"alias":"a"}')), 400, 'invalid-request')
    expect((await post('/models/imdb/rollback', Buffer.from(''))).status).toBe(200)
  })

  it.each([
    { origin: 'http://localhost:80' },
    { referer: 'http://evil.example/' },
    { 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-mode': 'no-cors' },
  ])('are required of pages, which another origin could make send a body: %o', async (page) => {
    for (const type of [{}, CURL]) {
      const headers = { ...page, ...type, host: 'localhost' }
      const answer = await ask({ method: 'POST', url: '/jobs', payload: Buffer.from('{}'), headers })
      problemOf(answer, 415, 'unsupported-media-type')
    }
  })

  it('may have parameters, and any case', async () => {
    const headers = { 'content-type': 'Application/JSON; charset=utf-8' }
    expect((await ask({ method: 'POST', url: '/jobs', payload: '{}', headers })).status).toBe(202)
  })

  it.each(['gzip', 'br', 'gzip, gzip'])('of JSON are not coded as %s', async (encoding) => {
    const headers = { ...JSON_HEADERS, 'content-encoding': encoding }
    const answer = await ask({ method: 'POST', url: '/jobs', payload: '{}', headers })
    problemOf(answer, 415, 'unsupported-media-type')
    expect(answer.headers['accept-encoding']).toBe('identity')
  })

  it.each(['text/html', 'application/xml', 'application/json;q=0', 'text/*', 'x', ',', '', '*/*'])(
    'of answers do not depend on Accept: %s',
    async (accept) => {
      const { status, headers } = await ask({ url: '/models', headers: { accept } })
      expect([status, headers['content-type']]).toEqual([200, 'application/json; charset=utf-8'])
    },
  )
})

describe('bodies', () => {
  const post = (payload: string | Buffer, url = '/jobs') =>
    ask({ method: 'POST', url, payload, headers: JSON_HEADERS })

  it.each<[string, string | Buffer, string]>([
    ['nothing', '', 'needs a JSON body'],
    ['half', '{"model":', 'The body is not valid JSON: it ends too early.'],
    ['half a text', '{"model":"a', 'The body is not valid JSON: it ends too early.'],
    ['no JSON at all', 'end of JSON input', 'The body is not valid JSON.'],
    ['nothing else', 'at position 99', 'The body is not valid JSON.'],
    ['a wrong character', '{"a":1,}', 'at character'],
    ['a comment', '{} // x', 'at character'],
    ['NaN', '{"a":NaN}', 'not valid JSON'],
    ['broken UTF-8', Buffer.from([0x22, 0xc3, 0x28, 0x22]), 'not valid UTF-8'],
    ['UTF-16', Buffer.from('{}', 'utf16le'), 'not valid JSON'],
    ['a key of every object', '{"__proto__":{"admin":true}}', '__proto__'],
    ['the same, escaped', '{"\\u005f_proto__":1}', '__proto__'],
    ['a constructor’s prototype', '{"constructor":{"prototype":1}}', 'constructor.prototype'],
  ])('of %s are no JSON here', async (_what, payload, said) => {
    expect(problemOf(await post(payload), 400, 'invalid-json').detail).toContain(said)
  })

  it('are never parsed deeper than the stack, however deep', async () => {
    for (const depth of [1_000, 45_000])
      problemOf(await post('['.repeat(depth) + ']'.repeat(depth), '/predict'), 400, 'invalid-request')
    problemOf(await post('['.repeat(90_000)), 400, 'invalid-json')
  })

  it('of other routes have at most 64 levels', async () => {
    const nested = (levels: number) => `{"a":${'['.repeat(levels - 1)}1${']'.repeat(levels - 1)}}`
    expect((await post(nested(64))).status).toBe(202)
    for (const levels of [65, 40_000])
      expect(problemOf(await post(nested(levels)), 400, 'invalid-json').detail).toContain('64 levels')
  })

  it('where none is read are refused, unless they say nothing', async () => {
    const url = '/models/imdb/rollback'
    const problem = problemOf(await post('{"alias":"canary","x/y":1}', url), 400, 'invalid-request')
    expect(problem.errors?.map(({ path }) => path)).toEqual(['/alias', '/x~1y'])
    for (const payload of ['3', '["canary"]']) problemOf(await post(payload, url), 400, 'invalid-request')
    for (const payload of ['', '{}', 'null']) expect((await post(payload, url)).status).toBe(200)
  })

  it('beyond the limit are refused with the limit', async () => {
    const big = JSON.stringify({ texts: ['x'.repeat(100_001)] })
    for (const url of ['/jobs', '/predict'])
      expect(problemOf(await post(big, url), 413, 'payload-too-large').detail).toContain('100000 bytes')
  })

  it('of any JSON are answered with a problem or taken, never with a 500', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.json({ maxDepth: 4 }),
        fc.constantFrom('/predict', '/models/imdb/predict'),
        async (body, url) => {
          expect((await post(body, url)).status).toBeLessThan(500)
        },
      ),
      { numRuns: 200 },
    )
  })

  it('of any bytes too', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 50 }), async (bytes) => {
        expect((await post(Buffer.from(bytes), '/predict')).status).toBe(400)
      }),
      { numRuns: 200 },
    )
  })
})

describe('jobs', () => {
  const submit = (headers: Record<string, string>, url = '/jobs') =>
    ask({ method: 'POST', url, payload: '{}', headers: { ...JSON_HEADERS, ...headers } })

  it('are ordered with the body as it came, the caller and the Idempotency-Key', async () => {
    const asked: unknown[] = []
    const submitted = async (submission: unknown) => {
      asked.push(submission)
      return JOB
    }
    const own = await stubApp({ jobs: { submit: submitted } })
    const request = { method: 'POST', url: '/jobs', payload: '{"model":"a"}', headers: JSON_HEADERS } as const
    const headers = { ...JSON_HEADERS, 'x-request-id': 'an-order' }
    await own.inject({ ...request, headers })
    await own.inject({ ...request, headers: { ...headers, 'idempotency-key': 'k 1' } })
    const origin = { request: 'an-order' }
    expect(asked).toEqual([
      { body: { model: 'a' }, by: null, idempotencyKey: null, origin },
      { body: { model: 'a' }, by: null, idempotencyKey: 'k 1', origin },
    ])
    await own.close()
  })

  it('wait for their end as long as the client prefers, and no longer', async () => {
    const done: JobView = { ...JOB, state: 'completed', finishedAt: '2026-01-01T00:00:09.000Z', version: 1 }
    const own = await stubApp({
      jobs: {
        async *events(_id, _last, signal) {
          if (ends) return yield { id: 'end', event: 'completed', data: done }
          await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
        },
      },
    })
    let ends = true
    const waiting = async (prefer: string) => {
      const headers = { ...JSON_HEADERS, prefer }
      const {
        statusCode,
        headers: told,
        body,
      } = await own.inject({ method: 'POST', url: '/jobs', payload: '{}', headers })
      return [statusCode, JSON.parse(body).state, told['preference-applied'], told.location]
    }
    const location = `/jobs/${JOB.id}`
    for (const prefer of ['wait=30', 'respond-async, Wait = "30"; x', 'handling=lenient,wait=30'])
      expect(await waiting(prefer)).toEqual([202, 'completed', 'wait=30', location])
    for (const prefer of ['wait=99999', `wait=${'9'.repeat(400)}`])
      expect(await waiting(prefer)).toEqual([202, 'completed', 'wait=300', location])
    for (const prefer of ['wait', 'wait=-1', 'wait=soon', 'await=30', 'respond-async'])
      expect(await waiting(prefer)).toEqual([202, JOB.state, undefined, location])
    ends = false
    for (const prefer of ['wait=0', 'wait=1'])
      expect(await waiting(prefer)).toEqual([202, JOB.state, prefer, location])
    await own.close()
  })

  it('are acknowledged although they cannot be followed', async () => {
    const own = await stubApp({
      jobs: {
        // biome-ignore lint/correctness/useYield: it fails before it has an event.
        async *events() {
          throw new FitserveError('queue-unavailable', 'The queue is away.')
        },
      },
    })
    const headers = { ...JSON_HEADERS, prefer: 'wait=60' }
    const { statusCode, body } = await own.inject({ method: 'POST', url: '/jobs', payload: '{}', headers })
    expect([statusCode, JSON.parse(body).id]).toEqual([202, JOB.id])
    await own.close()
  })

  it('are answered as they are when the service stops', async () => {
    const own = await stubApp({
      jobs: {
        async *events(_id, _last, signal) {
          await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
        },
      },
    })
    const headers = { ...JSON_HEADERS, prefer: 'wait=60' }
    const answer = own.inject({ method: 'POST', url: '/jobs', payload: '{}', headers })
    setTimeout(() => void own.close(), 50)
    expect((await answer).statusCode).toBe(202)
  })

  it.each(['', 'x'.repeat(256), 'ключ', 'tab\tbed'])('refuse the Idempotency-Key %j', async (key) => {
    const { errors } = problemOf(await submit({ 'idempotency-key': key }), 400, 'invalid-request')
    expect(errors?.[0]?.path).toBe('/idempotency-key')
  })

  it.each(['state=done', 'state=', 'state=active&state=failed', 'sort=x'])(
    'refuse the list of ?%s',
    async (query) => {
      problemOf(await ask(`/jobs?${query}`), 400, 'invalid-query')
    },
  )

  it.each(['dryRun=1', 'dryrun=true'])('refuse ?%s', async (query) => {
    problemOf(await submit({}, `/jobs?${query}`), 400, 'invalid-query')
  })
})

describe('aliases', () => {
  const put = (alias: string, payload: string) =>
    ask({ method: 'PUT', url: `/models/imdb/aliases/${alias}`, payload, headers: JSON_HEADERS })

  it.each([
    ['{}', '/version'],
    ['{"version":0}', '/version'],
    ['{"version":1.5}', '/version'],
    ['{"version":"1"}', '/version'],
    ['{"version":null}', '/version'],
    ['{"version":1,"extra":2}', '/extra'],
    ['[]', ''],
    ['1e999', ''],
  ])('refuse %s at %j', async (payload, path) => {
    expect(problemOf(await put('staging', payload), 400, 'invalid-request').errors?.[0]?.path).toBe(path)
  })

  it.each(['1', '12', '-a', 'a%20b', '%D1%8F', 'a'.repeat(65), '_x'])('are not called %s', async (alias) => {
    expect(problemOf(await put(alias, '{"version":1}'), 400, 'invalid-request').errors?.[0]?.path).toBe(
      '/alias',
    )
  })

  it('need a body', async () => {
    problemOf(await put('staging', ''), 400, 'invalid-json')
    problemOf(await ask({ method: 'PUT', url: '/models/imdb/aliases/a' }), 400, 'invalid-json')
  })
})

describe('overload', () => {
  /** One long step, after which the timers that were due get their turn. */
  const block = async (milliseconds: number) => {
    for (const until = performance.now() + milliseconds; performance.now() < until; );
    await new Promise((resolve) => setTimeout(resolve, 1))
  }

  it('refuses requests while the event loop is late, but not those for health and metrics', async () => {
    const own = await stubApp({}, { maxDelayMs: 300 })
    const askOwn = asker(own)
    await block(1500)
    expect((await askOwn('/models')).status, 'one long step').toBe(200)
    await block(1500)
    problemOf(await askOwn('/models'), 503, 'overloaded')
    expect(problemOf(await askOwn('/health/ready'), 503, 'not-ready')).toMatchObject({ reason: 'overloaded' })
    expect((await askOwn('/health/live')).status).toBe(200)
    expect((await askOwn('/metrics')).status).toBe(200)
    await vi.waitFor(async () => expect((await askOwn('/models')).status).toBe(200), { timeout: 20_000 })
    await own.close()
  })
})

describe('health', () => {
  const NO_MODELS = () => ({ looked: true, reachable: true, models: [] })
  const away = { ping: () => Promise.reject(new Error('ECONNREFUSED')) }
  const fault = 'weights.bin of version 2 of "imdb" is missing.'
  const models = (version: number | null, looked = true) => ({
    health: () => ({ looked, reachable: true, models: [{ name: 'imdb', version, newest: 2, fault }] }),
  })

  it.each([
    ['queue', { queue: away }, { state: 'unreachable' }],
    ['store', { store: away }, { state: 'unreachable' }],
    [
      'store',
      { store: { freeBytes: async () => 3 * 2 ** 20 }, serving: { health: NO_MODELS } },
      {
        state: 'full',
        detail: expect.stringMatching(/^The disk of the store has 3 MiB left, less than the 16 MiB/),
      },
    ],
    [
      'models',
      { serving: models(1) },
      {
        state: 'failing',
        served: 1,
        failed: ['imdb'],
        items: [{ name: 'imdb', state: 'failing', version: 1, detail: fault }],
      },
    ],
  ])('is degraded and still ready with its %s in trouble, and says so', async (part, overrides, told) => {
    const own = await stubApp(overrides)
    const { statusCode, body } = await own.inject('/health/ready')
    expect(statusCode).toBe(200)
    expect(JSON.parse(body)).toMatchObject({ ready: true, status: 'degraded', [part]: told })
    await own.close()
  })

  it.each([
    ['before the models were read', 'starting', { serving: models(null, false) }],
    ['with neither a model nor a store', 'unavailable', { serving: models(null), store: away }],
  ])('is not ready %s', async (_, reason, overrides) => {
    const own = await stubApp(overrides)
    const problem = problemOf(await asker(own)('/health/ready'), 503, 'not-ready')
    expect(problem).toMatchObject({ ready: false, reason, models: { served: 0, failed: ['imdb'] } })
    expect((await own.inject('/health/live')).statusCode).toBe(200)
    await own.close()
  })

  it('gives the reason for which a part cannot be used, and nothing else', async () => {
    const ping = (error: Error) => ({ ping: () => Promise.reject(error) })
    const detail = "The store's bucket does not exist."
    const cause = new Error('NoSuchBucket')
    const own = await stubApp({
      store: ping(new FitserveError('store-unavailable', detail, { cause })),
      queue: ping(new Error('connect ECONNREFUSED 10.0.0.1')),
    })
    const { body } = await own.inject('/health/ready')
    const store = { state: 'unreachable', detail }
    const queue = { state: 'unreachable' }
    expect(JSON.parse(body)).toMatchObject({ store, queue })
    expect(body).not.toContain('10.0.0.1')
    await own.close()
  })
})
