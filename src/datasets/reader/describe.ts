import type { ColumnDescription } from '../../recipe/table.ts'
import { type DuckDb, literal, toNumber } from './duckdb.ts'
import type { ColumnPlan } from './types.ts'

/** Counts what there is to know of each column of a table that has been written. */
export async function describeTable(
  db: DuckDb,
  file: string,
  rows: number,
  plans: readonly ColumnPlan[],
): Promise<ColumnDescription[]> {
  const source = `read_parquet(${literal(file)})`
  const columns: ColumnDescription[] = []
  for (const [index, { name, type }] of plans.entries()) {
    const c = `c${index}`
    const [[present] = []] = await db.rows(`SELECT count(${c}) FROM ${source}`)
    const common = { name, type, missing: rows - toNumber(present) }
    if (type === 'number') columns.push({ ...common, ...(await describeNumbers(db, source, c)) })
    else if (type === 'text') columns.push({ ...common, ...(await describeText(db, source, c)) })
    else columns.push({ ...common, classes: await countClasses(db, source, c) })
  }
  return columns
}

async function describeNumbers(db: DuckDb, source: string, c: string): Promise<Partial<ColumnDescription>> {
  const [[present, min, max, mean, distinct, integer] = []] = await db.rows(
    `SELECT count(${c}), min(${c}), max(${c}), favg(${c}), count(DISTINCT ${c}), bool_and(${c} = trunc(${c})) FROM ${source}`,
  )
  const count = toNumber(present)
  if (count === 0) return { distinct: 0 }
  return {
    min: Number(min),
    max: Number(max),
    mean: Number.isFinite(mean) ? Number(mean) : await meanOfHugeNumbers(db, source, c, count),
    distinct: toNumber(distinct),
    integer: integer === true,
  }
}

/** Their sum is beyond what a double can hold, though their mean is not. */
async function meanOfHugeNumbers(db: DuckDb, source: string, c: string, count: number): Promise<number> {
  const [[mean] = []] = await db.rows(`SELECT fsum(${c} / ${count}) FROM ${source}`)
  return Number(mean)
}

async function describeText(db: DuckDb, source: string, c: string): Promise<Partial<ColumnDescription>> {
  const [[mean] = []] = await db.rows(`SELECT avg(length(${c})) FROM ${source}`)
  return { meanLength: Math.round(Number(mean ?? 0)) }
}

/** By code point, which is how DuckDB compares texts. Own properties even where a class is `__proto__`. */
async function countClasses(db: DuckDb, source: string, c: string): Promise<Record<string, number>> {
  const counts = await db.rows(
    `SELECT CAST(${c} AS VARCHAR) AS value, count(*) FROM ${source} WHERE ${c} IS NOT NULL GROUP BY value ORDER BY value`,
  )
  return Object.fromEntries(counts.map(([value, count]) => [String(value), toNumber(count)]))
}
