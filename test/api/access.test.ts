import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { mayAct, ROLES, type Role } from '../../src/access.ts'
import { openApiDocument } from '../../src/api/openapi/document.ts'
import { RowQuota } from '../../src/api/requests/row-quota.ts'
import type { App } from '../../src/api/route-config.ts'
import { FitserveError } from '../../src/errors.ts'
import type { JobFilter } from '../../src/jobs/contract.ts'
import { Keys } from '../../src/keys/keys.ts'
import { asker, problemOf } from './ask.ts'
import { apiKey, JOB, stubApp } from './stubs.ts'

const constantTime = vi.hoisted(() => ({ compared: 0 }))
vi.mock('node:crypto', async (original) => {
  const crypto = await original<typeof import('node:crypto')>()
  return {
    ...crypto,
    timingSafeEqual: (a: Buffer, b: Buffer) => {
      constantTime.compared += 1
      return crypto.timingSafeEqual(a, b)
    },
  }
})

const KEYS = ROLES.map((role) => apiKey(role))
const access = new Keys(KEYS.map(({ entry }) => entry))
const bearer = (key: string) => ({ authorization: `Bearer ${key}` })

/** The role that each operation needs. It is written out so that a change of a route's role is seen here. */
const ACCESS = [
  'anyone GET /access',
  'anyone GET /health/live',
  'anyone GET /health/ready',
  'predict GET /models',
  'predict GET /models/x',
  'predict GET /models/x/log',
  'predict GET /models/x/versions',
  'predict GET /models/x/versions/x',
  'predict GET /models/x/versions/x/history',
  'predict GET /models/x/versions/x/evaluation',
  'predict GET /models/x/versions/x/signature',
  'predict GET /models/x/versions/x/schema',
  'predict GET /models/x/schedule',
  'predict GET /models/x/versions/x/explanation',
  'predict GET /models/x/versions/x/export',
  'predict GET /models/x/versions/x/plots/x',
  'predict POST /predict',
  'predict POST /models/x/predict',
  'predict POST /predict/stream',
  'predict POST /models/x/predict/stream',
  'predict POST /predict/csv',
  'predict POST /models/x/predict/csv',
  'predict GET /metrics',
  'predict GET /traffic',
  'predict GET /trends',
  'train GET /workload',
  'train POST /datasets',
  'train POST /datasets/import',
  'train POST /datasets/x/rows',
  'train GET /datasets',
  'train GET /datasets/x',
  'train GET /datasets/x/rows',
  'train GET /datasets/x/distributions',
  'train GET /datasets/x/overlap',
  'train GET /datasets/x/rejects',
  'train POST /jobs',
  'train POST /dry-run',
  'train GET /jobs',
  'train GET /jobs/x',
  'train DELETE /jobs/x',
  'train GET /jobs/x/history',
  'train GET /jobs/x/trials',
  'train GET /jobs/x/log',
  'train POST /jobs/x/retry',
  'train GET /jobs/x/events',
  'train POST /predictions',
  'train POST /predictions/file',
  'train GET /models/x/versions/x/rows',
  'train GET /predictions/x',
  'train GET /predictions/x/result',
  'train DELETE /predictions/x',
  'train PUT /models/x/aliases/x',
  'train DELETE /models/x/aliases/x',
  'train POST /models/x/rollback',
  'train PUT /models/x/description',
  'train PUT /models/x/versions/x/description',
  'train POST /models/x/retrain',
  'train POST /models/x/versions',
  'train POST /models/x/versions/x/evaluate',
  'train POST /models/x/versions/x/threshold',
  'train PUT /models/x/schedule',
  'train DELETE /models/x/schedule',
  'train GET /jobs/x/plots/x',
  'admin DELETE /datasets/x',
  'admin PUT /models/x/settings',
  'admin DELETE /models/x',
  'admin DELETE /models/x/versions/x',
  'admin GET /audit',
  'admin POST /gc',
]

