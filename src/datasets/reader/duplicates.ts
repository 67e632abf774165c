import { counted } from '../../numbers.ts'
import type { ColumnDescription } from '../../recipe/table.ts'
import { MAX_EXAMPLE_LINES, type Warning } from '../../warnings.ts'
import { type DuckDb, toNumber } from './duckdb.ts'

/** Columns of numbers that are compared first. */
const FIRST_NUMBERS = 3

/** A column with the place in a relation. */
type Placed = ColumnDescription & { c: string }

/**
 * Counts the rows that repeat an earlier one in all columns that do not identify rows; 0 where all columns do.
 * @param relation with the values as the table keeps them: rows that differ only in how a number is written repeat each other
 */
export async function countDuplicates(
  db: DuckDb,
  rows: number,
  columns: readonly Placed[],
  relation: string,
): Promise<number> {
  const telling = tellingOf(columns)
  if (telling.length === 0) return 0
  // Few columns show for most tables that no row repeats, in a fraction of the time.
  const diverse = telling.filter((column) => isDiverse(column, rows))
  const first = diverse.slice(0, diverse[0]?.type === 'text' ? 1 : FIRST_NUMBERS)
  if (first.length > 0 && (await repeated(db, first, relation)) === 0) return 0
  return repeated(db, telling, relation)
}

/**
 * Returns the warning about rows that repeat an earlier one. There is none for a table in which rows are equal by chance,
 * because no column has many different values.
 * @param count what `countDuplicates` has found
 * @param relation as in `countDuplicates`, with the `line` of each row
 */
export async function warningsOfDuplicates(
  db: DuckDb,
  rows: number,
  columns: readonly Placed[],
  count: number,
  relation: string,
): Promise<Warning[]> {
  const telling = tellingOf(columns)
  if (count === 0 || !telling.some((column) => isDiverse(column, rows))) return []
  const hashed = `SELECT line, ${hashOf(telling)} AS row FROM ${relation}`
  const lines = await db.rows(
    `WITH hashed AS MATERIALIZED (${hashed}), several AS (SELECT row FROM hashed GROUP BY row HAVING count(*) > 1)
      SELECT line FROM (
        SELECT line, row_number() OVER (PARTITION BY row ORDER BY line) AS place FROM hashed SEMI JOIN several USING (row))
      WHERE place > 1 ORDER BY line LIMIT ${MAX_EXAMPLE_LINES}`,
  )
  return [
    {
      code: 'duplicate-rows',
      count,
      lines: lines.map(([line]) => Number(line)),
      message: messageOf(count),
    },
  ]
}

function messageOf(count: number): string {
  const where = 'in all columns that do not identify rows'
  const advice = 'If the file was joined or appended twice,'
  if (count === 1)
    return `1 row repeats an earlier row ${where}. It counts twice in training. ${advice} remove it.`
  return `${counted(count, 'row')} repeat an earlier row ${where}. They count several times in training. ${advice} remove them.`
}

function tellingOf(columns: readonly Placed[]): Placed[] {
  return columns.filter(({ leftOutAs }) => leftOutAs === undefined)
}

async function repeated(db: DuckDb, columns: readonly { c: string }[], relation: string): Promise<number> {
  const count = `SELECT count(*) - count(DISTINCT ${hashOf(columns)}) FROM ${relation}`
  const [row = []] = await db.onAllCores(() => db.rows(count))
  return toNumber(row[0])
}

function hashOf(columns: readonly { c: string }[]): string {
  return `hash(${columns.map(({ c }) => c).join(', ')})`
}

/** Returns whether most rows have a value of their own. The number of different texts is known only where it is large. */
function isDiverse({ type, classes, distinct }: ColumnDescription, rows: number): boolean {
  if (type === 'text') return classes === undefined && (distinct === undefined || 2 * distinct >= rows)
  return type === 'number' && 2 * (distinct ?? 0) >= rows
}
