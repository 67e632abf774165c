import { link } from 'node:fs/promises'
import type { ColumnPlan } from './column-plan.ts'
import { type DuckDb, literal, toNumber } from './duckdb.ts'
import { type Measures, measure } from './measure.ts'
import { parquetOptions } from './parquet-options.ts'
import type { RowMeasures } from './row-measures.ts'
import { STAGING } from './source.ts'

/** Returns the SQL relation of the rows of `staging` that a table keeps: their `line`, and their values as c0, c1, … */
export function keptRows(plans: readonly ColumnPlan[], bad: string | undefined): string {
  return `(SELECT line, ${valuesOf(plans)} FROM staging ${withoutBad(bad)})`
}

function valuesOf(plans: readonly ColumnPlan[]): string {
  return plans.map(({ value }, index) => `${value} AS c${index}`).join(', ')
}

function withoutBad(bad: string | undefined): string {
  return bad === undefined ? '' : `WHERE NOT (${bad})`
}

/** Rows of `staging` that are to be written. */
interface Rows {
  plans: readonly ColumnPlan[]
  /** Place of each plan's column in `staging`. */
  places: readonly number[]
  /** SQL condition of the bad rows, by all columns of the file, even those that are left out; undefined: none is. */
  bad: string | undefined
  /** Number of the rows that are not bad. */
  rows: number
  /** A Parquet file that has all columns of `staging`. */
  ready: string | undefined
  /** What was measured of the columns of `staging` that were staged as numbers. */
  measures?: RowMeasures | undefined
}

/**
 * Writes the rows of `staging` that are not bad to a Parquet file, as columns c0, c1, … in the order of the plans. Columns that
 * were staged as numbers are measured at the same time, and so are texts that are kept as they are.
 * @returns the measures of such columns, by their place among the plans
 */
export async function writeTable(
  db: DuckDb,
  { plans, places, bad, rows, ready, measures }: Rows,
  file: string,
): Promise<ReadonlyMap<number, Measures>> {
  const isKept = ({ value }: ColumnPlan, place: number) => bad === undefined && value === `c${places[place]}`
  const kept = plans.flatMap((plan, place) => (isKept(plan, place) ? [{ plan, place }] : []))
  const texts = kept.flatMap(({ plan: { type, present = 0, characters }, place }): [number, Measures][] =>
    type === 'text' && present > 0 ? [[place, { values: [present, characters / present] }]] : [],
  )
  const numbers = kept.flatMap(({ plan: { type }, place }) =>
    type === 'number' ? [{ place, c: `c${places[place]}`, type }] : [],
  )
  const write = async () => {
    const isReady = ready !== undefined && bad === undefined && (await areAsStaged(db, plans))
    if (!isReady || !(await isLinked(ready, file))) await copyTo(db, plans, bad, rows, file)
  }
  if (numbers.length === 0) {
    await db.onAllCores(write)
    return new Map(texts)
  }
  const own = await db.beside()
  const before = measures && { measures, columnOf: (place: number) => places[place] ?? 0 }
  // Both must have ended before the database is closed, so a failure of one waits for the other.
  const [written, measured] = await Promise.allSettled([
    write(),
    measure(own, STAGING, numbers, rows, before),
  ])
  if (written.status === 'rejected') throw written.reason
  if (measured.status === 'rejected') throw measured.reason
  return new Map([...texts, ...measured.value])
}

/** Makes `to` a name of a file. Returns false if it cannot be, as on some network and removable disks. */
async function isLinked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to)
    return true
  } catch {
    return false
  }
}

async function copyTo(
  db: DuckDb,
  plans: readonly ColumnPlan[],
  bad: string | undefined,
  rows: number,
  file: string,
): Promise<void> {
  const characters = plans.reduce((sum, plan) => sum + plan.characters, 0)
  const areNumbers = plans.every(({ type }) => type === 'number')
  const options = parquetOptions({ rows, columns: plans.length, characters, areNumbers })
  await db.rows(
    `COPY (SELECT ${valuesOf(plans)} FROM staging ${withoutBad(bad)}) TO ${literal(file)} (${options})`,
  )
}

/** Returns whether all columns, which are those of `staging` in their order, keep their values as they are. */
async function areAsStaged(db: DuckDb, plans: readonly ColumnPlan[]): Promise<boolean> {
  const others = plans.flatMap(({ type, value }, index) =>
    value === `c${index}` ? [] : [{ type, value, index }],
  )
  // Values of any other type are no texts, as all are that were staged from texts.
  if (others.some(({ type }) => type !== 'text' && type !== 'category')) return false
  if (others.length === 0) return true
  const differ = others.map(({ value, index }) => `${value} IS DISTINCT FROM c${index}`).join(' OR ')
  const [[count] = []] = await db.rows(`SELECT count(*) FROM staging WHERE ${differ}`)
  return toNumber(count) === 0
}