describe('with API keys', () => {
  let app: App
  let ask: ReturnType<typeof asker>
  let operations: { method: string; url: string; role: Role | 'anyone' }[]
  beforeAll(async () => {
    app = await stubApp({ access })
    ask = asker(app)
    operations = operationsOf(app)
  })
  afterAll(() => app.close())

  it('has exactly these routes, each for this role', async () => {
    const own = await stubApp({ access })
    onTestFinished(() => own.close())
    expect(
      operationsOf(own)
        .map(({ method, url, role }) => `${role} ${method} ${url}`)
        .sort(),
    ).toEqual([...ACCESS].sort())
  })

  it('lets a schedule retire versions only for the role that may delete them', async () => {
    const put = (key: string, body: object) =>
      ask({ method: 'PUT', url: '/models/imdb/schedule', headers: bearer(key), payload: body })
    const times = { cron: '0 3 * * *' }
    const refused = await put('secret-train', { ...times, keepVersions: 3 })
    expect(problemOf(refused, 403, 'forbidden').errors).toMatchObject([{ path: '/keepVersions' }])
    expect((await put('secret-train', times)).status).toBe(200)
    expect((await put('secret-admin', { ...times, keepVersions: 3 })).status).toBe(200)
  })

  it('requires a key wherever a role is required', async () => {
    for (const { method, url, role } of operations) {
      const answer = await ask({ method: method as 'GET', url })
      if (role === 'anyone') expect(answer.status).not.toBe(401)
      else {
        problemOf(answer, 401, 'unauthorized')
        expect(answer.headers['www-authenticate']).toMatch(/^Bearer/)
      }
    }
  })

  it('allows each role its routes and refuses the others, naming the required role', async () => {
    for (const [index, has] of ROLES.entries())
      for (const { method, url, role } of operations) {
        const answer = await ask({
          method: method as 'GET',
          url,
          headers: bearer(KEYS[index]?.key ?? ''),
        })
        if (role === 'anyone' || mayAct(has, role)) expect([401, 403]).not.toContain(answer.status)
        else expect(problemOf(answer, 403, 'forbidden').detail).toContain(`needs the role ${role}`)
      }
  })

  it.each([
    'Bearer',
    'Bearer ',
    'Bearer wrong',
    'Basic c2VjcmV0',
    'Bearer secret-admin extra',
    'secret-admin',
    `Bearer ${KEYS[2]?.entry.sha256}`,
    'Bearer sécret-admin',
  ])('refuses Authorization: %s', async (authorization) => {
    const problem = problemOf(await ask({ url: '/models', headers: { authorization } }), 401, 'unauthorized')
    expect(JSON.stringify(problem)).not.toContain('secret-admin')
  })

  it('accepts the scheme in any case', async () => {
    expect((await ask({ url: '/models', headers: { authorization: 'bEaReR secret-predict' } })).status).toBe(
      200,
    )
  })

  it('compares a wrong key with every known one, in constant time', async () => {
    constantTime.compared = 0
    await ask({ url: '/models', headers: bearer('wrong') })
    await ask({ url: '/models', headers: bearer('secret-predict') })
    expect(constantTime.compared).toBe(2 * KEYS.length)
  })

  it('refuses before it reads a body', async () => {
    const request = { method: 'POST', url: '/jobs', headers: { 'content-type': 'application/json' } } as const
    problemOf(await ask({ ...request, payload: '{' }), 401, 'unauthorized')
  })

  it('tells the rooms who called, and nobody the name behind another key', async () => {
    let by: string | null = null
    const cancel = async (_id: string, who: string | null) => {
      by = who
      return app.inject('/x') as never
    }
    const own = await stubApp({ access, jobs: { cancel } })
    await own.inject({ method: 'DELETE', url: '/jobs/x', headers: bearer('secret-train') })
    expect(by).toBe('the-train')
    await own.close()
  })

  it('accepts pages of another origin, which have no key', async () => {
    const headers = { ...bearer('secret-train'), origin: 'https://other.example', host: 'fit.example' }
    expect((await ask({ method: 'POST', url: '/models/imdb/rollback', headers })).status).toBe(200)
  })
})

/**
 * What a key for the models `other*` may do with the model `imdb`, to which all of the stand-ins belong. Each operation is
 * here once: `refused` where it is about that model, `left out` where a list does not show it, `of all models` where it is
 * refused since it cannot leave out others, `free` where it is about no model.
 */
