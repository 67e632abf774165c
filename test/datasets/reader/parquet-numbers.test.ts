import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { describe, expect, it } from 'vitest'
import type { ReadTask } from '../../../src/datasets/messages.ts'
import { openDuckDb, parquet } from '../../../src/datasets/reader/duckdb.ts'
import { readFile } from '../../../src/datasets/reader/read-file.ts'
import { temporaryFolder } from '../../helpers/temporary.ts'
import { csvTask } from './csv-task.ts'

/*
 * A Parquet file of numbers is read where it lies, and one that also has a text from a table of its rows. Both must find the
 * same of the numbers.
 */

const outer = await temporaryFolder()

/** Writes the rows of a query to a Parquet file and reads it as an upload does. Returns what is told and kept of it. */
async function read(query: string, options: Partial<ReadTask>) {
  const folder = await mkdtemp(join(outer, 'read-'))
  try {
    const file = join(folder, 'upload')
    const instance = await DuckDBInstance.create(':memory:')
    const connection = await instance.connect()
    await connection.run(`COPY (${query}) TO '${file}' (FORMAT parquet)`)
    connection.closeSync()
    instance.closeSync()
    const task = csvTask(file, folder, { format: 'parquet', onError: 'skip', ...options })
    const { columns, warnings, duplicates, ...counts } = await readFile(task)
    const db = await openDuckDb({ folder })
    const kept = await db.rows(`SELECT * FROM ${parquet(join(folder, 'data.parquet'))}`)
    db.close()
    const names = columns.map(({ name }) => name)
    return { columns, warnings, duplicates, counts, kept, names }
  } finally {
    await rm(folder, { recursive: true })
  }
}

const rows = (count: number, columns: string) => `SELECT ${columns} FROM range(${count}) t(i)`

describe('a Parquet file of numbers', () => {
  it.each<[string, string, Partial<ReadTask>?]>([
    ['of each kind', rows(300, 'i / 7 AS a, CAST(i % 9 AS TINYINT) AS b, CAST(i / 8 AS DECIMAL(9, 3)) AS c')],
    ['with gaps', rows(3_000, 'CASE WHEN i % 3 > 0 THEN i / 8 END AS a, CAST(NULL AS INTEGER) AS b')],
    ['that count the rows', rows(300, 'i AS id, i % 7 AS b')],
    ['that repeat', `${rows(40, 'i / 8 AS a, i % 5 AS b')} UNION ALL SELECT 0.125, 1`],
    [
      'of which one is not finite',
      rows(300, "CASE WHEN i = 100 THEN 'NaN'::DOUBLE ELSE i / 8 END AS a, i % 7 AS b"),
    ],
    ['some of which count as missing', rows(300, 'i % 10 AS a, i / 8 AS b'), { missing: ['3', '0.5'] }],
    ['that are classes', rows(300, 'i % 10 AS a, i / 8 AS b'), { types: [['a', 'category']] }],
    ['in structures', rows(300, "{'x': i / 8, 'y': i % 3} AS a, i % 7 AS b")],
    ['named like the number of a row', rows(300, 'i / 8 AS File_Row_Number, i % 7 AS b')],
    [
      'in a structure named like the number of a row',
      rows(300, "{'x': i / 8, 'y': i % 3} AS file_row_number, i % 7 AS b"),
    ],
    [
      'that are large',
      rows(200_000, 'hash(i) / 1000 AS a, i % 7 AS b, CASE WHEN i % 3 > 0 THEN i / 8 END AS c'),
    ],
    [
      'some of which count as missing in a large table',
      rows(200_000, 'i AS a, i % 7 AS b'),
      { missing: ['3', '199999'] },
    ],
    [
      'in many columns',
      rows(90, Array.from({ length: 70 }, (_, at) => `(i * ${at}) % 91 AS c${at}`).join(', ')),
    ],
  ])('gives the same %s as beside a text', async (_, query, options = {}) => {
    const found = await read(query, options)
    const beside = await read(`SELECT *, 'x' AS t FROM (${query})`, options)
    const { names } = found
    expect([...names, 't']).toEqual(beside.names)
    expect(found.columns).toEqual(beside.columns.slice(0, -1))
    expect(found.kept).toEqual(beside.kept.map((row) => row.slice(0, -1)))
    expect(found.counts).toEqual(beside.counts)
    expect(found.duplicates).toBe(beside.duplicates)
    const ofNumbers = beside.warnings.filter(({ column }) => column !== 't')
    expect(found.warnings).toEqual(ofNumbers)
  })
})
