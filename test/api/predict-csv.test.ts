import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readCsvRows } from '../../src/api/requests/csv-rows.ts'
import type { App } from '../../src/api/route-config.ts'
import { FitserveError } from '../../src/errors.ts'
import type { PredictOptions, ServedSignature, Serving } from '../../src/serving/contract.ts'
import { longestTurn } from '../helpers/longest-turn.ts'
import { asker, problemOf } from './ask.ts'
import { stubApp } from './stubs.ts'

/** Characters of a large body. */
const LARGE = 4_000_000
/**
 * Milliseconds of processor time that others may have to wait. A slow machine with other work took 290, and work that grows with the
 * square of the body takes seconds.
 */
const LONGEST_MS = 800

const SIGNATURE: ServedSignature = {
  model: 'm',
  version: 3,
  task: 'binary',
  inputs: [],
  classes: ['no', 'yes, sir'],
  targets: [],
  textInput: null,
}
const YES = {
  label: 'yes, sir',
  score: 0.75,
  confidence: 0.75,
  probabilities: { no: 0.25, 'yes, sir': 0.75 },
}
const asked: { target: unknown; rows: readonly unknown[]; options: PredictOptions }[] = []
const predict = async (target: unknown, rows: readonly unknown[], options: PredictOptions) => {
  asked.push({ target, rows, options })
  const bad = rows.findIndex((row) => JSON.stringify(row).includes('bad'))
  if (bad >= 0 && options.onError === 'refuse')
    throw new FitserveError('invalid-rows', 'Some rows are invalid.', {
      problems: [{ path: `/${bad}/a`, message: 'Expected a number.' }],
    })
  const error = { error: { message: 'a: "x" is no number', errors: [] } }
  return { model: 'm', version: 3, predictions: rows.map((_, row) => (row === bad ? error : YES)) }
}

let app: App
let ask: ReturnType<typeof asker>
beforeAll(async () => {
  const serving = { predictNow: () => undefined, predict, describe: async () => SIGNATURE }
  app = await stubApp({
    serving: serving as unknown as Partial<Serving>,
    config: { maxBatch: 3, bodyLimit: 1_000 },
  })
  ask = asker(app)
})
afterAll(() => app.close())

const post = (url: string, payload: string | Buffer, headers: Record<string, string> = {}) =>
  ask({ method: 'POST', url, payload, headers: { 'content-type': 'text/csv', ...headers } })
const TABLE = 'a,b\n1,x\n"2, and more",\n,""\n'
const ROWS = [
  { a: '1', b: 'x' },
  { a: '2, and more', b: null },
  { a: null, b: '' },
]
const ANSWER = `label,score,confidence,score_no,"score_yes, sir",error\n${'"yes, sir",0.75,0.75,0.25,0.75,\n'.repeat(3)}`