const OF_OTHER_MODELS: Record<string, 'refused' | 'left out' | 'of all models' | 'free'> = {
  'GET /models': 'left out',
  'GET /models/x': 'refused',
  'GET /models/x/log': 'refused',
  'GET /models/x/versions': 'refused',
  'GET /models/x/versions/x': 'refused',
  'GET /models/x/versions/x/history': 'refused',
  'GET /models/x/versions/x/evaluation': 'refused',
  'GET /models/x/versions/x/signature': 'refused',
  'GET /models/x/versions/x/schema': 'refused',
  'GET /models/x/versions/x/explanation': 'refused',
  'GET /models/x/versions/x/rows': 'refused',
  'GET /models/x/schedule': 'refused',
  'GET /models/x/versions/x/export': 'refused',
  'GET /models/x/versions/x/plots/x': 'refused',
  'POST /predict': 'refused',
  'POST /models/x/predict': 'refused',
  'POST /predict/stream': 'refused',
  'POST /models/x/predict/stream': 'refused',
  'POST /predict/csv': 'refused',
  'POST /models/x/predict/csv': 'refused',
  'GET /metrics': 'of all models',
  'GET /traffic': 'left out',
  'GET /trends': 'left out',
  'GET /workload': 'left out',
  'POST /datasets': 'free',
  'POST /datasets/import': 'free',
  'POST /datasets/x/rows': 'free',
  'GET /datasets': 'free',
  'GET /datasets/x': 'free',
  'GET /datasets/x/rows': 'free',
  'GET /datasets/x/distributions': 'free',
  'GET /datasets/x/overlap': 'free',
  'GET /datasets/x/rejects': 'free',
  'POST /jobs': 'refused',
  'POST /dry-run': 'refused',
  'GET /jobs': 'left out',
  'GET /jobs/x': 'refused',
  'DELETE /jobs/x': 'refused',
  'GET /jobs/x/history': 'refused',
  'GET /jobs/x/trials': 'refused',
  'GET /jobs/x/log': 'refused',
  'POST /jobs/x/retry': 'refused',
  'GET /jobs/x/events': 'refused',
  'POST /predictions': 'refused',
  'POST /predictions/file': 'refused',
  'GET /predictions/x': 'refused',
  'GET /predictions/x/result': 'refused',
  'DELETE /predictions/x': 'refused',
  'PUT /models/x/aliases/x': 'refused',
  'DELETE /models/x/aliases/x': 'refused',
  'POST /models/x/rollback': 'refused',
  'PUT /models/x/description': 'refused',
  'PUT /models/x/versions/x/description': 'refused',
  'POST /models/x/retrain': 'refused',
  'POST /models/x/versions': 'refused',
  'POST /models/x/versions/x/evaluate': 'refused',
  'POST /models/x/versions/x/threshold': 'refused',
  'PUT /models/x/schedule': 'refused',
  'DELETE /models/x/schedule': 'refused',
  'GET /jobs/x/plots/x': 'refused',
  'DELETE /datasets/x': 'free',
  'PUT /models/x/settings': 'refused',
  'DELETE /models/x': 'refused',
  'DELETE /models/x/versions/x': 'refused',
  'GET /audit': 'left out',
  'POST /gc': 'free',
}

