import { DuckDBListValue, type DuckDBValue } from '@duckdb/node-api'
import type { ColumnDescription } from '../../recipe/table.ts'
import { MAX_FREQUENT } from '../frequent.ts'
import { type DuckDb, toNumber } from './duckdb.ts'
import { SAMPLE_ROWS, type Source, sampled } from './source.ts'

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
  // A column with gaps has fewer values in a sample of the rows than the promised error needs, and gets a sample of its own.
  const isSparse = ({ present }: { present: number }) => isLarge && present < LEAST_PRESENT * rows
  const dense = columns.filter((column) => !isSparse(column))
  const from = isLarge && dense.length > 0 ? await sampleOf(db, source, dense, rows) : source.relation
  const quantiles = await quantilesOf(db, from, dense)
  for (const column of columns.filter(isSparse)) {
    const { c, present, place } = column
    const known = `(SELECT ${c} FROM ${source.relation} WHERE ${c} IS NOT NULL AND ${sampled(source, stepOf(present))})`
    const [own] = (await quantilesOf(db, known, [column])).values()
    if (own) quantiles.set(place, own)
  }
  return quantiles
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
