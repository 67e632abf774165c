import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { parquet } from '../../../src/datasets/reader/duckdb.ts'
import { writeTable } from '../../../src/datasets/reader/write-table.ts'
import { openStaged, type StagedBench } from './staged.ts'

let bench: StagedBench
beforeAll(async () => {
  bench = await openStaged()
})
afterAll(() => bench.close())

it('a table is written even if the file of its staged rows cannot have a second name', async () => {
  const plan = await bench.planned(['a long text', null, 'another one'], { type: 'text' })
  const file = join(bench.folder, 'written.parquet')
  // A file that is not there stands for one on a disk without hard links.
  const ready = join(bench.folder, 'gone.parquet')
  await writeTable(bench.db, { plans: [plan], places: [0], bad: undefined, rows: 3, ready }, file)
  const written = await bench.db.rows(`SELECT * FROM ${parquet(file)}`)
  expect(written).toEqual([['a long text'], [null], ['another one']])
})