describe('with a key for some models', () => {
  const { key, entry } = apiKey('admin', { models: ['other*', 'mine'] })
  let app: App
  let ask: ReturnType<typeof asker>
  beforeAll(async () => {
    const jobs = {
      get: async () => JOB,
      list: async (_page: unknown, { ofModel }: JobFilter) => listed(ofModel),
    }
    app = await stubApp({ access: new Keys([entry]), jobs: jobs as never })
    ask = asker(app)
  })
  afterAll(() => app.close())
  const listed = (ofModel = (_model: string) => true) => ({
    items: ofModel(JOB.model) ? [JOB] : [],
    next: null,
  })
  /** A request about a model, with what its route needs before it looks at the model. */
  const about = (operation: string, model: string) => {
    const [method = '', url = ''] = operation.split(' ')
    const payload: Record<string, unknown> = {
      'POST /predict': { model, text: 'a' },
      'POST /jobs': { model, dataset: 'reviews' },
      'POST /dry-run': { model, dataset: 'reviews' },
      'POST /predictions': { model: `${model}@production`, dataset: 'reviews' },
      'PUT /models/x/aliases/x': { version: 1 },
      'PUT /models/x/schedule': { cron: '0 3 * * *' },
      'PUT /models/x/settings': { keepVersions: 3 },
      'PUT /models/x/description': { tags: {} },
      'PUT /models/x/versions/x/description': { tags: {} },
      'POST /models/x/versions/x/evaluate': { dataset: 'reviews' },
      'POST /models/x/versions/x/threshold': { threshold: 0.3 },
    }
    const body = payload[operation]
    const isNaming = ['POST /predict/stream', 'POST /predict/csv', 'POST /predictions/file'].includes(
      operation,
    )
    const isOfRows = operation === 'GET /models/x/versions/x/rows'
    const isOfTrends = operation === 'GET /trends'
    const query = isNaming
      ? `?model=${model}`
      : isOfRows
        ? '?kind=worst'
        : isOfTrends
          ? `?models=${model}`
          : ''
    const type = url.endsWith('/stream')
      ? 'application/x-ndjson'
      : /\/(csv|file)$/.test(url)
        ? 'text/csv'
        : undefined
    return {
      method: method as 'GET',
      url: `${url.replace('/models/x', `/models/${model}`)}${query}`,
      headers: {
        ...bearer(key),
        ...(type && { 'content-type': type }),
      },
      ...(body === undefined ? type && { payload: '{}' } : { payload: body as object }),
    }
  }

  it('says of each operation what becomes of it', () => {
    const named = operationsOf(app).filter(({ role }) => role !== 'anyone')
    expect(named.map(({ method, url }) => `${method} ${url}`).sort()).toEqual(
      Object.keys(OF_OTHER_MODELS).sort(),
    )
  })

  it.each(Object.entries(OF_OTHER_MODELS))('%s of another model is %s', async (operation, what) => {
    const answer = await ask(about(operation, 'imdb'))
    if (what === 'refused') {
      // "any" is a name like all others.
      for (const each of [answer, await ask(about(operation, 'any'))]) {
        const { detail } = problemOf(each, 403, 'forbidden')
        expect(detail).toBe('The key "the-admin" is for models other*, mine only.')
      }
    } else if (what === 'of all models') problemOf(answer, 403, 'forbidden')
    else expect(answer.status).not.toBe(403)
    if (what === 'left out') {
      expect(answer.status).toBe(200)
      expect(JSON.stringify(answer.body)).not.toContain('imdb')
    }
  })

  it.each(
    Object.entries(OF_OTHER_MODELS).flatMap(([operation, what]) =>
      what === 'refused' && !/ .(jobs|predictions).x/.test(operation) ? [operation] : [],
    ),
  )('%s of its own models is not refused', async (operation) => {
    for (const model of ['mine', 'other-1']) expect((await ask(about(operation, model))).status).not.toBe(403)
  })

  it.each([
    ['GET', '/v1/models/imdb', 403],
    ['GET', '/v1/models/imdb/versions/2/metadata', 403],
    ['POST', '/v1/models/imdb:predict', 403],
    ['POST', '/v1/models/imdb/versions/2:classify', 403],
    ['GET', '/v2/models/imdb', 403],
    ['POST', '/v2/models/imdb/infer', 403],
    ['POST', '/v2/models/imdb/versions/2/infer', 403],
    ['GET', '/v2/models/stats', 403],
    ['POST', '/v2/repository/index', 403],
    ['POST', '/v2/repository/models/imdb/load', 403],
    ['POST', '/invocations?model=imdb', 403],
    ['POST', '/invocations', 403],
    ['GET', '/v2/health/live', 200],
    ['GET', '/ping', 200],
  ] as const)('%s %s of another protocol answers %i', async (method, url, status) => {
    const payload = method === 'POST' ? { payload: {} } : {}
    const answer = await app.inject({ method, url, headers: bearer(key), ...payload })
    expect(answer.statusCode).toBe(status)
    if (status === 403) expect(answer.body).toMatch(/is for models other\*, mine only/)
  })

  it.each(['/v1/models/mine:predict', '/v2/models/mine/infer', '/invocations?model=mine'])(
    'POST %s of another protocol is not refused for its own models',
    async (url) => {
      const answer = await app.inject({ method: 'POST', url, headers: bearer(key), payload: {} })
      expect(answer.statusCode).not.toBe(403)
    },
  )

  it.each([
    ['/invocations?model=imdb', { model: 'mine', instances: ['a'] }],
    ['/invocations', { model: 'mine', instances: ['a'] }],
    ['/predictions/file?model=imdb', { model: 'mine' }],
    ['/predict/csv?model=imdb', { model: 'mine' }],
    ['/predict/stream?model=imdb', { model: 'mine' }],
  ])('%s is about the model of its query, whatever its body says', async (url, payload) => {
    const answer = await app.inject({ method: 'POST', url, headers: bearer(key), payload })
    expect([403, 415]).toContain(answer.statusCode)
  })

  it('needs the model to be named, in the body too', async () => {
    const headers = bearer(key)
    for (const [url, payload] of [
      ['/predict', { text: 'a' }],
      ['/predict', { model: 7, text: 'a' }],
      ['/jobs', []],
      ['/predict', { model: ['mine'], text: 'a' }],
    ] as const) {
      const answer = await ask({ method: 'POST', url, payload, headers })
      expect(problemOf(answer, 403, 'forbidden').detail).toContain('must name one in "model"')
    }
  })
})

