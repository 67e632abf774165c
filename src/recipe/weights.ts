import { quoted } from '../errors.ts'
import type { ChosenColumns } from './columns.ts'
import type { AddProblem } from './problems.ts'
import type { ColumnDescription } from './table.ts'

/** Limit on a weight: above it, weights times squared errors may have no finite sum. */
const MAX_WEIGHT = 1e100

/** Checks that the column of weights has a weight for each row. */
export function checkWeights({ roles }: ChosenColumns, problem: AddProblem): void {
  const fault = roles.weights && weightsFault(roles.weights)
  if (fault !== undefined) problem('/weights', `${fault} Name another column, or correct the data.`)
}

/** Returns why a column cannot weight rows, as a sentence; undefined if it can. */
export function weightsFault({ name, type, missing, min, max }: ColumnDescription): string | undefined {
  const column = quoted(name)
  if (type !== 'number') return `${column} is a ${type}, and weights are numbers of 0 or more.`
  if (missing > 0)
    return `${column} has ${missing === 1 ? 'a gap' : `${missing} gaps`}, and each row needs a weight of 0 or more.`
  if (min !== undefined && min < 0)
    return `The smallest value in ${column} is ${min}, and a weight is 0 or more.`
  if (max !== undefined && max > MAX_WEIGHT)
    return `The largest value in ${column} is ${max}, and a weight is at most ${MAX_WEIGHT}.`
  if (max === 0) return `Every value in ${column} is 0, so that no row counts.`
  return undefined
}

/**
 * Returns why a value is no weight, as a sentence; undefined if it is one.
 * @param row number of the row, from 1
 */
export function weightFault(column: string, value: unknown, row: number): string | undefined {
  if (typeof value === 'number' && value >= 0 && value <= MAX_WEIGHT) return undefined
  const what = value === null ? 'no value' : `the value ${String(value)}`
  return `Row ${row} has ${what} in ${quoted(column)}, and a weight is a number from 0 to ${MAX_WEIGHT}.`
}
