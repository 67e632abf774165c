import type { ColumnPlan } from './column-plan.ts'
import { type DuckDb, literal } from './duckdb.ts'
import { type Measures, measure } from './measure.ts'
import { parquetOptions } from './parquet-options.ts'
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

/**
 * Writes the rows of `staging` that are not bad to a Parquet file, as columns c0, c1, … in the order of the plans. Columns that
 * were staged as numbers are measured at the same time.
 * @param bad SQL condition of the bad rows, by all columns of the file, even those that are left out; undefined: none is
 * @param rows number of the rows that are not bad
 * @param places place of each plan's column in `staging`
 * @returns the measures of such columns, by their place among the plans
 */
export async function writeTable(
  db: DuckDb,
  plans: readonly ColumnPlan[],
  places: readonly number[],
  bad: string | undefined,
  rows: number,
  file: string,
): Promise<ReadonlyMap<number, Measures>> {
  const characters = plans.reduce((sum, plan) => sum + plan.characters, 0)
  const options = parquetOptions({ rows, columns: plans.length, characters })
  const copy = () =>
    db.rows(
      `COPY (SELECT ${valuesOf(plans)} FROM staging ${withoutBad(bad)}) TO ${literal(file)} (${options})`,
    )
  const numbers = plans.flatMap(({ type, value }, place) => {
    const c = `c${places[place]}`
    return type === 'number' && value === c && bad === undefined ? [{ place, c, type }] : []
  })
  if (numbers.length === 0) {
    await db.onAllCores(copy)
    return new Map()
  }
  const own = await db.beside()
  // Both must have ended before the database is closed, so a failure of one waits for the other.
  const [written, measured] = await Promise.allSettled([copy(), measure(own, STAGING, numbers, rows)])
  if (written.status === 'rejected') throw written.reason
  if (measured.status === 'rejected') throw measured.reason
  return measured.value
}