it('orders the roles', () => {
  fc.assert(
    fc.property(fc.nat(2), fc.nat(2), (has, needs) => {
      expect(mayAct(ROLES[has] ?? 'predict', ROLES[needs] ?? 'admin')).toBe(has >= needs)
    }),
  )
})

describe('without API keys, on loopback', () => {
  let app: App
  let ask: ReturnType<typeof asker>
  beforeAll(async () => {
    app = await stubApp()
    ask = asker(app)
  })
  afterAll(() => app.close())
  const rollback = { method: 'POST', url: '/models/imdb/rollback' } as const

  it.each([
    ['http://evil.example', 'localhost:3000'],
    ['http://localhost:3001', 'localhost:3000'],
    ['null', 'localhost:3000'],
    ['not a url', 'localhost:3000'],
    // A name that its owner points at 127.0.0.1 is the same origin to a browser.
    ['http://evil.example:3000', 'evil.example:3000'],
  ])('refuses a change by a page of %s at %s', async (origin, host) => {
    problemOf(await ask({ ...rollback, headers: { origin, host } }), 403, 'forbidden')
  })

  it.each(['cross-site', 'same-site'])('refuses a change that a browser calls %s', async (site) => {
    problemOf(await ask({ ...rollback, headers: { 'sec-fetch-site': site } }), 403, 'forbidden')
    expect((await ask({ url: '/models', headers: { 'sec-fetch-site': site } })).status).toBe(200)
  })

  it.each(['evil.example', 'evil.example.:80', '127.0.0.1.evil.example:3000', 'localhost.evil.example'])(
    'refuses requests to the host %s',
    async (host) => {
      problemOf(await ask({ url: '/models', headers: { host } }), 403, 'forbidden')
    },
  )

  it.each([
    'localhost',
    'LOCALHOST:3000',
    '127.0.0.1:3000',
    '127.8.9.1',
    '[::1]:3000',
    'api',
    'my.localhost:80',
    '',
  ])('answers to %s', async (host) => {
    expect((await ask({ url: '/models', headers: { host } })).status).toBe(200)
  })

  it('allows changes by its own pages, and by programs, which send no origin', async () => {
    const headers = { origin: 'http://127.0.0.1:3000', host: '127.0.0.1:3000' }
    expect((await ask({ ...rollback, headers })).status).toBe(200)
    expect((await ask(rollback)).status).toBe(200)
  })

  it('lets no page of another origin read an answer', async () => {
    const { headers } = await ask({ url: '/models', headers: { origin: 'http://evil.example' } })
    expect(headers['access-control-allow-origin']).toBeUndefined()
  })
})

