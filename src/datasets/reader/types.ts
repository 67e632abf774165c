import { type FieldProblem, FitserveError, quoted } from '../../errors.ts'
import type { DecimalSign } from '../../recipe/index.ts'
import { type ColumnType, isDateType } from '../../recipe/table.ts'
import type { DateForms } from '../contract.ts'
import { type ColumnPlan, planOf } from './column-plan.ts'
import { areFew, countValues, differentValues, oddFormsOf } from './count-values.ts'
import { decide, decideGivenDate, formsOf, gapsOf, typePath } from './decide.ts'
import type { DuckDb } from './duckdb.ts'
import { COLUMNS_AT_ONCE, MAX_CATEGORIES, MAX_CATEGORY_TEXT } from './limits.ts'
import { readingsOf, withUnclearPoints } from './readings.ts'
import type { Staged, StagedColumn } from './staging.ts'

/** What the client has said of the values of all columns. */
export interface SaidOfValues {
  /** Decimal sign of numbers that have two readings; null: the values show it. */
  decimal: DecimalSign | null
  /** Texts that count as missing. */
  missing: string[]
  /** Forms of dates. */
  dates: DateForms
  /** Columns in which an abbreviation such as 5M is no number, though their type is given. Absent: none. */
  unscaled?: ReadonlySet<string> | undefined
}

const NOTHING_SAID: SaidOfValues = { decimal: null, missing: [], dates: { any: [], columns: [] } }

/**
 * Finds the type of each staged column from all of its values; a given type is taken instead.
 * @throws FitserveError `invalid-dataset` if a type is given to a column that does not exist or cannot have it
 */
export async function planColumns(
  db: DuckDb,
  staged: Staged,
  given: ReadonlyMap<string, ColumnType>,
  saidOfValues: SaidOfValues = NOTHING_SAID,
): Promise<ColumnPlan[]> {
  const problems: FieldProblem[] = []
  const names = new Set(staged.columns.map(({ name }) => name))
  for (const name of given.keys()) {
    if (!names.has(name)) problems.push({ path: typePath(name), message: 'The file has no such column' })
  }
  const { any } = saidOfValues.dates
  const forms = new Map(saidOfValues.dates.columns)
  for (const name of forms.keys())
    if (!names.has(name))
      problems.push({ path: '/dates', message: `The file has no column ${quoted(name)}.` })
  const plans: ColumnPlan[] = []
  for (let start = 0; start < staged.columns.length; start += COLUMNS_AT_ONCE) {
    const batch = staged.columns.slice(start, start + COLUMNS_AT_ONCE)
    const counts = await countValues(db, batch, start, staged.rows)
    const odds = await oddFormsOf(db, batch, start, counts, staged.rows)
    const readings = await readingsOf(db, batch, start, {
      counts,
      odds,
      given,
      decimal: saidOfValues.decimal,
      unscaled: saidOfValues.unscaled,
    })
    for (const [offset, column] of batch.entries()) {
      const c = `c${start + offset}`
      const count = counts[offset]!
      const form = forms.get(column.name)
      const said = given.get(column.name) ?? (form === undefined ? undefined : 'datetime')
      if (said && (said === 'list') !== (column.kind === 'list'))
        problems.push({ path: typePath(column.name), message: listMessage(column.kind) })
      else if (said === 'category' && !areFew(await differentValues(db, c), MAX_CATEGORIES)) {
        const limits = `${MAX_CATEGORIES.toLocaleString('en')} different values and ${MAX_CATEGORY_TEXT / 1024 / 1024} MiB of text`
        problems.push({
          path: typePath(column.name),
          message: `The column exceeds the limits of a category: ${limits}`,
        })
      }
      const odd = odds[offset]!
      const reading = readings[offset]!
      const undecided = { db, c, column, count, odd, reading, rows: staged.rows, any }
      const decision =
        isDateType(said) && column.kind !== 'list'
          ? await decideGivenDate(undecided, given.get(column.name), form, problems)
          : said
            ? {
                type: said,
                findings: [...gapsOf(c, said, count, odd), ...(said === 'number' ? formsOf(c, reading) : [])],
              }
            : await decide(undecided)
      plans.push(planOf(c, column, decision, count, odd, reading, saidOfValues.missing))
    }
  }
  for (const pattern of any)
    if (!plans.some(({ format }) => format === pattern))
      problems.push({ path: '/dates', message: `No column holds dates of the form ${pattern}. Remove it.` })
  if (problems.length > 0)
    throw new FitserveError('invalid-dataset', 'The given types or date formats do not match the file', {
      problems,
    })
  return saidOfValues.decimal === null ? withUnclearPoints(db, staged.columns, plans) : plans
}

function listMessage(kind: StagedColumn['kind']): string {
  return kind === 'list'
    ? 'The column holds lists, which have no other type'
    : 'The column holds single values. A list is an array of NDJSON, or a list of texts in Parquet'
}
