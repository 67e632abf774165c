import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Measured, measure } from '../../../src/datasets/reader/measure.ts'
import { openStaged, type StagedBench } from './staged.ts'

let bench: StagedBench
beforeAll(async () => {
  bench = await openStaged()
})
afterAll(() => bench.close())

/** Measures columns of a table, which may have fewer rows than is said. */
async function measured(select: string, columns: Measured[], rows: number) {
  await bench.db.rows(`CREATE OR REPLACE TEMP TABLE measured AS ${select}`)
  return measure(bench.db, { relation: 'measured', row: 'line' }, columns, rows)
}
const NUMBERS: Measured[] = [
  { place: 4, c: 'a', type: 'number' },
  { place: 2, c: 'b', type: 'number' },
]
const SELECT =
  'SELECT i AS line, (i % 3)::DOUBLE AS a, CASE WHEN i < 4 THEN i / 2 END AS b FROM range(12) t(i)'

it('numbers have their count, range, mean, different values, and whether they are whole', async () => {
  // From 100,000 rows on they are measured one by one, and beyond what the kernel holds by DuckDB.
  for (const rows of [12, 99_999, 100_000, 4_194_305]) {
    const found = await measured(SELECT, NUMBERS, rows)
    expect([rows, [...found.keys()]]).toEqual([rows, [4, 2]])
    expect(found.get(4)?.values.map(Number)).toEqual([12, 0, 2, 1, 3, 1])
    expect(found.get(2)?.values.map(Number)).toEqual([4, 0, 1.5, 0.75, 4, 0])
  }
})

it('numbers without a value have a count alone', async () => {
  const column: Measured = { place: 0, c: 'n', type: 'number' }
  for (const rows of [3, 100_000, 4_194_305]) {
    const found = await measured('SELECT 1 AS line, NULL::DOUBLE AS n FROM range(3)', [column], rows)
    expect(Number(found.get(0)?.values[0])).toBe(0)
    expect(Number(found.get(0)?.values[4])).toBe(0)
    expect(found.get(0)?.numbers).toBeUndefined()
  }
})

it('other types have their counts, lengths, and first and last time', async () => {
  const select = `SELECT * FROM (VALUES
    (1, 'ab', 'x', '2024-03-05', '2024-03-05T12:00:00+09:00', true),
    (2, 'abcd', NULL, '2023-12-31', '2024-03-05T04:00:00Z', NULL),
    (3, NULL, 'x', '2024-03-05', NULL, false)) t(line, t, k, d, s, b)`
  const types = { t: 'text', k: 'category', d: 'date', s: 'datetime', b: 'boolean' } as const
  const columns = Object.entries(types).map(([c, type], place) => ({ place, c, type }))
  const found = await measured(select, columns, 3)
  const values = (place: number, count: number) =>
    found
      .get(place)
      ?.values.slice(0, count)
      .map((value) => (typeof value === 'string' ? value : Number(value)))
  expect(values(0, 2)).toEqual([2, 3])
  expect(values(1, 1)).toEqual([2])
  expect(values(2, 4)).toEqual([3, '2023-12-31', '2024-03-05', 2])
  // Noon in Seoul is before four o'clock in London.
  expect(values(3, 4)).toEqual([2, '2024-03-05T12:00:00+09:00', '2024-03-05T04:00:00Z', 2])
  expect(values(4, 1)).toEqual([2])
  expect([...found.values()].map(({ numbers }) => numbers)).toEqual(new Array(5).fill(undefined))
})

it('more columns than one statement has are measured all', async () => {
  const columns = Array.from(
    { length: 205 },
    (_, place): Measured => ({ place, c: `v${place}`, type: 'text' }),
  )
  const select = `SELECT 1 AS line, ${columns.map(({ c, place }) => `repeat('x', ${place}) AS ${c}`).join(', ')}`
  const found = await measured(select, columns, 1)
  expect(columns.map(({ place }) => Number(found.get(place)?.values[1]))).toEqual(
    columns.map(({ place }) => place),
  )
})