describe('the rate limit', () => {
  it('counts by key, and says when to try again', async () => {
    const app = await stubApp({ access, config: { rateLimit: 3 } })
    const ask = asker(app)
    const asTrain = { url: '/models', headers: bearer('secret-train') }
    for (let i = 0; i < 3; i++) expect((await ask(asTrain)).status).toBe(200)
    const limited = await ask(asTrain)
    problemOf(limited, 429, 'rate-limited')
    expect(Number(limited.headers['retry-after'])).toBeLessThanOrEqual(60)
    expect((await ask({ url: '/models', headers: bearer('secret-predict') })).status).toBe(200)
    await app.close()
  })

  it('counts wrong keys and unknown paths by client address, and health never', async () => {
    const app = await stubApp({ access, config: { rateLimit: 3 } })
    const ask = asker(app)
    for (const key of ['a', 'b', 'c'])
      problemOf(await ask({ url: '/models', headers: bearer(key) }), 401, 'unauthorized')
    problemOf(await ask({ url: '/models', headers: bearer('d') }), 429, 'rate-limited')
    problemOf(await ask('/nothing'), 429, 'rate-limited')
    expect((await ask('/health/live')).status).toBe(200)
    expect(
      (await ask({ url: '/models', remoteAddress: '10.0.0.9', headers: bearer('secret-train') })).status,
    ).toBe(200)
    await app.close()
  })

  it('is told in headers of each answer, refused ones too', async () => {
    const app = await stubApp({ access, config: { rateLimit: 2 } })
    const ask = asker(app)
    const told = async () => {
      const { status, headers } = await ask({ url: '/models', headers: bearer('secret-train') })
      return [status, headers['ratelimit-policy'], headers['ratelimit']?.replace(/t=\d+$/, 't=…')]
    }
    expect(await told()).toEqual([200, '"requests";q=2;w=60', '"requests";r=1;t=…'])
    expect(await told()).toEqual([200, '"requests";q=2;w=60', '"requests";r=0;t=…'])
    expect(await told()).toEqual([429, '"requests";q=2;w=60', '"requests";r=0;t=…'])
    expect((await ask('/health/live')).headers['ratelimit']).toBeUndefined()
    await app.close()
  })

  it('may be another one for a key, or none', async () => {
    const keys = [
      apiKey('predict', { requestsPerMinute: 1 }),
      apiKey('train', { requestsPerMinute: 0 }),
      apiKey('admin'),
    ]
    const app = await stubApp({ access: new Keys(keys.map(({ entry }) => entry)), config: { rateLimit: 3 } })
    const statuses = async (key: string) => {
      const found = []
      for (let i = 0; i < 4; i++)
        found.push((await app.inject({ url: '/models', headers: bearer(key) })).statusCode)
      return found
    }
    expect(await statuses('secret-predict')).toEqual([200, 429, 429, 429])
    expect(await statuses('secret-train')).toEqual([200, 200, 200, 200])
    expect(await statuses('secret-admin')).toEqual([200, 200, 200, 429])
    await app.close()
  })

  it('of a key that came later holds in a service that had no limits', async () => {
    const own = new Keys([apiKey('admin').entry])
    const app = await stubApp({ access: own })
    const { key, entry } = apiKey('predict', { requestsPerMinute: 1 })
    own.replace([apiKey('admin').entry, entry])
    const ask = () => app.inject({ url: '/models', headers: bearer(key) })
    expect([(await ask()).statusCode, (await ask()).statusCode]).toEqual([200, 429])
    await app.close()
  })

  it('is off at 0', async () => {
    const app = await stubApp()
    for (let i = 0; i < 30; i++) expect((await app.inject('/models')).statusCode).toBe(200)
    await app.close()
  })
})

