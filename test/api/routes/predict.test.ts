import { pino } from 'pino'
import { expect, it, onTestFinished } from 'vitest'
import { FitserveError } from '../../../src/errors.ts'
import { Keys } from '../../../src/keys/keys.ts'
import type { PredictOptions } from '../../../src/serving/contract.ts'
import { asker, problemOf } from '../ask.ts'
import { apiKey, stubApp } from '../stubs.ts'

const LINES = { 'content-type': 'application/x-ndjson' }
const CSV = { 'content-type': 'text/csv' }
const STREAMS = ['/predict', '/models/imdb/predict', '/predict/stream', '/models/imdb/predict/stream']

type Overrides = NonNullable<Parameters<typeof stubApp>[0]>
type Asked = {
  target: unknown
  rows: readonly unknown[]
  options: PredictOptions
  leftMs: number | undefined
}

/** An API that keeps what its model is asked, and its log. @param fault what a batch of rows is refused with */
async function predicting(overrides: Overrides = {}, fault?: Error) {
  const asked: Asked[] = []
  const lines: Record<string, unknown>[] = []
  const log = pino({ level: 'error' }, { write: (line) => void lines.push(JSON.parse(line)) })
  const predict = async (target: unknown, rows: readonly unknown[], options: PredictOptions) => {
    asked.push({ target, rows, options, leftMs: options.deadline?.leftMs() })
    if (fault && rows.length > 0) throw fault
    return { model: 'imdb', version: 7, predictions: rows.map(() => ({ value: 1 })) }
  }
  const app = await stubApp({
    log,
    ...overrides,
    serving: { predict: predict as never, ...overrides.serving },
  })
  onTestFinished(() => app.close())
  const ask = asker(app)
  const post = (url: string, payload: string | object, headers: Record<string, string> = {}) =>
    ask({ method: 'POST', url, payload, headers })
  return { post, asked, lines }
}

it.each(STREAMS)('all lines of a stream are answered by one version, at %s', async (url) => {
  const { post, asked } = await predicting()
  const answer = await post(url, '{"a":1}\n\n{"a":2}\n', LINES)
  expect([answer.status, answer.text]).toEqual([200, '{"value":1}\n{"value":1}\n'])
  expect(answer.headers['content-type']).toMatch(/^application\/x-ndjson/)
  const first = { model: url.startsWith('/models') ? 'imdb' : undefined, version: undefined }
  expect(asked[0]).toMatchObject({ target: first, rows: [], options: { onError: 'row', single: false } })
  for (const { target } of asked.slice(1)) expect(target).toEqual({ model: 'imdb', version: 7 })
  expect(asked.flatMap(({ rows }) => rows)).toEqual([{ a: 1 }, { a: 2 }])
})

it('the address of a stream says which version answers, and what with', async () => {
  const { post, asked } = await predicting()
  for (const [url, model] of [
    ['/predict?model=other&', 'other'],
    ['/predict/stream?model=other&', 'other'],
    ['/models/imdb/predict?', 'imdb'],
    ['/models/imdb/predict/stream?', 'imdb'],
  ] as const) {
    asked.length = 0
    expect((await post(`${url}version=3&interval=0.9`, '{"a":1}\n', LINES)).status).toBe(200)
    expect(asked[0]).toMatchObject({
      target: { model, version: '3' },
      options: { uncertainty: { interval: 0.9 } },
    })
    expect(asked[1]?.options.uncertainty).toMatchObject({ interval: 0.9 })
  }
})

it.each([
  ['delimiter', 'tab'],
  ['quotes', 'none'],
  ['onError', 'row'],
  ['notes', 'true'],
])('a stream has no use for "%s" in its address', async (name, value) => {
  const { post, asked } = await predicting()
  for (const url of STREAMS.slice(0, 2)) {
    const problem = problemOf(await post(`${url}?${name}=${value}`, '{"a":1}\n', LINES), 400, 'invalid-query')
    const message = `"${name}" belongs to a body of text/csv.`
    expect([problem.detail, problem.errors]).toEqual([message, [{ path: `/${name}`, message }]])
  }
  expect(asked).toEqual([])
})

it('a stream whose rows cannot be answered is told in the log once for each batch', async () => {
  const { post, lines } = await predicting({}, new Error('out of luck'))
  const { status, text } = await post('/predict/stream', '{"a":1}\n{"a":2}\n', LINES)
  expect([status, text]).toEqual([
    200,
    '{"error":{"message":"An internal error occurred.","errors":[]}}\n'.repeat(2),
  ])
  expect(lines).toMatchObject([{ msg: 'rows of a stream failed', err: { message: 'out of luck' } }])
})

it('a stream that a store cannot answer is told in the log, one beyond a limit of rows is not', async () => {
  for (const [code, told] of [
    ['store-unavailable', ['rows of a stream failed']],
    ['rate-limited', []],
  ] as const) {
    const { post, lines } = await predicting({}, new FitserveError(code, 'So it is.'))
    const { text } = await post('/predict/stream', '{"a":1}\n', LINES)
    expect(text).toBe('{"error":{"message":"So it is.","errors":[]}}\n')
    expect(lines.map(({ msg }) => msg)).toEqual(told)
  }
})

it('a stream without lines is answered without any', async () => {
  const { post, asked } = await predicting()
  const { status, text } = await post('/predict/stream', '\n', LINES)
  expect([status, text, asked.length]).toEqual([200, '', 1])
})

