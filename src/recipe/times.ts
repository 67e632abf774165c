import { parseIso } from '../dates.ts'
import { quoted } from '../errors.ts'
import { type ChosenColumns, valueCount } from './columns.ts'
import { whyNotDivided } from './divided.ts'
import type { AddProblem } from './problems.ts'
import type { CompleteRecipe } from './schema.ts'

/** Checks that the rows can be divided by time as the recipe validates. */
export function checkTime(
  { time, group, validation }: CompleteRecipe,
  { roles }: ChosenColumns,
  problem: AddProblem,
): void {
  if (time === null) return
  if (group !== null)
    problem(
      '/group',
      'The rows are divided by time, and a group may have rows in the past as well as in the future. Remove group or time.',
    )
  const why = whyNotDivided(validation)
  if (validation === null || why !== undefined) {
    problem(
      '/time',
      `A time lets the past be trained on and the future validate, but ${why}. Remove time, or set validation to {"split": 0.2}.`,
    )
    return
  }
  if (validation.shuffle === true)
    problem(
      '/validation/shuffle',
      'Rows are divided by time, not drawn. Set shuffle to false, or remove time.',
    )
  if ((validation.repeats ?? 1) > 1)
    problem('/validation/repeats', 'Rows divided by time give the same folds each time. Set repeats to 1.')
  const column = roles.time
  if (!column) return
  if (column.type === 'boolean') {
    problem(
      '/time',
      `${quoted(column.name)} is a boolean, and a time is a number or a date. Name another column.`,
    )
    return
  }
  const strange = Object.keys(column.classes ?? {}).find((value) => parseIso(value) === undefined)
  if (column.type !== 'number' && strange !== undefined) {
    problem('/time', noTime(column.name, strange))
    return
  }
  const times = valueCount(column)
  const fault = times === undefined ? undefined : tooFewTimes(column.name, times, validation.kFold)
  if (fault !== undefined)
    problem(validation.kFold === undefined || (times ?? 0) < 2 ? '/time' : '/validation/kFold', fault)
}

/** Returns why a value of a time column is none. */
export function noTime(column: string, value: string): string {
  return `${quoted(value)} in ${quoted(column)} is neither a number nor a date such as 2024-03-01 or 2024-03-01T12:30:00Z. Name another column, or write its dates so.`
}

/**
 * Returns why rows cannot be divided by time; undefined if they can.
 * @param kFold number of folds; undefined for a split
 */
export function tooFewTimes(column: string, times: number, kFold: number | undefined): string | undefined {
  const needed = (kFold ?? 1) + 1
  if (times >= needed) return undefined
  const count = times === 1 ? 'one time only' : `${times} different times`
  if (times < 2)
    return `${quoted(column)} has ${count}, so that there is no past to train on. Name another column, or remove time.`
  return `${quoted(column)} has ${count}, and ${kFold} folds need ${needed}, since each is trained on an earlier time. Use at most ${times - 1} folds.`
}
