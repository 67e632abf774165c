import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MAX_CELL_TEXT, MAX_PAGE_TEXT, MIN_CELL_TEXT } from '../../../src/datasets/reader/limits.ts'
import { readPage } from '../../../src/datasets/reader/page.ts'
import type { ColumnType } from '../../../src/recipe/table.ts'
import { openStaged, type StagedBench } from './staged.ts'

let bench: StagedBench
beforeAll(async () => {
  bench = await openStaged()
})
afterAll(() => bench.close())

/** Reads rows of a table, which is what a statement gives. */
async function page(select: string, types: ColumnType[], { offset = 0, limit = 100 } = {}) {
  const file = join(bench.folder, 'data.parquet')
  await bench.db.rows(`COPY (${select}) TO '${file}' (FORMAT parquet)`)
  const columns = types.map((type, index) => ({ name: `n${index}`, type }))
  return readPage({ kind: 'page', file, columns, offset, limit })
}
const lengths = (rows: unknown[][]) => rows.map((row) => row.map((cell) => String(cell).length))

describe('a page of rows', () => {
  it('has the rows from its offset on, up to its limit', async () => {
    const select = 'SELECT i::DOUBLE AS c0, i % 2 = 0 AS c1 FROM range(10) t(i)'
    expect(await page(select, ['number', 'boolean'], { offset: 7, limit: 2 })).toEqual({
      rows: [
        [7, false],
        [8, true],
      ],
      cut: [],
    })
    expect((await page(select, ['number', 'boolean'], { offset: 8 })).rows).toHaveLength(2)
    expect((await page(select, ['number', 'boolean'], { offset: 10 })).rows).toEqual([])
  })

  it('shows gaps and texts of all kinds, also with a byte order mark', async () => {
    const select = "SELECT chr(65279) || 'a' AS c0, NULL::VARCHAR AS c1, '2024-01-02' AS c2, 'x' AS c3"
    expect((await page(select, ['text', 'category', 'date', 'list'])).rows).toEqual([
      ['\uFEFFa', null, '2024-01-02', 'x'],
    ])
  })

  it('cuts a text at 1,048,576 characters, of which some take two places in a string', async () => {
    expect(MAX_CELL_TEXT).toBe(1_048_576)
    const text = (unit: string, length: number) => `repeat('${unit}', ${length})`
    const one = await page(`SELECT ${text('🤷', MAX_CELL_TEXT)} AS c0`, ['text'])
    expect([lengths(one.rows), one.cut]).toEqual([[[2 * MAX_CELL_TEXT]], []])
    const more = await page(
      `SELECT 1::DOUBLE AS c0, ${text('x', MAX_CELL_TEXT + 1)} AS c1, ${text('🤷', MAX_CELL_TEXT + 1)} AS c2`,
      ['number', 'text', 'text'],
    )
    expect([lengths(more.rows), more.cut]).toEqual([
      [[1, MAX_CELL_TEXT, 2 * MAX_CELL_TEXT]],
      [
        { row: 0, column: 1 },
        { row: 0, column: 2 },
      ],
    ])
  })

  it('divides four million characters among many texts, which have 10,000 each at least', async () => {
    expect([MAX_PAGE_TEXT, MIN_CELL_TEXT]).toEqual([4_194_304, 10_000])
    const wide = (columns: number, length: number) =>
      page(
        `SELECT ${Array.from({ length: columns }, (_, index) => `repeat('x', ${length}) AS c${index}`).join(', ')}`,
        new Array(columns).fill('text'),
      )
    const eight = await wide(8, 600_000)
    expect(lengths(eight.rows)).toEqual([new Array(8).fill(524_288)])
    expect(eight.cut).toHaveLength(8)
    const many = await wide(500, 10_001)
    expect(lengths(many.rows)).toEqual([new Array(500).fill(10_000)])
  })

  it('has the rows whose texts fit, and one at least', async () => {
    const rows = async (length: number, limit: number, from = 0) => {
      const select = `SELECT repeat('x', ${length}) AS c0, i::DOUBLE AS c1 FROM range(9) t(i)`
      const { rows } = await page(select, ['text', 'number'], { limit, offset: from })
      return rows.map((row) => row[1])
    }
    // Four times 1,048,576 characters fit exactly.
    expect(await rows(MAX_CELL_TEXT, 9)).toEqual([0, 1, 2, 3])
    expect(await rows(MAX_CELL_TEXT, 3)).toEqual([0, 1, 2])
    expect(await rows(MAX_CELL_TEXT, 9, 6)).toEqual([6, 7, 8])
    // What is longer counts by its beginning.
    expect(await rows(2 * MAX_CELL_TEXT, 9)).toEqual([0, 1, 2, 3])
    const wide = await page(
      `SELECT ${Array.from({ length: 500 }, (_, index) => `repeat('x', 10000) AS c${index}`).join(', ')} FROM range(3)`,
      new Array(500).fill('text'),
    )
    expect(wide.rows).toHaveLength(1)
    // A missing text takes no room.
    const gaps = await page('SELECT NULL::VARCHAR AS c0 FROM range(50)', ['text'])
    expect(gaps.rows).toHaveLength(50)
  })
})
