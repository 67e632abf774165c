import type { DuckDBValue } from '@duckdb/node-api'
import { isDateType } from '../../recipe/table.ts'
import type { ColumnPlan } from './column-plan.ts'
import { instantOfCell } from './dates.ts'
import { type Statements, toNumber } from './duckdb.ts'
import { COLUMNS_AT_ONCE } from './limits.ts'
import { type MeasuredNumbers, measureNumbers } from './measure-numbers.ts'
import { frequentFacts, type NumberFacts, quantileFacts, quantilesOfKept } from './number-facts.ts'
import type { RowMeasures } from './row-measures.ts'
import type { Source } from './source.ts'

/** SQL expressions per column; the same number for each type, so that a column's results have a known place. */
const MEASURES = 6
/**
 * Rows from which numbers are measured column by column: together their different values take twice as long, and more memory.
 */
const ROWS_APART = 100_000
/** Place of the number of different values among the measures of a column of numbers. */
const DISTINCT = 4

/** What was measured of a column. */
export interface Measures {
  /** The results of the expressions that `measuresOf` has for its type. */
  values: readonly DuckDBValue[]
  /** Of a column of numbers. */
  numbers?: NumberFacts
}

/** A column that is to be measured: its place in the table, its type, and what it is called in the source. */
export interface Measured {
  place: number
  c: string
  type: ColumnPlan['type']
}

/** Columns of numbers that were measured as they were read. */
export interface MeasuredBefore {
  measures: RowMeasures
  /** Which of its columns one is that is to be measured, by the place in the table. */
  columnOf(place: number): number
}

/**
 * Measures columns, each by the `MEASURES` of its type.
 * @param rows number of the source's rows
 * @param before what was measured already, of all these columns
 * @returns by the column's place
 */
export async function measure(
  db: Statements,
  source: Source,
  columns: readonly Measured[],
  rows: number,
  before?: MeasuredBefore,
): Promise<Map<number, Measures>> {
  const found = new Map<number, Measures>()
  const isKnown = before?.measures.areThere === true && rows >= ROWS_APART
  for (let start = 0; start < columns.length; start += COLUMNS_AT_ONCE) {
    const some = columns.slice(start, start + COLUMNS_AT_ONCE)
    const measured = await (isKnown
      ? measuredBefore(db, source, some, rows, before)
      : measuredNow(db, source, some, rows))
    for (const [place, own] of measured) found.set(place, own)
  }
  return found
}

/** Measures columns by their values in the source. */
async function measuredNow(
  db: Statements,
  source: Source,
  columns: readonly Measured[],
  rows: number,
): Promise<Map<number, Measures>> {
  const values = await valuesOf(db, source, columns, rows)
  const numbers = columns.flatMap(({ place, c, type }, index) => {
    const present = toNumber(values[index]?.[0])
    return type === 'number' && present > 0 ? [{ place, c, present }] : []
  })
  return withFacts(db, source, columns, values, await quantileFacts(db, source, numbers, rows))
}

/** Measures columns of numbers of which much was measured before: different ones are counted while DuckDB looks at a sample. */
async function measuredBefore(
  db: Statements,
  source: Source,
  columns: readonly Measured[],
  rows: number,
  { measures, columnOf }: MeasuredBefore,
): Promise<Map<number, Measures>> {
  const own = columns.map(({ place }) => columnOf(place))
  const numbers = columns.flatMap(({ place, c }, index) => {
    const kept = own[index] ?? 0
    const present = measures.present(kept)
    return present > 0 ? [{ place, c, kept, present }] : []
  })
  const [quantiles, known] = await Promise.all([
    quantilesOfKept(db, measures, numbers, rows),
    measures.found(own),
  ])
  return withFacts(db, source, columns, await valuesOf(db, source, columns, rows, known), quantiles)
}

async function withFacts(
  db: Statements,
  source: Source,
  columns: readonly Measured[],
  values: readonly (readonly DuckDBValue[])[],
  quantiles: Awaited<ReturnType<typeof quantileFacts>>,
): Promise<Map<number, Measures>> {
  const numbers = columns.flatMap(({ place, c, type }, index) =>
    type === 'number' && toNumber(values[index]?.[0]) > 0
      ? [{ place, c, distinct: toNumber(values[index]?.[DISTINCT]) }]
      : [],
  )
  const frequent = await frequentFacts(db, source, numbers)
  const facts = new Map(
    numbers.map(({ place }): [number, NumberFacts] => {
      const shares = quantiles.get(place)
      const most = frequent.get(place)
      return [place, { ...(shares && { quantiles: shares }), ...(most && { frequent: most }) }]
    }),
  )
  return new Map(
    columns.map(({ place }, index): [number, Measures] => {
      const own = facts.get(place)
      return [place, { values: values[index] ?? [], ...(own && { numbers: own }) }]
    }),
  )
}

/**
 * Returns the results of the `MEASURES` of each column.
 * @param known what was measured of columns of numbers, all of them or none
 */
async function valuesOf(
  db: Statements,
  { relation }: Source,
  columns: readonly Measured[],
  rows: number,
  known: readonly (MeasuredNumbers | undefined)[] = [],
): Promise<(readonly DuckDBValue[])[]> {
  const isApart = ({ type }: Measured) => type === 'number' && rows >= ROWS_APART
  const apart = columns.filter(isApart)
  const names = apart.map(({ c }) => c)
  const numbers = known.length > 0 ? known : await measureNumbers(db, relation, names, rows)
  const found = new Map<number, readonly DuckDBValue[]>()
  for (const [index, { place }] of apart.entries()) {
    const own = numbers[index]
    if (own) found.set(place, [own.present, own.least, own.greatest, own.mean, own.distinct, own.isWhole])
  }
  const others = columns.filter(({ place }) => !found.has(place))
  const measures = others.flatMap((column) => measuresOf(column.type, column.c, isApart(column)))
  const [row = []] = others.length > 0 ? await db.rows(`SELECT ${measures.join(', ')} FROM ${relation}`) : []
  for (const [index, column] of others.entries()) {
    const own = row.slice(index * MEASURES, (index + 1) * MEASURES)
    if (isApart(column)) {
      const [[distinct] = []] = await db.rows(`SELECT count(DISTINCT ${column.c}) FROM ${relation}`)
      own[DISTINCT] = distinct ?? 0
    }
    found.set(column.place, own)
  }
  return columns.map(({ place }) => found.get(place) ?? [])
}

/** Returns the `MEASURES` SQL expressions for one column. @param isApart whether different numbers are counted elsewhere */
function measuresOf(type: ColumnPlan['type'], c: string, isApart: boolean): string[] {
  const count = `count(${c})`
  if (type === 'text') return [count, `avg(length(${c}))`, '0', '0', '0', '0']
  if (isDateType(type)) {
    const instant = instantOfCell(c, type)
    const [first, last] =
      type === 'date'
        ? [`min(${c})`, `max(${c})`]
        : [`arg_min(${c}, ${instant})`, `arg_max(${c}, ${instant})`]
    return [count, first, last, `count(DISTINCT ${c})`, '0', '0']
  }
  if (type !== 'number') return [count, '0', '0', '0', '0', '0']
  return [
    count,
    `min(${c})`,
    `max(${c})`,
    `favg(${c})`,
    isApart ? '0' : `count(DISTINCT ${c})`,
    `bool_and(${c} = trunc(${c}))`,
  ]
}
