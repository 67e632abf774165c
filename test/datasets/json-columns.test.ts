import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Bench, openBench, type Sending } from './harness.ts'

let bench: Bench
beforeAll(async () => {
  bench = await openBench()
})
afterAll(() => bench.close())

const json = (words: Sending = {}): Sending => ({ format: 'ndjson', ...words })

/** The table of the examples. */
const ROWS = [
  { a: 1, b: 'x', c: true },
  { a: 2.5, b: null, c: false },
  { a: 3, b: 'z', c: true },
]
const names = ['a', 'b', 'c'] as const
const byColumn = Object.fromEntries(names.map((name) => [name, ROWS.map((row) => row[name])]))
const numbered = <T>(values: readonly T[]) => Object.fromEntries(values.map((value, at) => [at, value]))
const tables = {
  'columns as lists': byColumn,
  "pandas' columns": Object.fromEntries(Object.entries(byColumn).map(([name, own]) => [name, numbered(own)])),
  "pandas' index": numbered(ROWS),
  "pandas' split": {
    columns: names,
    index: [0, 1, 2],
    data: ROWS.map((row) => names.map((name) => row[name])),
  },
  "pandas' table": {
    schema: { fields: [{ name: 'index' }, { name: 'a' }], primaryKey: ['index'], pandas_version: '1.4.0' },
    data: ROWS.map((row, index) => ({ index, ...row })),
  },
}

describe('a file of one JSON object', () => {
  it.each(Object.entries(tables))('is a table of %s, which is told', async (_, object) => {
    for (const text of [JSON.stringify(object), `\uFEFF\n${JSON.stringify(object, null, 2)}\n`]) {
      const { rows, dataset } = await bench.table(text, json())
      expect(rows).toEqual(ROWS)
      expect(dataset.warnings.map(({ code, message }) => [code, message])).toContainEqual([
        'format-found',
        expect.stringContaining('read as 3 rows'),
      ])
    }
  })

  it('is the table that any columns make', async () => {
    const cell = fc.oneof(fc.constantFrom('x', 'ünï', '7', 'a b'), fc.constant(null))
    const columns = fc.integer({ min: 2, max: 5 }).chain((rows) =>
      fc.dictionary(
        fc.constantFrom('k', '0', 'Q r', '__proto__', 'data'),
        fc.array(cell, { minLength: rows, maxLength: rows }),
        {
          minKeys: 1,
          noNullPrototype: true,
        },
      ),
    )
    await fc.assert(
      fc.asyncProperty(columns, async (own) => {
        const keys = Object.keys(own)
        const types = keys.map((name) => `${name}:text`).join(',')
        const { rows } = await bench.table(JSON.stringify(own), json({ types }))
        const count = own[keys[0] ?? '']?.length ?? 0
        expect(rows).toEqual(
          Array.from({ length: count }, (_, at) =>
            Object.fromEntries(keys.map((name) => [name, own[name]?.[at]])),
          ),
        )
      }),
      { numRuns: 25 },
    )
  })

  it('is a row where its lists differ in length, stand in an array, or are said to be lists', async () => {
    const row = { tags: ['x', 'y'], kinds: ['u', 'v'] }
    const one = [{ tags: ['x', 'y'], kinds: ['u', 'v'] }]
    expect((await bench.table(JSON.stringify([row]), json())).rows).toEqual(one)
    expect((await bench.table(JSON.stringify(row), json({ types: 'tags:list' }))).rows).toEqual(one)
    expect((await bench.table('{"a":[1,2],"b":["x"]}', json())).rows).toEqual([{ a: ['1', '2'], b: ['x'] }])
    expect((await bench.table('{\n "a": {\n  "b": 1\n },\n "c": "x"\n}', json())).rows).toEqual([
      { 'a.b': 1, c: 'x' },
    ])
  })

  it.each([
    ['{"status":"ok","data":[{"a":1},{"a":2}]}', /whose "data" is an array of objects.*jq '\.\["data"\]'/],
    [
      '{"kim":{"a":1,"b":2},"lee":{"a":3,"b":4}}',
      /nothing tells its columns from its rows.*orient="records"/,
    ],
    [
      '{"0":{"0":1,"1":2,"2":3},"1":{"0":4,"1":5,"2":6}}',
      /nothing tells its columns from its rows.*orient="records"/,
    ],
    ['{"columns":["a","b","a"],"data":[[1,2,3],[4,5,6]]}', /Two columns have the same name/],
    ['{"id":[12345678901234567890,12345678901234567891]}', /beyond 2\^53.*orient="records"/],
  ])('is refused in one line where it is %s', async (text, message) => {
    for (const content of [text, JSON.stringify(JSON.parse(text), null, 1)])
      if (!content.includes('e+')) expect((await bench.refusal(content, json())).message).toMatch(message)
  })

  it.each([
    ['{"a":[1e400,2],"b":[1,2]}', /too large for double precision/],
    ['{"0":{"a":{"id":12345678901234567891}},"1":{"a":{"id":1}}}', /beyond 2\^53/],
    [`{"0":{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}},"1":{"a":1}}`, /nested too deeply/],
  ])('is refused where values would be lost', async (text, message) => {
    expect((await bench.refusal(text, json())).message).toMatch(message)
  })

  it('of arrays in an array is refused with the remedy', async () => {
    const { problems } = await bench.refusal('[[1,"x"],[2,"y"]]', json())
    expect(problems?.[0]?.message).toMatch(/an array, which has no names.*orient="records"/)
  })
})
