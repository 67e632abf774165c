import { DOUBLE, DuckDBDataChunk, DuckDBListValue, type DuckDBValue } from '@duckdb/node-api'
import type { ColumnDescription } from '../../recipe/table.ts'
import { MAX_FREQUENT } from '../frequent.ts'
import { type DuckDb, type Statements, toNumber } from './duckdb.ts'
import { CHUNK_ROWS, writeNumbers } from './number-vectors.ts'
import type { RowMeasures } from './row-measures.ts'
import { SAMPLE_ROWS, type Source, STAGING, sampled } from './source.ts'

/** Shares of the values whose quantiles a description has. */
const SHARES = [0.05, 0.25, 0.5, 0.75, 0.95]
/** Share of the rows that have a value in a column from which it needs no sample of its own. */
const LEAST_PRESENT = 0.9
/** Different numbers up to which the most frequent ones are named. */
const FEW = 20

/** Facts about a column of numbers that go beyond its range. */
export type NumberFacts = Pick<ColumnDescription, 'quantiles' | 'frequent'>

type Quantiles = Record<string, number>
type Frequent = { value: string; rows: number }[]

/** A column of numbers. */
interface NumberColumn {
  place: number
  c: string
}

/**
 * Returns quantiles of columns of numbers, by the column's place; for some columns there are none.
 * @param columns with the number of their values
 * @param rows number of the source's rows
 */
export async function quantileFacts(
  db: Pick<DuckDb, 'rows'>,
  source: Source,
  columns: readonly (NumberColumn & { present: number })[],
  rows: number,
): Promise<Map<number, Quantiles>> {
  if (columns.length === 0) return new Map()
  const isLarge = rows > SAMPLE_ROWS
  const isOfItsOwn = (column: { present: number }) => isLarge && isSparse(column, rows)
  const dense = columns.filter((column) => !isOfItsOwn(column))
  const from = isLarge && dense.length > 0 ? await sampleOf(db, source, dense, rows) : source.relation
  const quantiles = await quantilesOf(db, from, dense)
  for (const column of columns.filter(isOfItsOwn)) {
    const { c, present, place } = column
    const known = `(SELECT ${c} FROM ${source.relation} WHERE ${c} IS NOT NULL AND ${sampled(source, stepOf(present))})`
    const [own] = (await quantilesOf(db, known, [column])).values()
    if (own) quantiles.set(place, own)
  }
  return quantiles
}

/** A column of numbers that are kept in memory, with its place there. */
interface KeptColumn extends NumberColumn {
  kept: number
  present: number
}

/**
 * Returns what `quantileFacts` does of columns whose numbers are kept in memory, without reading the source again.
 * @param rows number of the rows, more than a sample has
 */
export async function quantilesOfKept(
  db: Statements,
  measures: RowMeasures,
  columns: readonly KeptColumn[],
  rows: number,
): Promise<Map<number, Quantiles>> {
  const found = new Map<number, Quantiles>()
  const dense = columns.filter((column) => !isSparse(column, rows))
  const parts = [
    { columns: dense, step: stepOf(rows) },
    ...columns
      .filter((column) => isSparse(column, rows))
      .map((column) => ({ columns: [column], step: stepOf(column.present) })),
  ]
  for (const { columns: some, step } of parts) {
    if (some.length === 0) continue
    await fillSample(db, measures, some, await sampledRows(db, measures, rows, step))
    for (const [place, own] of await quantilesOf(db, 'sampled_rows', some)) found.set(place, own)
  }
  return found
}

/**
 * Whether a column has gaps such that a sample of the rows has fewer of its values than the promised error needs: it gets a sample
 * of its own.
 */
function isSparse({ present }: { present: number }, rows: number): boolean {
  return present < LEAST_PRESENT * rows
}

/** Returns the places of the rows that a sample of the staging table has, by the lines of the rows. */
async function sampledRows(
  db: Statements,
  { firstLine }: RowMeasures,
  rows: number,
  step: number,
): Promise<number[]> {
  const lines = `SELECT range AS place, CAST(range + ${firstLine} AS DOUBLE) AS line FROM range(${rows})`
  const places = await db.rows(`SELECT place FROM (${lines}) WHERE ${sampled(STAGING, step)}`)
  return places.map(([place]) => toNumber(place))
}

