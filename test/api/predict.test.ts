import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { App } from '../../src/api/route-config.ts'
import { FitserveError } from '../../src/errors.ts'
import type { PredictOptions } from '../../src/serving/contract.ts'
import { asker, problemOf } from './ask.ts'
import { stubApp } from './stubs.ts'

const JSON_HEADERS = { 'content-type': 'application/json' }
const POS = { label: 'pos', score: 0.75, confidence: 0.75, probabilities: { neg: 0.25, pos: 0.75 } }

let app: App
let ask: ReturnType<typeof asker>
beforeAll(async () => {
  app = await stubApp()
  ask = asker(app)
})
afterAll(() => app.close())

const predict = (body: unknown, url = '/predict') =>
  ask({
    method: 'POST',
    url,
    headers: JSON_HEADERS,
    payload: JSON.stringify(body),
  })

describe('what is asked for beside an answer', () => {
  it('reaches the answering version from bodies and from the addresses of streams', async () => {
    const asked: unknown[] = []
    const own = await stubApp({
      serving: {
        predictNow: () => undefined,
        predict: async (_target: unknown, _rows: readonly unknown[], { uncertainty }: PredictOptions) => {
          asked.push(uncertainty)
          const interval = { low: 0.5, high: 2, level: 0.9 }
          return { model: 'm', version: 1, predictions: [{ value: 1, interval }] }
        },
      },
    })
    const post = (url: string, payload: string, type = 'application/json') =>
      own.inject({ method: 'POST', url, payload, headers: { 'content-type': type } })
    const answer = await post('/predict', '{"features":{"a":1},"interval":0.9}')
    expect(answer.json()).toEqual({
      model: 'm',
      version: 1,
      value: 1,
      interval: { low: 0.5, high: 2, level: 0.9 },
    })
    await post('/models/m/predict', '{"texts":["a"],"set":0.95,"abstain":0.7}')
    await post('/predict', '{"features":{"a":1}}')
    const lines = await post('/predict/stream?interval=0.9', '{"a":1}\n', 'application/x-ndjson')
    expect(lines.body).toBe('{"value":1,"interval":{"low":0.5,"high":2,"level":0.9}}\n')
    const interval = { interval: 0.9, set: undefined, abstain: undefined }
    expect(asked).toEqual([
      interval,
      { interval: undefined, set: 0.95, abstain: 0.7 },
      undefined,
      interval,
      interval,
    ])
    await own.close()
  })

  it.each([
    ['interval', 0.3],
    ['interval', 1],
    ['interval', '0.9'],
    ['set', 0.999],
    ['abstain', 0],
    ['abstain', null],
  ])('%s has limits, which %j is outside of', async (option, value) => {
    const answer = await predict({ text: 'fine', [option]: value })
    expect(problemOf(answer, 400, 'invalid-request').errors).toEqual([
      { path: `/${option}`, message: expect.any(String) },
    ])
  })
})

