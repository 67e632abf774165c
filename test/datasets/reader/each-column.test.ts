import { afterAll, beforeAll, expect, it } from 'vitest'
import { type DuckDb, openDuckDb } from '../../../src/datasets/reader/duckdb.ts'
import { ofEachColumn } from '../../../src/datasets/reader/each-column.ts'

let db: DuckDb
beforeAll(async () => {
  db = await openDuckDb({})
  await db.rows(
    `CREATE TABLE staging AS SELECT CAST(range AS VARCHAR) AS c0, if(range % 3 = 0, NULL, 'a' || range % 7) AS c1,
      CAST(NULL AS VARCHAR) AS c2 FROM range(1000)`,
  )
})
afterAll(() => db.close())

it.each([
  ['one after the other, of a large table', 1_000_000],
  ['below one another, of a small one', 1_000],
])('aggregates of columns are computed %s', async (_, rows) => {
  const found = await ofEachColumn(db, ['c1', 'c2', 'c0'], rows, (c) => [
    `count(${c})`,
    `count(DISTINCT ${c})`,
    `coalesce(sum(length(${c})), 0)`,
  ])
  expect(found.map((values) => values.map(Number))).toEqual([
    [666, 7, 1332],
    [0, 0, 0],
    [1000, 1000, 2890],
  ])
})

it('there is one column, or none', async () => {
  expect(await ofEachColumn(db, ['c0'], 1_000, (c) => [`max(length(${c}))`])).toEqual([[3n]])
  expect(await ofEachColumn(db, [], 1_000, (c) => [`count(${c})`])).toEqual([])
})
