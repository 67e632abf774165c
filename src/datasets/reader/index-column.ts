import { FitserveError } from '../../errors.ts'
import type { ColumnDescription } from '../../recipe/table.ts'
import type { Warning } from '../../warnings.ts'
import type { IndexColumn } from '../contract.ts'
import type { ColumnPlan } from './column-plan.ts'
import { LEAST_ROWS } from './decide.ts'
import { type DuckDb, parquet } from './duckdb.ts'
import { badRows } from './rejects.ts'

/*
 * Columns that only number the rows. pandas writes its index as a first column without a name; others call it "id". A
 * model would learn the order of the file from it.
 */

/** Name that an index gets which is kept. */
const INDEX = 'index'
/** Names of columns that identify a row, such as "id", "customer_id" and "orderId", but not "paid". */
const ID_NAME = /(^|[^A-Za-z])([iI][dD]|uuid|UUID|guid|GUID)$|[a-z]I[dD]$/

/** The planned columns without an index, or with its name, and what there is to tell of it. */
export interface Planned {
  plans: readonly ColumnPlan[]
  warnings: Warning[]
}

/**
 * Leaves out a first column without a name, or calls it `index`, if it is one: whole numbers that differ in every row.
 * @throws FitserveError `invalid-dataset` if a column without a name is no index
 */
export async function withoutIndex(
  db: DuckDb,
  plans: readonly ColumnPlan[],
  index: IndexColumn,
): Promise<Planned> {
  const [first, ...others] = plans
  if (first?.name !== '' || others.length === 0) return { plans, warnings: [] }
  if (!(await isIndex(db, first, plans))) throw noName()
  if (index === 'keep') {
    const names = new Set(plans.map(({ name }) => name))
    let name = INDEX
    while (names.has(name)) name += '_'
    return { plans: [{ ...first, name, leftOutAs: 'row-number' }, ...others], warnings: [] }
  }
  const message =
    'The first column has no name in the header and another whole number in every row, so it was taken for an index and left out. To keep it as the column "index", upload the file with index=keep.'
  return { plans: others, warnings: [{ code: 'index-left-out', message }] }
}

async function isIndex(db: DuckDb, plan: ColumnPlan, plans: readonly ColumnPlan[]): Promise<boolean> {
  if (plan.type !== 'number') return false
  const bad = badRows(plans)
  const [[all] = []] = await db.rows(
    `SELECT count(*) = count(DISTINCT v) AND bool_and(v = trunc(v) AND v >= 0)
      FROM (SELECT ${plan.value} AS v FROM staging ${bad === undefined ? '' : `WHERE NOT (${bad})`})`,
  )
  return all === true
}

function noName(): FitserveError {
  const message =
    'The first column has no name, and it is no index: its values are not whole numbers that differ in every row. Give it a name in the header, or remove it'
  return new FitserveError('invalid-dataset', 'The header of the file is invalid', {
    problems: [{ line: 1, message }],
  })
}

/**
 * Returns why a column of numbers is no input by default: it counts the rows from 0 or 1 in the order of the file, or its
 * name is that of an id and it differs in every row. Undefined if it may be one.
 * @param file the written table @param c the column in it
 */
export async function numberingOf(
  db: DuckDb,
  file: string,
  c: string,
  column: ColumnDescription,
  rows: number,
): Promise<ColumnDescription['leftOutAs']> {
  const { name, missing, integer, distinct, min = -1, max = -1 } = column
  if (!integer || missing > 0 || distinct !== rows || rows < LEAST_ROWS) return undefined
  if ((min === 0 || min === 1) && max === min + rows - 1) {
    const [[inOrder] = []] = await db.rows(
      `SELECT bool_and(${c} = ${min} + file_row_number) FROM ${parquet(file, true)}`,
    )
    if (inOrder === true) return 'row-number'
  }
  return ID_NAME.test(name) ? 'identifier' : undefined
}
