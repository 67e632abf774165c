import type { Table } from '../../datasets/table.ts'
import { instantOf } from '../../date-time.ts'
import { parseIso } from '../../dates.ts'
import { FitserveError } from '../../errors.ts'
import { assignFolds, foldRows, type Split, splitRows } from '../../evaluation/folds.ts'
import { divideGroups } from '../../evaluation/group-folds.ts'
import { Random } from '../../evaluation/random.ts'
import { foldStarts, timeWindows } from '../../evaluation/time-windows.ts'
import { orderClasses } from '../../models/target.ts'
import {
  type CompleteRecipe,
  labelsOf,
  noTime,
  targetNames,
  tooFewGroups,
  tooFewTimes,
} from '../../recipe/index.ts'
import type { Cell } from '../../recipe/table.ts'
import { equalLabelledRows, isDrawn, labelledGroups } from './equal-rows.ts'
import type { Groups } from './groups.ts'
import { columnOf, type TrainingTable } from './tables.ts'

/** Rows of a table that a recipe learns from, by number. */
export interface ChosenRows {
  training: Uint32Array
  validation: Uint32Array | null
}

/** One fold of a k-fold validation; both count from 1. */
export interface FoldChoice {
  fold: number
  repeat: number
}

/** Returns the numbers of the rows that have a target, and a time where the table has the recipe's column of times. */
export function labelledRows(recipe: CompleteRecipe, table: Table): Uint32Array {
  const { time } = recipe
  const rows = Uint32Array.from({ length: table.rows }, (_, row) => row)
  const needed = [...targetNames(recipe), ...(time !== null && table.columns.has(time) ? [time] : [])]
  const cells = needed.map((name) => columnOf(table, name))
  return rows.filter((row) => cells.every((cell) => cell(row) !== null))
}

/**
 * Divides the rows that have a target into those that are trained on and those that are kept aside: the validation data set's,
 * a fold's, or the recipe's share or number, drawn at random by its seed, and by class for a classifier (where rows have
 * several labels, by their rarest one). Drawn rows that are equal in all inputs stay together, also where their targets differ:
 * a copy among the training rows would be known by heart. Rows of one group stay together by all means. With a time the rows
 * kept aside are later than all that are trained on, and a fold is trained on all earlier ones.
 * @param options.from number of the first row of the validation data set, or null
 * @param options.keepEqual false: equal rows are drawn apart, as by earlier releases, and only the target is read
 * @throws FitserveError `training-failed` where there are too few groups or times, or a time that is none
 */
export function chooseRows(
  recipe: CompleteRecipe,
  table: TrainingTable,
  options: { from: number | null; fold: FoldChoice | null; keepEqual?: boolean },
): ChosenRows {
  const { from, fold, keepEqual = true } = options
  const labelled = labelledRows(recipe, table)
  if (from !== null)
    return {
      training: labelled.filter((row) => row < from),
      validation: labelled.filter((row) => row >= from),
    }
  const { validation, seed } = recipe
  if (validation === null) return { training: labelled, validation: null }
  // Of several targets, which are numbers, none divides the rows.
  const target = columnOf(table, targetNames(recipe)[0] ?? '')
  const classes = strataOf(recipe, labelled, target)
  const rowsOf = (positions: Uint32Array) => positions.map((position) => labelled[position] ?? 0)
  if (recipe.time !== null) {
    const split = splitByTime(recipe, recipe.time, table, labelled, fold)
    return { training: rowsOf(split.training), validation: rowsOf(split.validation) }
  }
  const groups = labelledGroups(recipe, table, labelled)
  if (groups) {
    const split = splitGroups(recipe, table, groups, classes, fold)
    return { training: rowsOf(split.training), validation: rowsOf(split.validation) }
  }
  const firsts = keepEqual && isDrawn(recipe) ? equalLabelledRows(recipe, table, labelled) : null
  const parts = () => {
    if (validation.kFold === undefined || !fold) {
      const count = validation.rows ?? Math.round(labelled.length * (validation.split ?? 0))
      const drawn = splitRows(labelled.length, count, classes, seed)
      if (!firsts) return drawn
      const sides = new Uint32Array(labelled.length)
      for (const position of drawn.validation) sides[position] = 1
      return foldRows(resized(together(sides, firsts), firsts, drawn.validation.length), 1)
    }
    const { kFold, shuffle = true } = validation
    const folds = assignFolds(labelled.length, classes, { kFold, shuffle, repeat: fold.repeat, seed })
    return foldRows(firsts ? together(folds, firsts) : folds, fold.fold - 1)
  }
  const split = parts()
  return { training: rowsOf(split.training), validation: rowsOf(split.validation) }
}

