import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { FitserveError } from '../../errors.ts'
import { ITEM_MARK } from '../../recipe/lists.ts'
import type { ReadTask } from '../messages.ts'
import { badColumn, OTHER_VALUES } from './columns.ts'
import { type DuckDb, literal, parquet, type Statements, toNumber } from './duckdb.ts'
import { MAX_PROBLEMS, MAX_RECORD } from './limits.ts'
import { CHUNK_ROWS, readNumbers } from './number-vectors.ts'
import { LIST, type ParquetColumn, parquetColumns } from './parquet-columns.ts'
import { parquetOptions } from './parquet-options.ts'
import { hasRoomFor, RowMeasures } from './row-measures.ts'
import { WIDE } from './stage-plain.ts'
import { CELLS_FILE, CREATE_REJECTS, type Staged, type StagedColumn } from './staging.ts'

const INTEGER = /^U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)$/
const DECIMAL = /^DECIMAL\(/
const FLOATING = /^(FLOAT|DOUBLE)$/
/** SQL: the mark of a list's items. */
const MARK = `chr(${ITEM_MARK.charCodeAt(0)})`
const TEXT = /^(VARCHAR|UUID|BOOLEAN|JSON|DATE|TIME|TIME WITH TIME ZONE|INTERVAL|TIME_NS|ENUM\(.*\))$/
const TIMESTAMP = /^TIMESTAMP(_S|_MS|_NS)?$/
/** DuckDB's name of the column with the numbers of rows. */
const ROW_NUMBER = 'file_row_number'
const NO_NUMBERS = new Float64Array(0)
const TIMESTAMP_TZ = 'TIMESTAMP WITH TIME ZONE'

interface Source extends StagedColumn {
  /** SQL: the value to stage. */
  value: string
  /** Makes the SQL condition under which the staged column `c` holds a bad value; undefined if no value is bad. */
  bad: ((c: string) => string) | undefined
}

/**
 * Fills the tables `staging` and `rejects` from a Parquet file. Numbers stay numbers; all other values become texts, dates and
 * times in the form of ISO 8601, and the fields of structures columns of their own. The line of a row is its number, from 1.
 * @throws FitserveError `invalid-dataset`, `payload-too-large`
 */
export async function stageParquet(db: DuckDb, task: ReadTask): Promise<Staged> {
  await db.rows(CREATE_REJECTS)
  const file = parquet(task.file)
  const { columns, count } = await reading(() => parquetColumns(db, task.file))
  const given = new Map([...task.types, ...task.dates.columns.map(([name]) => [name, 'datetime'] as const)])
  const sources = columns.map((column) => sourceOf(column, given.get(column.name)))
  const places = Array.from({ length: count }, (_, index) => `p${index}`).join(', ')
  const table = `${file} AS t(${places})`
  const total = await reading(() => refuseHuge(db, table, sources, task.maxBytes))
  const staged = { columns: sources.map(({ name, kind }) => ({ name, kind })), rows: total }
  const numbers = await reading(() => stageNumbers(db, task, sources, places, total))
  if (numbers) return { ...staged, ...numbers, rejected: 0 }
  await reading(() =>
    db.rows(
      `CREATE VIEW source AS SELECT CAST(row_number() OVER () AS DOUBLE) AS line, ${valuesOf(sources)}
        FROM ${table}`,
    ),
  )
  const rejected = await reading(() => stageGoodRows(db, sources, task.onError === 'refuse'))
  return { ...staged, rows: total - rejected, rejected }
}

/**
 * Stages the rows where all columns, not too many, are finite numbers: they are measured while another connection writes them
 * to the file that becomes the table, of which `staging` is a view. Returns undefined, and leaves nothing, if they are not.
 * @param places names for the file's own columns
 */
async function stageNumbers(
  db: DuckDb,
  { file, folder }: ReadTask,
  sources: readonly Source[],
  places: string,
  rows: number,
): Promise<Pick<Staged, 'file' | 'measures'> | undefined> {
  if (sources.length > WIDE || rows === 0 || sources.some(({ kind }) => kind !== 'number')) return undefined
  const measures = new RowMeasures(sources.length, 1)
  const cells = join(folder, CELLS_FILE)
  const relation = `${parquet(file)} AS t(${places})`
  const size = { rows, columns: sources.length, characters: 0, areNumbers: true }
  const own = await db.beside()
  // Both read all columns to their end, so what is damaged shows here. Both must have ended before either is given up.
  const [areFinite, written] = await Promise.allSettled([
    hasRoomFor(rows, sources.length)
      ? measureNumbersOf(own, relation, sources, measures, rows)
      : areFiniteNumbers(own, relation, sources),
    db.rows(
      `COPY (SELECT ${valuesOf(sources)} FROM ${relation}) TO ${literal(cells)} (${parquetOptions(size)})`,
    ),
  ])
  if (areFinite.status === 'rejected') throw areFinite.reason
  if (written.status === 'rejected') throw written.reason
  if (!areFinite.value) {
    await rm(cells, { force: true })
    return undefined
  }
  const columns = sources.map((_, index) => `c${index}`)
  await db.rows(
    `CREATE VIEW staging AS SELECT CAST(${ROW_NUMBER} + 1 AS DOUBLE) AS line, ${columns.join(', ')} FROM ${parquet(cells, true)}`,
  )
  return { file: cells, measures }
}

async function areFiniteNumbers(
  db: Statements,
  relation: string,
  sources: readonly Source[],
): Promise<boolean> {
  const bad = sources.map(({ value }) => `bool_or(NOT isfinite(${value}))`)
  const [found = []] = await db.rows(`SELECT ${bad.join(', ')} FROM ${relation}`)
  return !found.includes(true)
}

/** Measures columns of numbers. Returns whether all numbers are finite. */
async function measureNumbersOf(
  db: Statements,
  relation: string,
  sources: readonly Source[],
  measures: RowMeasures,
  rows: number,
): Promise<boolean> {
  const values = sources.map(({ value, bad }) => {
    const number = `coalesce(${value}, 'NaN'::DOUBLE)`
    return bad ? `CASE WHEN ${bad(value)} THEN 'Infinity'::DOUBLE ELSE ${number} END` : number
  })
  const columns = sources.map(() => new Float64Array(CHUNK_ROWS))
  for await (const chunk of db.chunks(`SELECT ${values.join(', ')} FROM ${relation}`)) {
    const { rowCount } = chunk
    const own = columns.map((column) => column.subarray(0, rowCount))
    for (const [index, column] of own.entries()) {
      readNumbers(chunk, index, rowCount, column)
      if (sources[index]?.bad && column.includes(Number.POSITIVE_INFINITY)) return false
    }
    measures.add({ rows: rowCount, values: (column) => own[column] ?? NO_NUMBERS }, rows)
  }
  return true
}

/** Returns the SQL of the values to stage, as c0, c1, … */
function valuesOf(sources: readonly Source[]): string {
  return sources.map(({ value }, index) => `${value} AS c${index}`).join(', ')
}

function sourceOf({ name, type, value: p }: ParquetColumn, given: string | undefined): Source {
  const numeric = INTEGER.test(type) || DECIMAL.test(type) || FLOATING.test(type)
  if (numeric && (given === undefined || given === 'number')) {
    const bad = FLOATING.test(type) ? (c: string) => `NOT isfinite(${c})` : undefined
    return { name, kind: 'number', value: `CAST(${p} AS DOUBLE)`, bad }
  }
  if (type === LIST) return { name, kind: 'list', value: listValue(p), bad: badList }
  const value = textForm(type, p)
  if (value === undefined) throw badColumn('Parquet', name, OTHER_VALUES)
  const bad =
    type === 'VARCHAR' ? (c: string) => `(contains(${c}, chr(0)) OR strlen(${c}) > ${MAX_RECORD})` : undefined
  return { name, kind: 'text', value, bad }
}

/**
 * SQL: the cell of a list of texts (recipe/lists.ts). Missing items are left out. A list with a text of spaces only gets the
 * cell of two empty texts, which `badList` refuses: that of one would be an empty list.
 */
function listValue(p: string): string {
  const items = `list_transform(${p}, x -> replace(nfc_normalize(x), ${MARK}, ' '))`
  const blank = `len(list_filter(${p}, x -> trim(x) = '')) > 0`
  return `CASE WHEN ${p} IS NULL THEN NULL WHEN ${blank} THEN concat(${MARK}, ${MARK}) ELSE
    concat(${MARK}, array_to_string(${items}, ${MARK})) END`
}

/** SQL condition: an item of a list is empty, or cannot be kept. */
function badList(c: string): string {
  const empty = `contains(concat(${c}, ${MARK}), concat(${MARK}, ${MARK}))`
  return `(${c} <> ${MARK} AND ${empty} OR contains(${c}, chr(0)) OR strlen(${c}) > ${MAX_RECORD})`
}

function textForm(type: string, p: string): string | undefined {
  const text = `CAST(${p} AS VARCHAR)`
  if (TEXT.test(type) || INTEGER.test(type)) return text
  if (TIMESTAMP.test(type)) return `replace(${text}, ' ', 'T')`
  if (type === TIMESTAMP_TZ) return `replace(CAST(CAST(${p} AS TIMESTAMP) AS VARCHAR), ' ', 'T') || 'Z'`
  // 12 and not 12.0, as the number would be written in a CSV file.
  if (FLOATING.test(type)) return `regexp_replace(${text}, '[.]0$', '')`
  if (DECIMAL.test(type)) return text
  return undefined
}

/**
 * Returns the number of rows, and refuses a table that would exceed `maxBytes` as text. Repeated values take almost no
 * room in Parquet, so a file of a few bytes may hold more than a disk does.
 */
async function refuseHuge(
  db: DuckDb,
  table: string,
  sources: readonly Source[],
  maxBytes: number,
): Promise<number> {
  const [row = []] = await db.rows(`SELECT count(*) FROM ${table}`)
  const rows = toNumber(row[0])
  let bytes = 2 * rows * sources.length
  const texts = sources.flatMap(({ kind, value }) =>
    kind === 'number' ? [] : `coalesce(sum(strlen(${value})), 0)`,
  )
  if (bytes <= maxBytes && texts.length > 0) {
    const [sum = []] = await db.rows(`SELECT ${texts.join(' + ')} FROM ${table}`)
    bytes += toNumber(sum[0])
  }
  if (bytes <= maxBytes) return rows
  throw new FitserveError('payload-too-large', `The table in the file exceeds the limit of ${maxBytes} bytes`)
}

async function stageGoodRows(db: DuckDb, sources: readonly Source[], refuse: boolean): Promise<number> {
  const bad = sources.flatMap(({ bad, kind }, i) =>
    bad === undefined ? [] : [{ i, kind, when: bad(`c${i}`) }],
  )
  if (bad.length === 0) {
    await db.rows('CREATE TABLE staging AS SELECT * FROM source')
    return 0
  }
  const any = bad.map(({ when }) => `coalesce(${when}, false)`).join(' OR ')
  await db.rows(`CREATE TABLE staging AS SELECT * FROM source WHERE NOT (${any})`)
  const [row = []] = await db.rows(`SELECT count(*) FROM source WHERE ${any}`)
  const rejected = toNumber(row[0])
  if (rejected === 0) return 0
  const column = bad.map(({ i, when }) => `WHEN ${when} THEN ${i}`)
  const message = bad.map(({ kind, when }) => `WHEN ${when} THEN ${literal(COMPLAINTS[kind])}`)
  await db.rows(
    `INSERT INTO rejects SELECT line, CASE ${column.join(' ')} END, CASE ${message.join(' ')} END, NULL
      FROM source WHERE ${any} ${refuse ? `LIMIT ${MAX_PROBLEMS}` : ''}`,
  )
  return rejected
}

const COMPLAINTS: Record<StagedColumn['kind'], string> = {
  number: 'The value is not a finite number',
  list: `A list has an empty text, or a text in it contains a NUL character, or exceeds the limit of ${MAX_RECORD / 1024 / 1024} MiB`,
  text: `The text contains a NUL character or exceeds the limit of ${MAX_RECORD / 1024 / 1024} MiB`,
}

/** Runs a step that reads the file, and turns DuckDB's error into a message of our own. */
async function reading<T>(step: () => Promise<T>): Promise<T> {
  try {
    return await step()
  } catch (error) {
    if (error instanceof FitserveError) throw error
    const raw = error instanceof Error ? error.message : ''
    if (/^out of memory/i.test(raw)) throw error
    const message = /string encoding|utf-?8/i.test(raw)
      ? 'A text in the Parquet file is not valid UTF-8'
      : 'The file is not a Parquet file, is damaged, or uses a feature that is not supported. Send a file of another format with its own media type, such as text/csv'
    throw new FitserveError('invalid-dataset', message, { cause: error })
  }
}
