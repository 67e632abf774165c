import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type DuckDb, openDuckDb } from '../../src/datasets/reader/duckdb.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

// Whatever a file might bring DuckDB to do, it stays in one folder.

let folder: string
let outside: string
let db: DuckDb
beforeAll(async () => {
  folder = await temporaryFolder('inside')
  outside = await temporaryFolder('outside')
  await writeFile(join(folder, 'in.csv'), 'a\n1\n')
  await writeFile(join(outside, 'out.csv'), 'a\n1\n')
  db = await openDuckDb({ folder })
})
afterAll(async () => {
  db.close()
})

it('its own folder is readable', async () => {
  expect(await db.rows(`SELECT count(*) FROM read_csv('${folder}/in.csv')`)).toEqual([[1n]])
})

it.each([
  ['another file', () => `SELECT * FROM read_csv('${outside}/out.csv')`],
  [
    'another file by a way round',
    () => `SELECT * FROM read_text('${folder}/../${outside.split('/').at(-1)}/out.csv')`,
  ],
  ['a list of files', () => `SELECT * FROM glob('${outside}/*')`],
  ['a file of the system', () => `SELECT * FROM read_text('/etc/hostname')`],
  ['a network address', () => `SELECT * FROM read_csv('http://127.0.0.1:9/x.csv')`],
  ['another place to write', () => `COPY (SELECT 1) TO '${outside}/written.csv'`],
  ['another database', () => `ATTACH '${outside}/other.db'`],
  ['an extension', () => 'INSTALL httpfs'],
  ['an extension from a file', () => `LOAD '${outside}/x.duckdb_extension'`],
  ['the way out', () => 'SET enable_external_access=true'],
  ['more memory', () => `SET memory_limit='100GB'`],
  ['other folders', () => `SET allowed_directories=['/']`],
  ['an environment variable', () => `SELECT getenv('PATH')`],
])('%s cannot be had', async (_, statement) => {
  await expect(db.rows(statement())).rejects.toThrow()
})

it('a process that may read one file can read no other and write none', async () => {
  const one = await openDuckDb({ files: [join(folder, 'in.csv')] })
  expect(await one.rows(`SELECT count(*) FROM read_csv('${folder}/in.csv')`)).toEqual([[1n]])
  await expect(one.rows(`SELECT * FROM read_csv('${outside}/out.csv')`)).rejects.toThrow()
  await expect(one.rows(`COPY (SELECT 1) TO '${folder}/new.csv'`)).rejects.toThrow()
  one.close()
})