function splitByTime(
  { validation }: CompleteRecipe,
  time: string,
  table: TrainingTable,
  labelled: Uint32Array,
  fold: FoldChoice | null,
): Split {
  const { kFold, rows, split = 0 } = validation ?? {}
  const times = timesOf(table, time, labelled)
  const fault = tooFewTimes(time, new Set(times).size, kFold)
  if (fault !== undefined) throw new FitserveError('training-failed', fault)
  const count = rows ?? Math.round(times.length * split)
  const starts = kFold === undefined ? [times.length - count] : foldStarts(times.length, kFold)
  const windows = timeWindows(times, starts)
  const held = kFold === undefined ? 1 : (fold?.fold ?? 1)
  const all = Uint32Array.from(times, (_, row) => row)
  return {
    training: all.filter((row) => (windows[row] ?? 0) < held),
    validation: all.filter((row) => windows[row] === held),
  }
}

/** Returns the times of rows: numbers, or milliseconds of dates. @throws FitserveError `training-failed` */
function timesOf(table: TrainingTable, name: string, rows: Uint32Array): Float64Array {
  const cell = columnOf(table, name)
  return Float64Array.from(rows, (row) => {
    const value = cell(row)
    if (typeof value === 'number') return value
    const time = parseIso(String(value))
    if (!time) throw new FitserveError('training-failed', noTime(name, String(value)))
    return instantOf(time)
  })
}

/** The newest division of each table's groups, by what it depends on: all folds of a repeat are of one division. */
const divided = new WeakMap<TrainingTable, { key: string; parts: Uint32Array }>()

function splitGroups(
  recipe: CompleteRecipe,
  table: TrainingTable,
  { groupOf, count }: Groups,
  classes: readonly number[] | null,
  fold: FoldChoice | null,
): Split {
  const { group, validation, seed, target, inputs } = recipe
  const { kFold, rows, split = 0 } = validation ?? {}
  const fault = tooFewGroups(group ?? '', count, kFold)
  if (fault !== undefined) throw new FitserveError('training-failed', fault)
  const isSplit = kFold === undefined || !fold
  const share = rows === undefined ? split : rows / groupOf.length
  const shares = isSplit ? [1 - share, share] : Array.from({ length: kFold }, () => 1 / kFold)
  const repeat = fold?.repeat ?? 1
  const purpose = isSplit ? 'split' : repeat === 1 ? 'folds' : `folds ${repeat}`
  const key = JSON.stringify([purpose, shares.length, share, seed, group, target, inputs])
  const known = divided.get(table)
  const parts =
    known?.key === key ? known.parts : divideGroups(groupOf, classes, shares, new Random(seed, purpose))
  divided.set(table, { key, parts })
  return foldRows(parts, isSplit ? 1 : fold.fold - 1)
}

/** Moves equal rows to the part of the first of them, unless a part would be left without rows. */
function together(parts: Uint32Array, firsts: Uint32Array): Uint32Array {
  const moved = parts.map((_, at) => parts[firsts[at] ?? at] ?? 0)
  return new Set(moved).size === new Set(parts).size ? moved : parts
}

/**
 * Brings the validation side, number 1, back to its size by moving rows that have no copies, spread evenly over the
 * table, as far as there are such rows.
 */
function resized(sides: Uint32Array, firsts: Uint32Array, size: number): Uint32Array {
  const copies = new Uint32Array(firsts.length)
  for (const first of firsts) copies[first] = (copies[first] ?? 0) + 1
  const surplus = sides.reduce((sum, side) => sum + side, 0) - size
  const from = surplus > 0 ? 1 : 0
  const single: number[] = []
  for (const [at, side] of sides.entries()) if (side === from && copies[at] === 1) single.push(at)
  const count = Math.min(Math.abs(surplus), single.length)
  const result = sides.slice()
  for (let each = 0; each < count; each++)
    result[single[Math.floor((each * single.length) / count)] ?? 0] = 1 - from
  return result
}

/** Returns a number for each row by which rows are spread evenly over both sides or all folds; null: by chance. */
function strataOf(
  { task, multiLabel }: CompleteRecipe,
  rows: Uint32Array,
  target: (row: number) => Cell,
): number[] | null {
  if (multiLabel) return rarestLabels(rows, (row) => labelsOf(String(target(row)), multiLabel.separator))
  return task === 'regression' ? null : classNumbers(rows, target)
}

/**
 * Returns the number of each row's rarest label, from 1, the rarest of all labels first; 0 for a row without labels. Rare
 * labels are the ones that chance would leave out of a part.
 */
function rarestLabels(rows: Uint32Array, labelsOf: (row: number) => string[]): number[] {
  const labels = Array.from(rows, labelsOf)
  const counts = new Map<string, number>()
  for (const own of labels) for (const label of own) counts.set(label, (counts.get(label) ?? 0) + 1)
  const order = [...counts].sort(([a, few], [b, more]) => few - more || (a < b ? -1 : 1))
  const numbers = new Map(order.map(([label], at) => [label, at + 1]))
  return labels.map((own) =>
    own.length === 0 ? 0 : Math.min(...own.map((label) => numbers.get(label) ?? order.length)),
  )
}

function classNumbers(rows: Uint32Array, target: (row: number) => Cell): number[] {
  const values = Array.from(rows, (row) => String(target(row)))
  const numbers = new Map(orderClasses(values).map((name, number) => [name, number]))
  return values.map((value) => numbers.get(value) ?? 0)
}
