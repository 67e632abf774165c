import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { OverlapTask } from '../../../src/datasets/messages.ts'
import { readOverlap } from '../../../src/datasets/reader/overlap.ts'
import { openStaged, type StagedBench } from './staged.ts'

let bench: StagedBench
beforeAll(async () => {
  bench = await openStaged()
})
afterAll(() => bench.close())

/** Compares two tables, each of which a list of SQL rows gives. */
async function overlap(here: string, there: string, columns: OverlapTask['columns']) {
  const written = async (name: string, values: string) => {
    const file = join(bench.folder, name)
    await bench.db.rows(`COPY (SELECT * FROM (VALUES ${values}) t(c0, c1)) TO '${file}' (FORMAT parquet)`)
    return file
  }
  const file = await written('here', here)
  const other = await written('there', there)
  return readOverlap({ kind: 'overlap', file, other, columns })
}

it('rows that have equal cells are counted in each table, in whatever place its columns are', async () => {
  const columns: OverlapTask['columns'] = [
    { place: 0, otherPlace: 1, type: 'number', otherType: 'number' },
    { place: 1, otherPlace: 0, type: 'text', otherType: 'text' },
  ]
  const here = "(1.5::DOUBLE, 'x'), (1.5, 'x'), (2.5, 'x'), (NULL, 'x'), (NULL, NULL)"
  const there = "('x', 1.5::DOUBLE), ('x', NULL), ('y', 2.5)"
  expect(await overlap(here, there, columns)).toEqual({ here: 3, there: 2 })
  expect(await overlap(here, there, columns.slice(0, 1))).toEqual({ here: 5, there: 3 })
  expect(await overlap(here, there, [])).toEqual({ here: 0, there: 0 })
})

it('a number is found among texts in any writing, and a text that is no number is no gap', async () => {
  const column = (type: 'number' | 'text' | 'category' | 'boolean', otherType: typeof type) => [
    { place: 0, otherPlace: 0, type, otherType },
  ]
  const numbers = '(0.00001::DOUBLE, 0), (1e17, 0), (0.1, 0), (5, 0), (NULL, 0)'
  const texts = "('1e-5', 0), ('100000000000000000', 0), ('0.10', 0), ('5.0', 0), ('five', 0), ('', 0)"
  expect(await overlap(numbers, texts, column('number', 'text'))).toEqual({ here: 4, there: 4 })
  expect(await overlap(texts, numbers, column('text', 'number'))).toEqual({ here: 4, there: 4 })
  expect(await overlap(numbers, `${texts}, (NULL, 0)`, column('number', 'text'))).toEqual({
    here: 5,
    there: 5,
  })
  // Two types without numbers are compared by their texts.
  expect(
    await overlap('(true, 0), (false, 0)', "('true', 0), ('1', 0)", column('boolean', 'category')),
  ).toEqual({
    here: 1,
    there: 1,
  })
  expect(await overlap("('1', 0)", "('1.0', 0)", column('text', 'category'))).toEqual({ here: 0, there: 0 })
})

it('texts that DuckDB hashes alike are told apart', async () => {
  const columns: OverlapTask['columns'] = [{ place: 0, otherPlace: 0, type: 'text', otherType: 'text' }]
  const one = `'${'00000023'.repeat(4)}'`
  const other = `'${'00000029'.repeat(4)}'`
  const [[areAlike] = []] = await bench.db.rows(`SELECT hash(${one}) = hash(${other})`)
  expect(areAlike).toBe(true)
  expect(await overlap(`(${one}, 0)`, `(${other}, 0)`, columns)).toEqual({ here: 0, there: 0 })
})