describe('the limit of rows a day', () => {
  const { key, entry } = apiKey('train', { rowsPerDay: 5 })
  const limited = async () => {
    const app = await stubApp({ access: new Keys([entry, apiKey('admin').entry]) })
    onTestFinished(() => app.close())
    const ask = asker(app)
    return (url: string, payload: object | string, headers = {}) =>
      ask({ method: 'POST', url, payload, headers: { ...bearer(key), ...headers } })
  }
  const left = ({ headers }: { headers: Record<string, string | undefined> }) =>
    Number(/"rows";r=(\d+);t=/.exec(headers['ratelimit'] ?? '')?.[1])

  it('counts the rows of requests that are answered', async () => {
    const ask = await limited()
    const first = await ask('/predict', { model: 'imdb', text: 'a' })
    expect([first.status, left(first)]).toEqual([200, 4])
    expect(first.headers['ratelimit-policy']).toBe('"rows";q=5;w=86400')
    expect(left(await ask('/models/imdb/predict', { texts: ['a', 'b'] }))).toBe(2)
    // What is refused for another reason counts for nothing.
    expect((await ask('/predict', { model: 'nobody', texts: ['a', 'b'] })).status).toBe(404)
    const refused = await ask('/predict', { model: 'imdb', texts: ['a', 'b', 'c'] })
    expect(problemOf(refused, 429, 'rate-limited').detail).toBe(
      'This key has a limit of 5 rows a day (UTC), of which 2 are left. Send fewer rows, or wait until midnight UTC.',
    )
    const resetS = /"rows";r=2;t=(\d+)$/.exec(refused.headers['ratelimit'] ?? '')?.[1]
    expect(refused.headers['retry-after']).toBe(resetS)
    expect(left(await ask('/predict', { model: 'imdb', texts: ['a', 'b'] }))).toBe(0)
    expect((await ask('/predict', { model: 'imdb', text: 'a' })).status).toBe(429)
  })

  it('ends a stream row by row, and counts good rows only', async () => {
    const ask = await limited()
    const line = (row: object) => `${JSON.stringify(row)}\n`
    const rows = [{ bad: 1 }, ...Array.from({ length: 6 }, (_, x) => ({ x }))]
    const answer = await ask('/predict/stream?model=imdb', rows.map(line).join(''), {
      'content-type': 'application/x-ndjson',
    })
    const lines = answer.text
      .trim()
      .split('\n')
      .map((each) => JSON.parse(each))
    expect(lines.map((each) => each.label ?? each.error.message)).toEqual([
      'A bad row.',
      ...Array.from({ length: 5 }, () => 'pos'),
      'This key has a limit of 5 rows a day (UTC), of which 0 are left. Wait until midnight UTC.',
    ])
    expect((await ask('/predict', { model: 'imdb', text: 'a' })).status).toBe(429)
  })

  it('counts the rows of a data set that is to be answered', async () => {
    const ask = await limited()
    const order = { model: 'imdb', dataset: 'reviews' }
    const first = await ask('/predictions', order)
    expect([first.status, left(first)]).toEqual([202, 2])
    expect((await ask('/predictions', order)).status).toBe(429)
    expect((await ask('/predict', { model: 'imdb', texts: ['a', 'b'] })).status).toBe(200)
  })

  it('is not evaded by other protocols', async () => {
    const app = await stubApp({ access: new Keys([entry]) })
    onTestFinished(() => app.close())
    for (const url of ['/v1/models/imdb:predict', '/v2/models/imdb/infer', '/invocations?model=imdb']) {
      const { statusCode, body } = await app.inject({
        method: 'POST',
        url,
        headers: bearer(key),
        payload: {},
      })
      expect(statusCode).toBe(403)
      expect(body).toContain('has a limit that this endpoint cannot count. Use /predict')
    }
  })

  it('begins anew with the day, and is not given back to another day', () => {
    let now = Date.UTC(2026, 10, 30, 23, 59, 59)
    const quota = new RowQuota(() => now)
    const taken = quota.take(entry, 5)
    expect(quota.left(entry)).toBe(0)
    expect(quota.secondsLeft()).toBe(1)
    now += 1_000
    expect(quota.left(entry)).toBe(5)
    taken.giveBack(5)
    quota.take(entry, 2)
    expect([quota.left(entry), quota.secondsLeft()]).toEqual([3, 86_400])
    expect(quota.left(apiKey('admin').entry)).toBe(Number.POSITIVE_INFINITY)
  })
})

