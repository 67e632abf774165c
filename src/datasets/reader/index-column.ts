import { FitserveError, quoted } from '../../errors.ts'
import type { ColumnDescription } from '../../recipe/table.ts'
import type { Warning } from '../../warnings.ts'
import type { IndexColumn } from '../contract.ts'
import type { ColumnPlan } from './column-plan.ts'
import { LEAST_ROWS } from './decide.ts'
import type { DuckDb } from './duckdb.ts'
import { badRows } from './rejects.ts'

/*
 * Columns that only number the rows. pandas writes its index as a first column without a name; others call it "id". A
 * model would learn the order of the file from it.
 */

/** Name that an index gets which is kept. */
const INDEX = 'index'
/** Names of columns that identify a row, such as "id", "customer_id" and "orderId", but not "paid". */
const ID_NAME = /(^|[^A-Za-z])([iI][dD]|uuid|UUID|guid|GUID)$|[a-z]I[dD]$/
/** Such names in one word, as statistics programs write them: "caseid", "RESPID", "subjno", but not "valid". */
const JOINED_ID_NAME =
  /^(case|client|customer|employee|order|passenger|patient|person|record|resp|respondent|subj|subject|user)(id|no|num)$/i
/** Names that spreadsheets and pandas give to a column of row numbers: "index", "Unnamed: 0", "No.", "#", "번호". */
const NUMBER_NAME =
  /^(index|unnamed: ?\d+|level_\d+|row([ _]?(num|number|no\.?))?|no\.?|nr\.?|n°|#|번호|순번|連番)$/i
/** Name that pandas and pyarrow give to an index without a name in a Parquet or Arrow file. */
const PANDAS_INDEX = /^__index_level_\d+__$/

/** The planned columns without an index, or with its name, and what there is to tell of it. */
export interface Planned {
  plans: readonly ColumnPlan[]
  /** Place of each of them among all columns of the file. */
  places: readonly number[]
  warnings: Warning[]
}

/**
 * Leaves out a first column that has neither a name nor a value. Leaves out index columns, or calls the first one `index`: a
 * first column without a name whose whole numbers, or from 20 rows on texts, differ in every row, and those that pandas names
 * `__index_level_0__`.
 * @throws FitserveError `invalid-dataset` if a column without a name is no index
 */
export async function withoutIndex(
  db: DuckDb,
  plans: readonly ColumnPlan[],
  index: IndexColumn,
): Promise<Planned> {
  const [first] = plans
  const isNameless = first?.name === '' && plans.length > 1
  if (isNameless && first.values === 0) return withoutFirst(plans)
  const isOne = !isNameless || (await isIndex(db, first, plans))
  if (!isOne && index !== 'keep') throw noName()
  const places = plans.map((_, place) => place)
  const isLeftOut = plans.map(({ name }, place) => (isNameless && place === 0) || PANDAS_INDEX.test(name))
  const left = places.filter((place) => !isLeftOut[place])
  if (left.length === plans.length || left.length === 0) return { plans, places, warnings: [] }
  if (index === 'keep') {
    const kept = isLeftOut.indexOf(true)
    const names = new Set(plans.map(({ name }) => name))
    let name = INDEX
    while (names.has(name)) name += '_'
    return {
      plans: plans.map((plan, place) => (place === kept ? keptIndex(plan, name, isOne) : plan)),
      places,
      warnings: [],
    }
  }
  return {
    plans: plans.filter((_, place) => !isLeftOut[place]),
    places: left,
    warnings: plans.flatMap(({ name }, place) => (isLeftOut[place] ? [leftOutWarning(name)] : [])),
  }
}

/** Leaves out a first column that has neither a name nor a value: each line of the file begins with its delimiter. */
function withoutFirst(plans: readonly ColumnPlan[]): Planned {
  return {
    plans: plans.slice(1),
    places: plans.slice(1).map((_, index) => index + 1),
    warnings: [
      {
        code: 'nameless-columns',
        message: 'The first column has neither a name nor a value, and is left out.',
      },
    ],
  }
}

function leftOutWarning(name: string): Warning {
  const remedy = 'left out. To keep it as the column "index", upload the file with index=keep.'
  if (name !== '')
    return {
      code: 'index-left-out',
      column: name,
      message: `The column ${quoted(name)} is the index of a pandas data frame, as its name says, and was ${remedy}`,
    }
  return {
    code: 'index-left-out',
    message: `The first column has no name in the header and another value in every row, so it was taken for an index and ${remedy}`,
  }
}

/**
 * An index of numbers is no input unless a recipe names it; one of texts is judged as any other column of texts, and so is a
 * column that has no name and is no index.
 */
function keptIndex(plan: ColumnPlan, name: string, isOne: boolean): ColumnPlan {
  return plan.type === 'number' && isOne ? { ...plan, name, leftOutAs: 'row-number' } : { ...plan, name }
}

async function isIndex(db: DuckDb, plan: ColumnPlan, plans: readonly ColumnPlan[]): Promise<boolean> {
  const isNumber = plan.type === 'number'
  const bad = badRows(plans)
  const [[differ, whole, rows] = []] = await db.rows(
    `SELECT count(*) = count(DISTINCT v), ${isNumber ? 'bool_and(v = trunc(v) AND v >= 0)' : 'true'}, count(*)
      FROM (SELECT ${plan.value} AS v FROM staging ${bad === undefined ? '' : `WHERE NOT (${bad})`})`,
  )
  return differ === true && whole === true && (isNumber || Number(rows) >= LEAST_ROWS)
}

function noName(): FitserveError {
  const message =
    'The first column has no name, and it is no index: its values are neither whole numbers that differ in every row nor, in 20 rows or more, texts that do. Keep it as the column "index" with index=keep, or give it a name in the header'
  return new FitserveError('invalid-dataset', 'The header of the file is invalid', {
    problems: [{ line: 1, message }],
  })
}

/**
 * Returns why a column of numbers is no input by default: it counts the rows, so that each whole number from 0 or 1 on occurs
 * once, in whatever order; or its name is that of an id or index and it differs in every row. Undefined if it may be one.
 */
export function numberingOf(column: ColumnDescription, rows: number): ColumnDescription['leftOutAs'] {
  const { name, missing, integer, distinct, min = -1, max = -1 } = column
  // Numbers beyond 2^53 are not exact: ids that differ may have become equal.
  const isExact = Math.max(Math.abs(min), Math.abs(max)) <= Number.MAX_SAFE_INTEGER
  const differs = isExact ? distinct === rows : 2 * (distinct ?? 0) >= rows
  if (!integer || missing > 0 || !differs || rows < LEAST_ROWS) return undefined
  // As many different whole numbers as there are from the smallest to the largest: each occurs once.
  if ((min === 0 || min === 1) && max === min + rows - 1) return 'row-number'
  const isId = [ID_NAME, JOINED_ID_NAME, NUMBER_NAME].some((names) => names.test(name))
  return isId ? 'identifier' : undefined
}
