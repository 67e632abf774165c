import type { DuckDBValue } from '@duckdb/node-api'
import type { DuckDb } from './duckdb.ts'

/** Cells of a table up to which its columns are put below one another, at which both ways take about as long. */
const FEW_CELLS = 200_000

/**
 * Computes the same aggregates of each of several staged columns of texts. Returns them in the order of the columns.
 *
 * DuckDB compiles the patterns of an expression for each column, which takes several milliseconds. The columns of a small table
 * are put below one another, so that each pattern is compiled once.
 * @param rows rows of the table @param aggregates the expressions of one column, none of whose results depends on the order of rows
 */
export async function ofEachColumn(
  db: DuckDb,
  columns: readonly string[],
  rows: number,
  aggregates: (c: string) => string[],
): Promise<DuckDBValue[][]> {
  if (columns.length === 0) return []
  if (columns.length > 1 && columns.length * rows <= FEW_CELLS) {
    const below = `SELECT unnest([${columns.join(', ')}]) AS v, unnest(range(${columns.length})) AS place FROM staging`
    const found = await db.rows(
      `SELECT place, ${aggregates('v').join(', ')} FROM (${below}) GROUP BY place ORDER BY place`,
    )
    return found.map(([, ...values]) => values)
  }
  const all = columns.flatMap(aggregates)
  const [row = []] = await db.onAllCores(() => db.rows(`SELECT ${all.join(', ')} FROM staging`))
  const each = aggregates('v').length
  return columns.map((_, index) => row.slice(index * each, (index + 1) * each))
}