describe('one form of a request', () => {
  it.each([
    [{ text: 'fine' }, POS],
    [{ text: null }, POS],
    [{ texts: ['a', 'b'] }, { predictions: [POS, POS] }],
    [{ features: { a: 1 } }, POS],
    [{ rows: [{ a: 1 }, { a: 2 }] }, { predictions: [POS, POS] }],
    [{ model: 'imdb', version: 2, text: 'fine' }, POS],
    [{ model: 'imdb', version: 'production', onError: 'refuse', text: 'fine' }, POS],
  ])('%j', async (body, answer) => {
    expect((await predict(body)).body).toEqual({ model: 'imdb', version: 2, ...answer })
  })

  it('may have a column of any name', async () => {
    const rows: unknown[] = []
    const own = await stubApp({
      serving: {
        predictNow: (_target, row) => void rows.push(row),
        predict: async (_target: unknown, sent: readonly unknown[]) => {
          rows.push(...sent)
          return { model: 'm', version: 1, predictions: [{ value: 1 }] }
        },
      },
    })
    for (const column of ['__proto__', '\\u005f_proto__', 'constructor']) {
      const payload = `{"features":{"${column}":{"prototype":2}}}`
      const answer = await own.inject({ method: 'POST', url: '/predict', payload, headers: JSON_HEADERS })
      expect(answer.statusCode, answer.body).toBe(200)
      const name = JSON.parse(`"${column}"`)
      for (const row of rows.splice(0, 2))
        expect(Object.entries(row as object)).toEqual([[name, { prototype: 2 }]])
    }
    const outside = await own.inject({
      method: 'POST',
      url: '/predict',
      payload: '{"text":"a","__proto__":{}}',
      headers: JSON_HEADERS,
    })
    expect([outside.statusCode, outside.json().type]).toEqual([400, 'urn:fitserve:invalid-json'])
    await own.close()
  })

  it('is also accepted below a model, where the body names none', async () => {
    expect((await predict({ text: 'a' }, '/models/imdb/predict')).body).toEqual({
      model: 'imdb',
      version: 2,
      ...POS,
    })
    const refused = problemOf(
      await predict({ model: 'imdb', text: 'a' }, '/models/imdb/predict'),
      400,
      'invalid-request',
    )
    expect(refused.errors?.[0]?.path).toBe('/model')
  })

  it('passes model, version, rows and their path on unchanged', async () => {
    const asked: unknown[] = []
    const own = await stubApp({
      serving: {
        predict: async (...call: unknown[]) => {
          asked.push(call)
          return { model: 'm', version: 1, predictions: [{ value: 1 }] }
        },
      },
    })
    const post = (url: string, body: object) => own.inject({ method: 'POST', url, payload: body as object })
    await post('/predict', { texts: ['a'] })
    await post('/models/m/predict', { version: 3, features: { a: 'x' }, onError: 'row', notes: true })
    const deadline = expect.anything()
    expect(asked).toEqual([
      [
        { model: undefined, version: undefined },
        ['a'],
        { form: 'text', path: '/texts', single: false, onError: 'refuse', deadline },
      ],
      [
        { model: 'm', version: 3 },
        [{ a: 'x' }],
        { form: 'features', path: '/features', single: true, onError: 'row', notes: true, deadline },
      ],
    ])
    await own.close()
  })
})

describe('bad requests', () => {
  it.each<[unknown, string, string]>([
    [{}, 'invalid-request', ''],
    [[], 'invalid-request', ''],
    ['text', 'invalid-request', ''],
    [null, 'invalid-request', ''],
    [{ model: 'imdb' }, 'invalid-request', ''],
    [{ text: 'a', texts: ['b'] }, 'invalid-request', ''],
    [{ txt: 'a' }, 'invalid-request', '/txt'],
    [{ text: 'a', version: 0 }, 'invalid-request', '/version'],
    [{ text: 'a', version: 1.5 }, 'invalid-request', '/version'],
    [{ text: 'a', version: [] }, 'invalid-request', '/version'],
    [{ text: 'a', model: 1 }, 'invalid-request', '/model'],
    [{ text: 'a', onError: 'skip' }, 'invalid-request', '/onError'],
    [{ texts: 'a' }, 'invalid-request', '/texts'],
    [{ rows: { a: 1 } }, 'invalid-request', '/rows'],
    [{ rows: null }, 'invalid-request', '/rows'],
    [{ texts: [] }, 'invalid-rows', '/texts'],
    [{ rows: [] }, 'invalid-rows', '/rows'],
    [{ rows: Array.from({ length: 11 }, () => ({})) }, 'invalid-rows', '/rows'],
    [{ features: { bad: 1 } }, 'invalid-rows', '/features'],
    [{ features: 'a' }, 'invalid-rows', '/features'],
    [{ rows: [{}, { bad: 1 }, {}] }, 'invalid-rows', '/rows/1'],
  ])('%j is %s at %j', async (body, code, path) => {
    expect(problemOf(await predict(body), 400, code).errors?.map((error) => error.path)).toEqual([path])
  })

  it('are refused with the limit of a batch and the way around it', async () => {
    const { detail } = problemOf(await predict({ texts: Array(11).fill('a') }), 400, 'invalid-rows')
    expect(detail).toMatch(/at most 10 rows, got 11.*x-ndjson/)
  })

  it('are refused with the key that was probably meant', async () => {
    const { errors } = problemOf(await predict({ textts: ['a'] }), 400, 'invalid-request')
    expect(errors?.[0]?.message).toContain('Did you mean "texts"?')
  })

  it('are refused for an unknown model with the known ones', async () => {
    for (const answer of [
      await predict({ model: 'no', text: 'a' }),
      await predict({ text: 'a' }, '/models/no/predict'),
    ])
      expect(problemOf(answer, 404, 'unknown-model').detail).toContain('imdb')
  })

  it('are those that name model or version of a JSON request outside its body', async () => {
    const answer = await predict({ text: 'a' }, '/predict?model=imdb')
    expect(problemOf(answer, 400, 'invalid-query').errors?.[0]?.path).toBe('/model')
    problemOf(await predict({ text: 'a' }, '/predict?x=1'), 400, 'invalid-query')
    problemOf(await predict({ text: 'a' }, '/models/imdb/predict?model=x'), 400, 'invalid-query')
  })
})

