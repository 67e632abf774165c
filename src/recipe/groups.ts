import { quoted } from '../errors.ts'
import { type ChosenColumns, valueCount } from './columns.ts'
import { whyNotDivided } from './divided.ts'
import type { AddProblem } from './problems.ts'
import type { CompleteRecipe } from './schema.ts'
import type { ColumnDescription } from './table.ts'

/**
 * Returns the number of groups that a column makes: its different values, and each row without a value. Undefined where
 * the description does not tell; rows without a target are counted, so that fewer groups may be left.
 */
export function groupCount(column: ColumnDescription): number | undefined {
  const values = valueCount(column)
  return values === undefined ? undefined : values + column.missing
}

/** Checks that the groups can be divided as the recipe validates. */
export function checkGroup(
  { group, time, validation }: CompleteRecipe,
  { roles }: ChosenColumns,
  problem: AddProblem,
): void {
  if (group === null) return
  const why = whyNotDivided(validation)
  if (validation === null || why !== undefined) {
    problem(
      '/group',
      `A group keeps its rows on one side of a split, or in one fold, but ${why}. Remove group, or set validation to {"split": 0.2}.`,
    )
    return
  }
  // With a time nothing is shuffled, whoever asked for it; that both do not go together is told there.
  if (validation.shuffle === false && time === null)
    problem(
      '/validation/shuffle',
      'Consecutive blocks of rows would part groups. Remove shuffle, or remove group.',
    )
  const groups = roles.group && groupCount(roles.group)
  if (groups !== undefined) {
    const fault = tooFewGroups(group, groups, validation.kFold)
    if (fault !== undefined)
      problem(validation.kFold === undefined || groups < 2 ? '/group' : '/validation/kFold', fault)
  }
}

/**
 * Returns why groups cannot be divided; undefined if they can.
 * @param kFold number of folds; undefined for a split
 */
export function tooFewGroups(column: string, groups: number, kFold: number | undefined): string | undefined {
  if (groups >= (kFold ?? 2)) return undefined
  const count = groups === 1 ? 'only one group' : `${groups} groups`
  if (groups < 2)
    return `${quoted(column)} has ${count}, and a group is kept on one side, so that a validation needs at least 2 groups. Name another column, or remove group.`
  return `${quoted(column)} has ${count}, too few for ${kFold} folds, since a group is kept in one fold. Use at most ${groups} folds.`
}