/** Makes the table `sampled_rows` of the numbers in some rows. */
async function fillSample(
  db: Statements,
  measures: RowMeasures,
  columns: readonly KeptColumn[],
  places: readonly number[],
): Promise<void> {
  const names = columns.map(({ c }) => `${c} DOUBLE`)
  await db.rows(`CREATE OR REPLACE TEMP TABLE sampled_rows (${names.join(', ')})`)
  const kept = columns.map(({ kept: column }) => measures.numbers(column))
  const appender = await db.connection.createAppender('sampled_rows')
  const types = columns.map(() => DOUBLE)
  for (let start = 0; start < places.length; start += CHUNK_ROWS) {
    const some = places.slice(start, start + CHUNK_ROWS)
    const chunk = DuckDBDataChunk.create(types, some.length)
    for (const [index, numbers] of kept.entries())
      writeNumbers(
        chunk,
        index,
        Float64Array.from(some, (place) => numbers[place] ?? Number.NaN),
        true,
      )
    appender.appendDataChunk(chunk)
  }
  appender.closeSync()
}

/**
 * Returns the most frequent values of columns of numbers that have few different ones, by the column's place.
 * @param columns with the number of their different values
 */
export async function frequentFacts(
  db: Pick<DuckDb, 'rows'>,
  source: Source,
  columns: readonly (NumberColumn & { distinct: number })[],
): Promise<Map<number, Frequent>> {
  const found = new Map<number, Frequent>()
  for (const { place, c, distinct } of columns)
    if (distinct <= FEW) found.set(place, await frequentNumbers(db, source, c))
  return found
}

/** Keeps the columns of a sample of the rows, always the same one, as a table. @returns its name */
async function sampleOf(
  db: Pick<DuckDb, 'rows'>,
  source: Source,
  columns: readonly NumberColumn[],
  rows: number,
): Promise<string> {
  const names = columns.map(({ c }) => c).join(', ')
  await db.rows(
    `CREATE OR REPLACE TEMP TABLE sampled_rows AS SELECT ${names} FROM ${source.relation} WHERE ${sampled(source, stepOf(rows))}`,
  )
  return 'sampled_rows'
}

/** Returns the step of a sample of so many rows that has about `SAMPLE_ROWS` of them, and less than twice that. */
function stepOf(rows: number): number {
  return Math.max(1, Math.floor(rows / SAMPLE_ROWS))
}

async function quantilesOf(
  db: Pick<DuckDb, 'rows'>,
  relation: string,
  columns: readonly NumberColumn[],
): Promise<Map<number, Quantiles>> {
  const found = new Map<number, Quantiles>()
  if (columns.length === 0) return found
  const each = columns.map(({ c }) => `quantile_cont(${c}, [${SHARES.join(', ')}])`)
  const [row = []] = await db.rows(`SELECT ${each.join(', ')} FROM ${relation}`)
  for (const [index, { place }] of columns.entries()) {
    const values = numbersOf(row[index])
    // Between two huge numbers their difference may be beyond the range of numbers.
    if (values.length === SHARES.length && values.every(Number.isFinite))
      found.set(place, Object.fromEntries(SHARES.map((share, at) => [String(share), values[at] ?? 0])))
  }
  return found
}

function numbersOf(list: DuckDBValue | undefined): number[] {
  return list instanceof DuckDBListValue ? list.items.map(Number) : []
}

async function frequentNumbers(db: Pick<DuckDb, 'rows'>, { relation }: Source, c: string): Promise<Frequent> {
  const rows = await db.rows(
    `SELECT ${c}, count(*) AS rows FROM ${relation} WHERE ${c} IS NOT NULL
      GROUP BY ${c} ORDER BY rows DESC, ${c} LIMIT ${MAX_FREQUENT}`,
  )
  return rows.map(([value, count]) => ({ value: String(Number(value)), rows: toNumber(count) }))
}