describe('onError: row', () => {
  it('answers valid rows, and invalid ones with an error in their place', async () => {
    const { status, body } = await predict({ onError: 'row', rows: [{}, { bad: 1 }, {}] })
    const error = { message: 'A bad row.', errors: [{ path: '/rows/1', message: 'A bad row.' }] }
    expect(status).toBe(200)
    expect(body).toEqual({ model: 'imdb', version: 2, predictions: [POS, { error }, POS] })
  })

  it('does the same for a single row', async () => {
    const { status, body } = await predict({ onError: 'row', features: { bad: 1 } })
    expect([status, body]).toEqual([200, expect.objectContaining({ error: expect.anything() })])
  })
})

describe('a model that is broken', () => {
  it.each([Number.NaN, Number.POSITIVE_INFINITY])('and answers %s is not answered as null', async (value) => {
    const own = await stubApp({
      serving: { predict: async () => ({ model: 'm', version: 1, predictions: [{ value }] }) },
    })
    const response = await own.inject({ method: 'POST', url: '/predict', payload: { features: {} } })
    expect([response.statusCode, response.json().type]).toEqual([500, 'urn:fitserve:corrupt-artifact'])
    await own.close()
  })

  it('says so for a text too', async () => {
    problemOf(await predict({ texts: ['a', 'nan'] }), 500, 'corrupt-artifact')
  })

  it.each([
    ['not-ready', 503],
    ['corrupt-artifact', 500],
    ['unknown-alias', 404],
    ['unknown-version', 404],
  ] as const)('%s is passed on', async (code, status) => {
    const fails = () => Promise.reject(new FitserveError(code, 'So it is.'))
    const own = await stubApp({ serving: { predict: fails } })
    const answer = await asker(own)({ method: 'POST', url: '/predict', payload: { text: 'a' } })
    expect(problemOf(answer, status, code).detail).toBe('So it is.')
    await own.close()
  })
})

