import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ReadResult, ReadTask } from '../../../src/datasets/messages.ts'
import { openDuckDb, parquet } from '../../../src/datasets/reader/duckdb.ts'
import { readFile } from '../../../src/datasets/reader/read-file.ts'
import { csvTask } from './csv-task.ts'

/** What was read: what is told of the table, its rows, and the bad lines with their column's place and reason. */
export interface Reading {
  told: ReadResult
  rows: unknown[][]
  rejects: unknown[]
}

/**
 * Reads a file in the thread of the test, in a folder of its own within `outer`, as an upload reads it in another process.
 * Default: CSV, of which bad lines are left out.
 * @throws FitserveError as `readFile` does
 */
export async function reading(
  outer: string,
  content: string | Uint8Array,
  more: Partial<ReadTask> = {},
): Promise<Reading> {
  const folder = await mkdtemp(join(outer, 'read-'))
  try {
    const file = join(folder, 'upload')
    await writeFile(file, content)
    const told = await readFile(csvTask(file, folder, { onError: 'skip', ...more }))
    const db = await openDuckDb({ folder })
    const rows = await db.rows(`SELECT * FROM ${parquet(join(folder, 'data.parquet'))}`)
    db.close()
    const lines = told.rejected > 0 ? readFileSync(join(folder, 'rejects.ndjson'), 'utf8').trim() : ''
    return { told, rows, rejects: lines === '' ? [] : lines.split('\n').map((line) => JSON.parse(line)) }
  } finally {
    await rm(folder, { recursive: true })
  }
}
