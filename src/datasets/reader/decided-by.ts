import type { DecidedBy } from '../../recipe/table.ts'
import { MAX_EXAMPLE_LINES } from '../../warnings.ts'
import type { ColumnPlan } from './column-plan.ts'
import { type DuckDb, toNumber } from './duckdb.ts'

/** Values that do not fit and are listed. */
const MOST_OTHERS = 3
/** Characters of each of them. */
const LONGEST_OTHER = 64

/** Returns what decided the type of each column. @param plans columns c0, c1, … of the table `staging` */
export async function decidedBy(db: DuckDb, plans: readonly ColumnPlan[]): Promise<DecidedBy[]> {
  const decided: DecidedBy[] = []
  for (const [index, { values, type, others: where }] of plans.entries()) {
    const { rows, others } = where === undefined ? NO_OTHERS : await othersOf(db, `c${index}`, where)
    // Every text may be a category or a text.
    const isOpen = type === 'text' || type === 'category' || type === 'list'
    const fitting = isOpen ? values : values - rows
    decided.push({ values, fitting, ...(rows > 0 && { others }) })
  }
  return decided
}

/** Values for which a condition holds: the number of their rows, and the most frequent ones. */
interface Others {
  rows: number
  others: NonNullable<DecidedBy['others']>
}

const NO_OTHERS: Others = { rows: 0, others: [] }

async function othersOf(db: DuckDb, c: string, where: string): Promise<Others> {
  const lines = `string_agg(CAST(CAST(line AS BIGINT) AS VARCHAR), ' ' ORDER BY line) FILTER (place <= ${MAX_EXAMPLE_LINES})`
  const found = await db.rows(
    `SELECT value, count(*) AS rows, ${lines}, sum(count(*)) OVER () FROM (
        SELECT left(${c}, ${LONGEST_OTHER}) AS value, line,
            row_number() OVER (PARTITION BY left(${c}, ${LONGEST_OTHER}) ORDER BY line) AS place
          FROM staging WHERE ${where})
      GROUP BY value ORDER BY rows DESC, min(line) LIMIT ${MOST_OTHERS}`,
  )
  return {
    rows: toNumber(found[0]?.[3]),
    others: found.map(([value, rows, numbers]) => ({
      value: String(value),
      rows: toNumber(rows),
      lines: String(numbers).split(' ').map(Number),
    })),
  }
}
