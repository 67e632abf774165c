import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { App } from '../../src/api/route-config.ts'
import { asker, problemOf } from './ask.ts'
import { stubApp } from './stubs.ts'

/** Characters that make a body a large one. */
const LARGE = 70_000

const taken: unknown[] = []
let app: App
let ask: ReturnType<typeof asker>
beforeAll(async () => {
  app = await stubApp({
    config: { bodyLimit: 2 ** 24, maxBatch: 1_000_000 },
    serving: {
      predict: async (_target: unknown, rows: readonly unknown[]) => {
        taken.push(...rows)
        return { model: 'm', version: 1, predictions: [{ value: 1 }] }
      },
    },
  })
  ask = asker(app)
})
afterAll(() => app.close())

const post = (payload: string, url = '/predict') =>
  ask({ method: 'POST', url, payload, headers: { 'content-type': 'application/json' } })

/** Returns the rows of a body as a model gets them. */
async function rowsOf(payload: string): Promise<unknown[]> {
  taken.length = 0
  const { status, text } = await post(payload)
  expect(status, text.slice(0, 300)).toBe(200)
  return [...taken]
}

describe('a large body', () => {
  it('has the rows that a parser of JSON finds, whatever they hold', async () => {
    const long = { text: 'x'.repeat(30_000) }
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.constant(long)), { minLength: 1 }),
        fc.constantFrom(undefined, 1, 3),
        async (some, spaces) => {
          const rows = [...some, long, long, ...some, long, ...some]
          const payload = JSON.stringify({ onError: 'row', rows, version: 2 }, null, spaces)
          // JSON has no negative zero.
          expect(await rowsOf(payload)).toEqual((JSON.parse(payload) as { rows: unknown[] }).rows)
        },
      ),
      { numRuns: 50 },
    )
  })

  it.each([10, LARGE])('may begin with a byte order mark, with %i characters', async (length) => {
    const row = { text: 'x'.repeat(length) }
    expect(await rowsOf(`\uFEFF${JSON.stringify({ rows: [row, row] })}`)).toEqual([row, row])
  })

  it('may write its keys and texts with escapes', async () => {
    const text = 'a\\"]}[{,:\\\\'.repeat(LARGE / 5)
    const payload = `{"r\\u006fws":[{"a":"${text}\\\\"},{"a":"${text}"},{"\\"":[1,2]}]}`
    expect(await rowsOf(payload)).toEqual((JSON.parse(payload) as { rows: unknown[] }).rows)
  })

  const padding = `{"a":"${'x'.repeat(LARGE)}"}`
  it.each([
    ['in a row', `{"rows":[${padding},${padding},{"a":1,},1]}`, `{"rows":[${padding},${padding},{"a":1,`],
    ['behind the rows', `{"rows":[${padding},${padding},1],x}`, `{"rows":[${padding},${padding},1],`],
    ['at the end of the rows', `{"rows":[${padding},${padding},]}`, `{"rows":[${padding},${padding},`],
    ['ahead of the rows', `{x"rows":[${padding},${padding},1]}`, '{'],
  ])('that is no JSON is refused with the place: %s', async (_where, payload, before) => {
    const { detail } = problemOf(await post(payload), 400, 'invalid-json')
    expect(detail).toBe(`The body is not valid JSON: syntax error at character ${before.length + 1}.`)
  })

  it.each([
    ['an end', `{"rows":[${padding},${padding}`],
    ['another bracket', `{"rows":[${padding},${padding},{]}`],
    ['one end of a text', `{"rows":[${padding},"${padding.replaceAll('"', '')}`],
    ['one key twice', `{"rows":[${padding},${padding},1],"rows":[]}`],
    ['a key of every object', `{"__proto__":[${padding},${padding}],"text":""}`],
  ])('that lacks or has %s is refused', async (_what, payload) => {
    problemOf(await post(payload), 400, 'invalid-json')
  })

  it.each([
    ['lists', `[[${padding},${padding}]]`],
    ['lists of lists', `[[[${padding},${padding}]],[${padding},${padding}]]`],
    ['objects', `[${padding},${padding}]`],
  ])('that is a list of %s is refused as no object', async (_what, payload) => {
    problemOf(await post(payload), 400, 'invalid-request')
  })

  const many = (count: number, item: (index: number) => string) =>
    Array.from({ length: count }, (_, index) => item(index)).join(',')
  it.each([
    ['keys of one row', `{"rows":[{${many(10_001, (index) => `"k${index}":0`)}}]}`, '10,000 different keys'],
    [
      'keys of all rows',
      `{"rows":[${many(101, (row) => `{${many(100, (index) => `"${row}-${index}":0`)}}`)}]}`,
      '10,000 different keys',
    ],
    ['keys beside the rows', `{"text":"x",${many(10_001, (index) => `"k${index}":0`)}}`, '10,000 different'],
    ['rows', `{"rows":[${many(3_000_001, () => '1')}]}`, '3,000,000 values'],
    ['values of one row', `{"rows":[1,[${many(100_001, () => '[]')}]]}`, '100,000 values in one place'],
    ['values elsewhere', `[${many(100_001, () => '{}')}]`, '100,000 values in one place'],
  ])('is refused before it is built where it has too many %s', async (_what, payload, said) => {
    const { detail } = problemOf(await post(payload), 400, 'invalid-request')
    expect(detail).toContain(said)
  })

  it('of a form has fewer values', async () => {
    const inputs = many(50_001, () => '1')
    const payload = `{"model":"m","dataset":"d","recipe":{"inputs":[${inputs}]}}`
    for (const url of ['/jobs', '/models/imdb/retrain'])
      expect(problemOf(await post(payload, url), 400, 'invalid-request').detail).toContain('50,000 values')
    const keys = `{"recipe":{${many(10_001, (index) => `"some-longer-key-${index}":0`)}}}`
    expect(problemOf(await post(keys, '/jobs'), 400, 'invalid-request').detail).toContain(
      '10,000 different keys',
    )
  })
})

describe('the problems of a body', () => {
  it('are listed up to 100, and the others are counted', async () => {
    const unknown = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`key${index}`, 0]))
    const { errors = [], detail } = problemOf(
      await post(JSON.stringify({ text: 'x', ...unknown })),
      400,
      'invalid-request',
    )
    expect(errors).toHaveLength(101)
    expect(errors.at(-1)).toEqual({ path: '', message: 'There are 4,900 more problems.' })
    expect(detail.length).toBeLessThan(1_000)
  })

  it('quote the beginning of a long key', async () => {
    const { errors = [] } = problemOf(await post(`{"${'k'.repeat(60_000)}":0}`), 400, 'invalid-request')
    expect(JSON.stringify(errors).length).toBeLessThan(2_000)
  })
})