describe('pages elsewhere', () => {
  const origin = 'https://app.example'
  const asking = {
    origin,
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'authorization',
  }

  it('may ask before they call, and read the answer, where CORS_ORIGINS names their origin', async () => {
    const app = await stubApp({ access, config: { corsOrigins: [origin] } })
    const ask = asker(app)
    const question = await ask({ method: 'OPTIONS', url: '/predict', headers: asking })
    expect([question.status, question.text]).toEqual([204, ''])
    expect(question.headers).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-allow-methods': expect.stringContaining('PUT'),
      'access-control-allow-headers': expect.stringContaining('Authorization'),
      vary: expect.stringContaining('Origin'),
    })
    expect(question.headers['access-control-allow-credentials']).toBeUndefined()
    const { status, headers } = await ask({ url: '/models', headers: { ...bearer('secret-train'), origin } })
    expect([status, headers['access-control-allow-origin']]).toEqual([200, origin])
    expect(headers['access-control-expose-headers']).toContain('X-Request-Id')
    const refused = await ask({ url: '/models', headers: { origin } })
    expect([refused.status, refused.headers['access-control-allow-origin']]).toEqual([401, origin])
    await app.close()
  })

  it('of other origins get no such answer', async () => {
    const app = await stubApp({ access, config: { corsOrigins: [origin] } })
    for (const other of ['https://app.example.evil', 'http://app.example', 'null']) {
      const asked = { ...asking, origin: other }
      const question = await app.inject({ method: 'OPTIONS', url: '/predict', headers: asked })
      expect(question.headers['access-control-allow-origin']).toBeUndefined()
      expect(question.headers['allow']).toContain('POST')
      expect(question.headers['vary']).toContain('Origin')
    }
    await app.close()
  })

  it('may change things without keys where they are named, and nothing is allowed by default', async () => {
    const rollback = { method: 'POST', url: '/models/imdb/rollback' } as const
    const named = { origin, host: 'localhost:3000', 'sec-fetch-site': 'cross-site' }
    const open = await stubApp({ config: { corsOrigins: [origin] } })
    expect((await open.inject({ ...rollback, headers: named })).statusCode).toBe(200)
    const evil = { ...named, origin: 'https://evil.example' }
    expect((await open.inject({ ...rollback, headers: evil })).statusCode).toBe(403)
    // A name that was pointed at this machine is another matter.
    expect((await open.inject({ ...rollback, headers: { ...named, host: 'evil.example' } })).statusCode).toBe(
      403,
    )
    await open.close()
    const closed = await stubApp({ access })
    const question = await closed.inject({ method: 'OPTIONS', url: '/predict', headers: asking })
    expect(question.headers['access-control-allow-origin']).toBeUndefined()
    expect(question.headers['vary']).toBeUndefined()
    await closed.close()
  })
})

describe('a token', () => {
  it('that cannot be taken is refused with its reason, and open routes answer all the same', async () => {
    const reasons = ['unauthorized', 'not-ready', 'forbidden'] as const
    for (const code of reasons) {
      const find = () => Promise.reject(new FitserveError(code, 'The token has a fault.'))
      const app = await stubApp({ access: new Keys([], { known: () => undefined, find }) })
      const ask = asker(app)
      const answer = await ask({ url: '/models', headers: bearer('a.b.c') })
      const status = { unauthorized: 401, 'not-ready': 503, forbidden: 403 }[code]
      expect(problemOf(answer, status, code).detail).toBe('The token has a fault.')
      expect(answer.headers['www-authenticate'] === undefined).toBe(code !== 'unauthorized')
      expect((await ask({ url: '/health/live', headers: bearer('a.b.c') })).status).toBe(200)
      problemOf(await ask('/models'), 401, 'unauthorized')
      await app.close()
    }
  })
})

/** Every documented operation, with something in the place of each parameter. */
function operationsOf(app: App) {
  const { paths } = openApiDocument(app) as { paths: Record<string, Record<string, { 'x-role'?: Role }>> }
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      method: method.toUpperCase(),
      url: path.replace(/\{\w+\}/g, 'x'),
      role: operation['x-role'] ?? ('anyone' as const),
    })),
  )
}
