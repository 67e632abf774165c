import { ISO_DATE } from '../../dates.ts'
import { type CellRules, typesOption } from '../../recipe/index.ts'
import type { ColumnDescription, ColumnType } from '../../recipe/table.ts'
import { cellBoolean } from './cell-functions.ts'
import { type Counts, nfcOf } from './count-values.ts'
import { dateOf, isDate, isDateGap } from './dates.ts'
import type { Decision } from './decide.ts'
import type { Finding } from './findings.ts'
import { isBoolean, isEmpty, type OddForms, trimmed } from './forms.ts'
import { isNumberBy, type NumberReading, notOf, readNumber } from './number-reading.ts'
import type { StagedColumn } from './staging.ts'

/** How a column of the table `staging` becomes a column of the data set. */
export interface ColumnPlan {
  name: string
  type: ColumnType
  /** SQL expression of the typed value; meaningless for a bad row. */
  value: string
  /** SQL condition under which the staged text is not a value of the type. Absent if every text is one. */
  bad?: string
  /** The end of the message about a bad value, which begins with the value itself. */
  complaint?: string
  /** Characters of all values together. */
  characters: number
  /** Number of the values. Absent: it was not counted. */
  present?: number
  /** True of a text with few different values: it may also be learnt as a target, whose classes these are. */
  repeats?: boolean
  /** Number of different values of a text, an estimate if large. */
  distinct?: number
  leftOutAs?: ColumnDescription['leftOutAs']
  /** The form of a column of dates. */
  format?: string
  /** How its texts are read. Absent: plainly. */
  cells?: CellRules
  /** Number of the values that decided the type: all that are there and stand for themselves. */
  values: number
  /** SQL condition of the values that do not fit, or that keep the column from being a number. Absent: all fit. */
  others?: string
  decidedBy?: ColumnDescription['decidedBy']
  /** What there is to tell of the column. */
  findings: readonly Finding[]
}

/** Returns how a staged column becomes one of the data set, by what it is and how its texts are read. */
export function planOf(
  c: string,
  { name, kind }: StagedColumn,
  { type, dateGaps = false, allDates = false, ...decision }: Decision,
  count: Counts,
  odd: OddForms,
  reading: NumberReading,
  missing: string[],
): ColumnPlan {
  const telling = count.present - count.empty
  const own = {
    name,
    type,
    characters: count.characters,
    present: count.present,
    ...decision,
    ...(missing.length > 0 && { cells: { missing } }),
  }
  const others = decision.findings.find(({ code }) => code === 'mixed-values')?.where
  const column = { ...own, values: telling, ...(others !== undefined && { others }) }
  if (kind === 'number') return { ...column, value: type === 'number' ? c : `CAST(${c} AS VARCHAR)` }
  const values = telling - odd.placeholders
  switch (type) {
    case 'number': {
      const value = readNumber(c, reading)
      const rules = reading.rules && { cells: { ...own.cells, ...reading.rules } }
      const numbers = { ...column, ...rules, values }
      // A placeholder casts to no number but for "nan", and no other text that is left in a good row does.
      const gaps = odd.placeholders > 0 ? `nullif(${value}, 'NaN'::DOUBLE)` : value
      if (count.numbers === values && !reading.rules) return { ...numbers, value: gaps }
      const bad = notOf(c, isNumberBy(c, reading))
      return { ...numbers, value: gaps, bad, others: bad, complaint: complaintOf(reading, own.name) }
    }
    case 'boolean': {
      const value = `CASE lower(${trimmed(c)}) WHEN 'true' THEN true WHEN 'false' THEN false END`
      const booleans = { ...column, values }
      // Words such as yes are read only where the client says that they are booleans.
      if (count.booleans === values) return { ...booleans, value }
      const words = `coalesce(${value}, ${cellBoolean(c)})`
      const bad = notOf(c, `(${isBoolean(c)} OR ${cellBoolean(c)} IS NOT NULL)`)
      const cells = { ...own.cells, words: true }
      return { ...booleans, cells, value: words, bad, others: bad, complaint: 'is neither true nor false' }
    }
    case 'date':
    case 'datetime': {
      const { format = ISO_DATE } = decision
      const text = dateOf(c, type, format)
      const value = dateGaps ? `CASE WHEN NOT ${isDateGap(c)} THEN ${text} END` : text
      const dates = { ...column, value, values }
      if (allDates) return dates
      const bad = notOf(c, isDate(c, format), isDateGap(c))
      return { ...dates, bad, others: bad, complaint: `is not a date of the form ${format}` }
    }
    case 'category':
      // A class without a name is no class (D-102).
      return {
        ...column,
        value: count.empty > 0 ? `CASE WHEN NOT ${isEmpty(c)} THEN ${nfcOf(c)} END` : nfcOf(c),
      }
    case 'list':
      return { ...column, value: c }
    default:
      // Texts that repeat may be classes of a target; others stay as they are.
      return { ...column, value: decision.repeats ? nfcOf(c) : c }
  }
}

function complaintOf({ unclear, scaled }: NumberReading, name: string): string {
  const complaint = 'is not a finite decimal number'
  if (scaled > 0)
    return `${complaint}: to read 1.2K as 1200, say ${typesOption(name, 'number')} in the query of the upload`
  return unclear > 0
    ? `${complaint}, or it may be one of two: say decimal=. or decimal=%2C in the query of the upload`
    : complaint
}