it('an address that takes one form of rows refuses the others', async () => {
  const { post } = await predicting()
  for (const url of ['/predict/stream', '/models/imdb/predict/stream'])
    for (const [payload, headers] of [
      [{ features: { a: 1 } }, {}],
      ['a\n1\n', CSV],
    ] as const)
      expect(problemOf(await post(url, payload, headers), 415, 'unsupported-media-type').detail).toContain(
        'application/x-ndjson',
      )
  for (const url of ['/predict/csv', '/models/imdb/predict/csv'])
    for (const [payload, headers] of [
      [{ features: { a: 1 } }, {}],
      ['{"a":1}\n', LINES],
    ] as const)
      expect(problemOf(await post(url, payload, headers), 415, 'unsupported-media-type').detail).toContain(
        'text/csv',
      )
})

it('rows of CSV have the deadline of their header, or that of the service', async () => {
  const { post, asked } = await predicting({
    config: { requestTimeoutMs: 50_000 },
    serving: {
      describe: async () => ({
        model: 'imdb',
        version: 7,
        task: 'regression',
        classes: [],
        targets: [],
        inputs: [],
        textInput: null,
      }),
    },
  })
  for (const url of ['/predict', '/predict/csv', '/models/imdb/predict/csv'])
    for (const [headers, least, most] of [
      [{}, 20_000, 50_000],
      [{ 'x-request-timeout-ms': '80000' }, 50_000, 80_000],
    ] as const) {
      asked.length = 0
      expect((await post(url, 'a\n1\n', { ...CSV, ...headers })).status).toBe(200)
      expect(asked[0]?.leftMs).toBeGreaterThan(least)
      expect(asked[0]?.leftMs).toBeLessThanOrEqual(most)
    }
  const bad = { ...CSV, 'x-request-timeout-ms': 'soon' }
  problemOf(await post('/predict/csv', 'a\n1\n', bad), 400, 'invalid-request')
})

it('rows of CSV have notes only where the address says so', async () => {
  const { post, asked } = await predicting()
  for (const [query, notes] of [
    ['', false],
    ['?notes=false', false],
    ['?notes=true', true],
  ] as const) {
    asked.length = 0
    expect((await post(`/models/imdb/predict${query}`, 'a\n1\n', CSV)).status).toBe(200)
    expect(asked[0]).toMatchObject({ target: { model: 'imdb', version: undefined }, options: { notes } })
  }
})

it('one row is answered at once where nothing stands against it', async () => {
  const now: unknown[] = []
  const answer = { model: 'imdb', version: 7, prediction: { value: 2 } }
  const predictNow = (...given: unknown[]) => {
    now.push(given)
    return answer
  }
  const { post, asked } = await predicting({ serving: { predictNow: predictNow as never } })
  const body = { features: { a: 1 } }
  const one = await post('/predict', { model: 'imdb', ...body })
  expect([one.text, one.headers['content-type']]).toEqual([
    '{"model":"imdb","version":7,"value":2}',
    'application/json; charset=utf-8',
  ])
  expect((await post('/models/imdb/predict', body)).body).toEqual({ model: 'imdb', version: 7, value: 2 })
  expect(now).toEqual([
    [{ model: 'imdb', version: undefined }, { a: 1 }, 'features'],
    [{ model: 'imdb', version: undefined }, { a: 1 }, 'features'],
  ])
  // The address may say nothing for a body of JSON.
  problemOf(await post('/predict?interval=0.9', body), 400, 'invalid-query')
  expect([asked.length, now.length]).toEqual([0, 2])
})

it('one row of a caller with a limit of rows is counted', async () => {
  const { key, entry } = apiKey('predict', { rowsPerDay: 2 })
  const predictNow = () => {
    throw new Error('was answered at once')
  }
  const { post, asked } = await predicting({ access: new Keys([entry]), serving: { predictNow } })
  const headers = { authorization: `Bearer ${key}` }
  const left = async (body: object | string, more = {}) =>
    /"rows";r=(\d+)/.exec(
      (await post('/models/imdb/predict', body, { ...headers, ...more })).headers['ratelimit'] ?? '',
    )?.[1]
  expect(await left({ features: { a: 1 } })).toBe('1')
  // A stream says what is left as it begins.
  expect(await left('{"a":1}\n', LINES)).toBe('1')
  expect(await left({ features: { a: 1 } })).toBe('0')
  expect(asked.length).toBeGreaterThan(1)
})

it('rows that are not answered are given back', async () => {
  const { key, entry } = apiKey('predict', { rowsPerDay: 3 })
  let refused = true
  const predict = async (_target: unknown, rows: readonly unknown[]) => {
    if (refused) throw new FitserveError('overloaded', 'Too much is going on.')
    return { model: 'imdb', version: 7, predictions: rows.map(() => ({ value: 1 })) }
  }
  const { post } = await predicting({ access: new Keys([entry]), serving: { predict: predict as never } })
  const ask = () =>
    post('/models/imdb/predict', { rows: [{ a: 1 }, { a: 2 }, { a: 3 }] }, { authorization: `Bearer ${key}` })
  for (let time = 0; time < 3; time++) problemOf(await ask(), 503, 'overloaded')
  refused = false
  expect((await ask()).status).toBe(200)
  problemOf(await ask(), 429, 'rate-limited')
})