describe('a body of CSV', () => {
  it('is answered in JSON unless Accept says CSV, with options from the address', async () => {
    const answer = await post('/predict?model=m&version=3&onError=row&notes=true&interval=0.9', TABLE)
    expect(answer.body).toEqual({ model: 'm', version: 3, predictions: [YES, YES, YES] })
    expect(asked.at(-1)).toMatchObject({
      target: { model: 'm', version: '3' },
      rows: ROWS,
      options: { onError: 'row', notes: true, form: 'features', uncertainty: { interval: 0.9 } },
    })
  })

  it.each(['/predict', '/models/m/predict'])('is answered in CSV at %s where Accept says so', async (url) => {
    const answer = await post(url, TABLE, { accept: 'text/csv' })
    expect(answer.headers['content-type']).toBe('text/csv; charset=utf-8')
    expect(answer.text).toBe(ANSWER)
    expect(asked.at(-1)?.target).toEqual({ model: 'm', version: 3 })
  })

  it.each(['/predict/csv?model=m', '/models/m/predict/csv'])('is answered in CSV by %s', async (url) => {
    expect((await post(url, TABLE)).text).toBe(ANSWER)
    expect((await post(url, TABLE, { accept: '*/*' })).text).toBe(ANSWER)
    const json = await post(url, TABLE, { accept: 'application/json, text/csv;q=0.5' })
    expect(json.body).toMatchObject({ predictions: [YES, YES, YES] })
  })

  it('may have another delimiter, which its header shows or the address says, other quotes, a byte order mark and an index', async () => {
    await post('/predict', '\uFEFF;a;b\r\n0;1;x\r\n1;2;y\r\n')
    expect(asked.at(-1)?.rows).toEqual([
      { a: '1', b: 'x' },
      { a: '2', b: 'y' },
    ])
    await post('/predict?delimiter=tab', 'a\tb,c\n1\t2,3\n')
    expect(asked.at(-1)?.rows).toEqual([{ a: '1', 'b,c': '2,3' }])
    await post('/predict?quotes=none', 'a\tb\n"1\t2"3\n')
    expect(asked.at(-1)?.rows).toEqual([{ a: '"1', b: '2"3' }])
    await post('/predict?quotes=none', 'a^b\n"1^2"3\n1"^2\n')
    expect(asked.at(-1)?.rows).toEqual([
      { a: '"1', b: '2"3' },
      { a: '1"', b: '2' },
    ])
    await post('/predict?quotes=single', "a,b\n'1,2','3'\n")
    expect(asked.at(-1)?.rows).toEqual([{ a: '1,2', b: '3' }])
    await post('/predict', 'sep=|\na|b\n1|2\n')
    expect(asked.at(-1)?.rows).toEqual([{ a: '1', b: '2' }])
  })

  it('has the line of a bad row beside its path, and in CSV an error in its place on demand', async () => {
    const table = 'a,b\n1,"x\ny"\nbad,1\n'
    expect(problemOf(await post('/predict', table), 400, 'invalid-rows').errors).toEqual([
      { path: '/1/a', line: 4, message: 'Expected a number.' },
    ])
    const answer = await post('/predict/csv?onError=row', table)
    expect(answer.text.split('\n')[2]).toBe(',,,,,"a: ""x"" is no number"')
  })

  it.each([
    ['', 'empty'],
    ['a,b\n1\n', 'Line 2: The line has 1 field, the header 2 fields.'],
    ['a,b\n1,"2\n', 'Line 2: A quoted field is not closed.'],
    ['a,a\n1,2\n', 'Two columns have the same name.'],
    ['a,\n1,2\n', 'Column 2 has no name.'],
  ])('is refused if it is no table: %j', async (table, message) => {
    expect(problemOf(await post('/predict', table), 400, 'invalid-request').detail).toContain(message)
  })

  it('is bounded like one of JSON', async () => {
    problemOf(await post('/predict', `a\n${'1'.repeat(2_000)}\n`), 413, 'payload-too-large')
    problemOf(await post('/predict', 'a\n1\n1\n1\n1\n'), 400, 'invalid-rows')
    problemOf(await post('/predict', 'a,b\n'), 400, 'invalid-rows')
    problemOf(await post('/predict', Buffer.from('a\n\xe9\n', 'latin1')), 400, 'invalid-request')
  })

  it('takes no parameter that it has no use for, nor does another body take one of its own', async () => {
    problemOf(await post('/predict?delimiter=ab', TABLE), 400, 'invalid-query')
    const lines = { 'content-type': 'application/x-ndjson' }
    problemOf(await post('/predict?delimiter=tab', '{"a":1}\n', lines), 400, 'invalid-query')
    const json = { 'content-type': 'application/json' }
    problemOf(await post('/predict?notes=true', '{"features":{"a":1}}', json), 400, 'invalid-query')
    problemOf(await post('/predict/csv', '{"features":{"a":1}}', json), 415, 'unsupported-media-type')
  })
})

