import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { parquetColumns } from '../../../src/datasets/reader/parquet-columns.ts'
import { FitserveError } from '../../../src/errors.ts'
import { openStaged, type StagedBench } from './staged.ts'

let bench: StagedBench
beforeAll(async () => {
  bench = await openStaged()
})
afterAll(() => bench.close())

/** Returns the columns of a file with what is selected; of a refusal its column and message. */
async function columnsOf(select: string) {
  const file = join(bench.folder, 'columns.parquet')
  await bench.db.rows(`COPY (SELECT ${select}) TO '${file}' (FORMAT parquet)`)
  try {
    const { columns, count } = await parquetColumns(bench.db, file)
    return { columns: columns.map(({ name, type, value }) => [name, type, value]), count }
  } catch (error) {
    if (!(error instanceof FitserveError)) throw error
    const [{ column = undefined, message = error.message } = {}] = error.problems
    return [column, message]
  }
}

it('columns have the names of the file, also where they differ in case only', async () => {
  expect(await columnsOf(`1::DOUBLE AS a, 'x' AS "A b", ['x'] AS l, true AS "cafe\u0301"`)).toEqual({
    columns: [
      ['a', 'DOUBLE', 'p0'],
      ['A b', 'VARCHAR', 'p1'],
      ['l', 'VARCHAR[]', 'p2'],
      ['caf\u00e9', 'BOOLEAN', 'p3'],
    ],
    count: 4,
  })
})

it('structures are their fields, in their places', async () => {
  const select = "1 AS a, {'x': 1, 'y': {'z': 'q', 'l': ['m']}} AS s, 2 AS b"
  expect(await columnsOf(select)).toEqual({
    columns: [
      ['a', 'INTEGER', 'p0'],
      ['s.x', 'INTEGER', 'struct_extract_at(p1, 1)'],
      ['s.y.z', 'VARCHAR', 'struct_extract_at(struct_extract_at(p1, 2), 1)'],
      ['s.y.l', 'VARCHAR[]', 'struct_extract_at(struct_extract_at(p1, 2), 2)'],
      ['b', 'INTEGER', 'p2'],
    ],
    count: 3,
  })
})

it('structures are nested in 20 others at most', async () => {
  const nested = (depth: number) => `${"{'a': ".repeat(depth)}1${'}'.repeat(depth)} AS a`
  expect(await columnsOf(nested(20))).toMatchObject({
    columns: [[new Array(21).fill('a').join('.'), 'INTEGER', expect.any(String)]],
  })
  expect(await columnsOf(nested(21))).toEqual([
    new Array(21).fill('a').join('.'),
    'Objects are nested in more than 20 others',
  ])
})

it.each([
  ['two ways to a name', `1 AS "s.x", {'x': 1} AS s`, 's.x', /once the fields of structures are flattened/],
  [
    'a field before a column',
    `{'x': 1} AS s, 1 AS "s.x"`,
    's.x',
    /once the fields of structures are flattened/,
  ],
  ['a list of numbers', '[1] AS l', 'l', /nested in lists or maps/],
  ['a list of structures', "[{'x': 1}] AS l", 'l', /nested in lists or maps/],
  ['a list in a list', "[['x']] AS l", 'l', /nested in lists or maps/],
  ['a map', "MAP {'x': 1} AS m", 'm', /nested in lists or maps/],
  ['a map in a structure', "{'m': MAP {'x': 1}} AS s", 's.m', /nested in lists or maps/],
  ['a blank name', '1 AS " "', ' ', /has no name/],
])('%s is refused', async (_, select, column, message) => {
  expect(await columnsOf(select)).toEqual([column, expect.stringMatching(message)])
})

it('a table has 4,000 columns at most', async () => {
  const many = (count: number) =>
    Array.from({ length: count }, (_, index) => `${index} AS n${index}`).join(', ')
  expect(await columnsOf(many(4_000))).toMatchObject({ count: 4_000 })
  expect(await columnsOf(many(4_001))).toEqual([
    undefined,
    'The table exceeds the limit of 4,000 columns. Leave out columns',
  ])
})
