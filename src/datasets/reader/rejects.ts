import type { FieldProblem } from '../../errors.ts'
import { streamToFile } from '../../runtime/stream-to-file.ts'
import type { Reject } from '../contract.ts'
import type { ColumnPlan } from './column-plan.ts'
import { type DuckDb, eachChunk, literal, toNumber, wholeText } from './duckdb.ts'
import { MAX_PROBLEMS, MAX_REJECT_TEXT } from './limits.ts'
import type { Staged } from './staging.ts'

/** Returns the SQL condition under which a staged row has a value of a wrong type; undefined if none has. */
export function badRows(plans: readonly ColumnPlan[]): string | undefined {
  const conditions = plans.flatMap(({ bad }) => bad ?? [])
  return conditions.length === 0 ? undefined : conditions.join(' OR ')
}

/** Counts the rows with values of a wrong type. */
export async function countBadRows(db: DuckDb, plans: readonly ColumnPlan[]): Promise<number> {
  const condition = badRows(plans)
  if (condition === undefined) return 0
  const [row = []] = await db.rows(`SELECT count(*) FROM staging WHERE ${condition}`)
  return toNumber(row[0])
}

/**
 * Adds the rows with values of a wrong type to the rejects, each under the first of its columns that is wrong. Their
 * text is made from the values, because the line itself is not kept.
 * @param separator between the values in that text
 */
export async function rejectBadRows(
  db: DuckDb,
  plans: readonly ColumnPlan[],
  separator: string,
): Promise<void> {
  const condition = badRows(plans)
  if (condition === undefined) return
  const cases = (then: (plan: ColumnPlan, index: number) => string) =>
    `CASE ${plans.flatMap((plan, i) => (plan.bad === undefined ? [] : `WHEN ${plan.bad} THEN ${then(plan, i)}`)).join(' ')} END`
  const message = cases((plan, i) => `concat('"', left(c${i}, 100), '" ', ${literal(plan.complaint ?? '')})`)
  const values = plans.map((_, i) => `coalesce(left(CAST(c${i} AS VARCHAR), ${MAX_REJECT_TEXT}), '')`)
  const text = `left(concat_ws(${literal(separator)}, ${values.join(', ')}), ${MAX_REJECT_TEXT})`
  await db.rows(
    `INSERT INTO rejects SELECT line, ${cases((_, i) => String(i))}, ${message}, ${text} FROM staging WHERE ${condition}`,
  )
}

/** Returns the first `MAX_PROBLEMS` bad lines, as an answer lists them. */
export async function firstProblems(db: DuckDb, columns: Staged['columns']): Promise<FieldProblem[]> {
  const rows = await db.rows(`SELECT line, col, message FROM rejects ORDER BY line LIMIT ${MAX_PROBLEMS}`)
  return rows.map(([line, col, message]) => {
    const problem = { line: Number(line), message: String(message) }
    return col === null || col === undefined ? problem : { ...problem, column: columns[Number(col)]!.name }
  })
}

/** Writes all bad lines to a file, one JSON object (`Reject`) per line, in the order of the upload. */
export async function writeRejects(db: DuckDb, columns: Staged['columns'], path: string): Promise<void> {
  const result = await db.connection.stream(
    `SELECT line, col, message, ${wholeText('text')} FROM rejects ORDER BY line`,
  )
  async function* lines() {
    for await (const chunk of eachChunk(result)) {
      const text: string[] = []
      for (const [line, col, message, beginning] of chunk.getRows()) {
        const reject: Reject = { line: Number(line), message: String(message) }
        if (typeof col === 'number') reject.column = columns[col]!.name
        if (typeof beginning === 'string') reject.text = beginning
        text.push(`${oneLine(reject)}\n`)
      }
      yield text.join('')
    }
  }
  await streamToFile(path, lines())
}

/**
 * Returns JSON on one line. U+2028 and U+2029 are escaped: some readers, Node's readline too, take them for line ends.
 */
function oneLine(value: unknown): string {
  return JSON.stringify(value).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')
}