describe('a deadline', () => {
  it('of the client or by default reaches the model, counted from the request', async () => {
    const left: number[] = []
    const app = await stubApp({
      config: { requestTimeoutMs: 30_000 },
      serving: {
        async predict(_target, rows, { deadline }) {
          left.push(deadline?.leftMs() ?? Number.NaN)
          return { model: 'imdb', version: 2, predictions: rows.map(() => ({ value: 1 })) }
        },
      },
    })
    const ask = asker(app)
    const payload = { texts: ['fine'] }
    for (const headers of [{}, { 'x-request-timeout-ms': '5000' }])
      expect((await ask({ method: 'POST', url: '/predict', payload, headers })).status).toBe(200)
    expect(left[0]).toBeGreaterThan(20_000)
    expect(left[0]).toBeLessThanOrEqual(30_000)
    expect(left[1]).toBeGreaterThan(0)
    expect(left[1]).toBeLessThanOrEqual(5000)
    await app.close()
  })

  it('may be any whole number of milliseconds up to a day, and runs down from the request on', async () => {
    const left: number[] = []
    const app = await stubApp({
      serving: {
        async predict(_target, rows, { deadline }) {
          const before = deadline?.leftMs() ?? Number.NaN
          await vi.waitUntil(() => (deadline?.leftMs() ?? Number.NaN) <= before - 3, { interval: 1 })
          left.push(before, deadline?.leftMs() ?? Number.NaN)
          return { model: 'imdb', version: 2, predictions: rows.map(() => ({ value: 1 })) }
        },
      },
    })
    const ask = asker(app)
    for (const sent of ['1', '10', '86400000']) {
      const headers = { 'x-request-timeout-ms': sent }
      const answer = await ask({ method: 'POST', url: '/predict', payload: { texts: ['fine'] }, headers })
      expect(answer.status).toBe(200)
      const [before = Number.NaN, after = Number.NaN] = left.splice(0)
      expect(before).toBeLessThanOrEqual(Number(sent))
      expect(before).toBeGreaterThan(Number(sent) - 60_000)
      expect(after).toBeLessThanOrEqual(before - 3)
    }
    await app.close()
  })

  it('is refused if it is invalid, and 503 with Retry-After if it is over', async () => {
    const app = await stubApp({
      serving: {
        async predict() {
          throw new FitserveError('deadline-exceeded', 'The time is up.')
        },
      },
    })
    const ask = asker(app)
    const request = { method: 'POST', url: '/models/imdb/predict', payload: { text: 'fine' } } as const
    for (const sent of [
      '0',
      '-1',
      '1e3',
      '01',
      '1.0',
      '+1',
      ' 1 2',
      'x1',
      '1x',
      'soon',
      '',
      '86400001',
      '100000000',
    ]) {
      const answer = await ask({ ...request, headers: { 'x-request-timeout-ms': sent } })
      expect(problemOf(answer, 400, 'invalid-request').errors?.[0]?.path).toBe(
        '/headers/x-request-timeout-ms',
      )
    }
    problemOf(await ask(request), 503, 'deadline-exceeded')
    await app.close()
  })
})

describe('explain', () => {
  it('reaches the model as options, with or without a limit of contributions', async () => {
    const seen: unknown[] = []
    const own = await stubApp({
      serving: {
        async predict(_target, _rows, { explain }) {
          seen.push(explain)
          const explanation = [{ term: 'film', contribution: 0.5, spans: [[0, 4] as [number, number]] }]
          const explained = { label: 'pos', scale: 'logit' as const, output: 1, rest: 0 }
          return {
            model: 'imdb',
            version: 2,
            predictions: [{ ...POS, base: 0.5, explanation, explained, notes: [] }],
          }
        },
      },
    })
    const ask = asker(own)
    for (const explain of [true, { top: 3 }, { label: 'neg' }, false]) {
      const { status, body } = await ask({
        method: 'POST',
        url: '/predict',
        payload: { text: 'film', explain },
      })
      expect([status, body]).toEqual([
        200,
        expect.objectContaining({ base: 0.5, explanation: expect.anything() }),
      ])
    }
    expect(seen).toEqual([{}, { top: 3 }, { label: 'neg' }, undefined])
    for (const explain of [{ top: 0 }, { tops: 3 }, 'yes', null])
      problemOf(
        await ask({ method: 'POST', url: '/predict', payload: { text: 'a', explain } }),
        400,
        'invalid-request',
      )
    await own.close()
  })
})
