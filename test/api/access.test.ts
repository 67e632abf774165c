import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { mayAct, ROLES, type Role } from '../../src/access.ts'
import { openApiDocument } from '../../src/api/openapi/document.ts'
import type { App } from '../../src/api/route-config.ts'
import { asker, problemOf } from './ask.ts'
import { apiKey, stubApp, stubs } from './stubs.ts'

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

const KEYS = ROLES.map(apiKey)
const config = { ...stubs().config, apiKeys: KEYS.map(({ entry }) => entry) }
const bearer = (key: string) => ({ authorization: `Bearer ${key}` })

/** The role that each operation needs. It is written out so that a change of a route's role is seen here. */
const ACCESS = [
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
  'predict GET /metrics',
  'train POST /datasets',
  'train POST /datasets/import',
  'train POST /datasets/x/rows',
  'train GET /datasets',
  'train GET /datasets/x',
  'train GET /datasets/x/rows',
  'train GET /datasets/x/rejects',
  'train POST /jobs',
  'train POST /dry-run',
  'train GET /jobs',
  'train GET /jobs/x',
  'train DELETE /jobs/x',
  'train GET /jobs/x/history',
  'train GET /jobs/x/trials',
  'train POST /jobs/x/retry',
  'train GET /jobs/x/events',
  'train POST /predictions',
  'train GET /models/x/versions/x/rows',
  'train GET /predictions/x',
  'train GET /predictions/x/result',
  'train DELETE /predictions/x',
  'train PUT /models/x/aliases/x',
  'train DELETE /models/x/aliases/x',
  'train POST /models/x/rollback',
  'train POST /models/x/retrain',
  'train POST /models/x/versions',
  'train POST /models/x/versions/x/evaluate',
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
    app = await stubApp({ config })
    ask = asker(app)
    operations = operationsOf(app)
  })
  afterAll(() => app.close())

  it('has exactly these routes, each for this role', () => {
    expect(operations.map(({ method, url, role }) => `${role} ${method} ${url}`).sort()).toEqual(
      [...ACCESS].sort(),
    )
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
    const own = await stubApp({ config, jobs: { cancel } })
    await own.inject({ method: 'DELETE', url: '/jobs/x', headers: bearer('secret-train') })
    expect(by).toBe('the-train')
    await own.close()
  })

  it('accepts pages of another origin, which have no key', async () => {
    const headers = { ...bearer('secret-train'), origin: 'https://other.example', host: 'fit.example' }
    expect((await ask({ method: 'POST', url: '/models/imdb/rollback', headers })).status).toBe(200)
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
    const app = await stubApp({ config: { ...config, rateLimit: 3 } })
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
    const app = await stubApp({ config: { ...config, rateLimit: 3 } })
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

  it('is off at 0', async () => {
    const app = await stubApp()
    for (let i = 0; i < 30; i++) expect((await app.inject('/models')).statusCode).toBe(200)
    await app.close()
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