describe('a body of JSON', () => {
  const send = (body: object, accept: string) =>
    post('/predict', JSON.stringify(body), { 'content-type': 'application/json', accept })

  it('is answered in CSV where Accept prefers it', async () => {
    const one = await send({ features: { a: 1 } }, 'application/json;q=0.2, text/csv')
    expect(one.text).toBe(ANSWER.split('\n').slice(0, 2).join('\n').concat('\n'))
    const json = await send({ features: { a: 1 } }, 'text/csv, application/json')
    expect(json.body).toMatchObject({ label: 'yes, sir' })
  })

  it('cannot have an explanation in CSV', async () => {
    const answer = await send({ features: { a: 1 }, explain: true }, 'text/csv')
    expect(problemOf(answer, 400, 'invalid-request').errors).toMatchObject([{ path: '/explain' }])
  })
})

describe('the reader of CSV bodies', () => {
  const read = (text: string) => readCsvRows(Buffer.from(text), { delimiter: undefined, maxRows: 10_000 })

  it('gives back what was written', async () => {
    const texts = ['', 'a', '"', 'a,b', 'a\nb', '\r\n', ';', 'ä😀', ' x ']
    const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`
    const rows = texts.map((text, at) => ({ x: text, y: texts.at(-at) ?? null }))
    const lines = rows.map(({ x, y }) => `${quoted(x)},${y === null ? '' : quoted(y)}\r\n`)
    expect((await read(`x,y\r\n${lines.join('')}`)).rows).toEqual(rows)
  })

  it.each([
    ["R's names of rows", '"x" "y"\n"car 1" 2 "a"\n"car 2" 3 "b c"\n'],
    ["R's numbers of rows, between tabs", 'x\ty\n7\t2\ta\n8\t3\tb c\n'],
    ['last columns without name and value', 'x,y,,\n2,a,,\n3,b c,"",\n'],
  ])('leaves out %s, as uploads do', async (_, text) => {
    expect((await read(text)).rows).toEqual([
      { x: '2', y: 'a' },
      { x: '3', y: 'b c' },
    ])
  })

  it('refuses a value beyond the named columns, and one field more than the header that is no name', async () => {
    await expect(read('x,y,\n2,a,\n3,b,c\n')).rejects.toThrow('Column 3 has no name')
    await expect(read('x,y\nfine, good,3\nbad, dull,4\n')).rejects.toThrow('3 fields, the header 2 fields')
  })

  it.each([
    ['one line of delimiters', ','.repeat(4_000_000)],
    [
      'many wide rows',
      `${Array.from({ length: 2_000 }, (_, at) => `c${at}`).join(',')}\n${`${','.repeat(1_999)}\n`.repeat(1_600)}`,
    ],
    ['open quotes', `a,b\n${'"x\n'.repeat(1_000_000)}`],
    ['doubled quotes', `a\n"${'""'.repeat(4_000_000)}`],
  ])('refuses %s soon, without holding up others', async (_, text) => {
    let longest = 0
    let last = performance.now()
    const timer = setInterval(() => {
      longest = Math.max(longest, performance.now() - last)
      last = performance.now()
    }, 1)
    await expect(read(text)).rejects.toMatchObject({ code: 'invalid-request' })
    clearInterval(timer)
    longest = Math.max(longest, performance.now() - last)
    expect(longest).toBeLessThan(1_000)
  })
})

describe('a large body of CSV', () => {
  it.each([
    ['blank lines', `a,b\n${'\n'.repeat(LARGE)}`],
    ['blank lines ahead of a row', `a,b\n${'\n'.repeat(LARGE)}1,2\n`],
    ['one open quote', `a,b\n"${'x'.repeat(LARGE)}`],
    ['quotes alone', `a,b\n"${'""'.repeat(LARGE / 2)}",1\n`],
  ])('leaves others their turns, with %s', async (_, table) => {
    const large = await stubApp({
      serving: { predictNow: () => undefined, predict } as unknown as Partial<Serving>,
      config: { maxBatch: 10, bodyLimit: 2 ** 24 },
    })
    try {
      const request = { method: 'POST', url: '/predict?model=m', payload: table } as const
      const longest = await longestTurn(() =>
        asker(large)({ ...request, headers: { 'content-type': 'text/csv' } }),
      )
      expect(longest).toBeLessThan(LONGEST_MS)
    } finally {
      await large.close()
    }
  })
})
