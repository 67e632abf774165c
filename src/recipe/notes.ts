import { listQuoted, quoted } from '../errors.ts'
import { costMatrix, costThreshold } from './answer-costs.ts'
import { classNames } from './columns.ts'
import { groupCount } from './groups.ts'
import type { CompleteRecipe } from './schema.ts'
import { columnFinder, type TableDescription } from './table.ts'
import { targetNames } from './targets.ts'

/** A sentence about what a field of a recipe does on a data set. */
export interface RecipeNote {
  /** JSON pointer of the field within the order. */
  path: string
  message: string
}

/** Tells what those fields of a complete recipe do that change how its rows are divided. */
export function recipeNotes(recipe: CompleteRecipe, table: TableDescription): RecipeNote[] {
  return [
    ...groupNotes(recipe, table),
    ...timeNotes(recipe, table),
    ...weightNotes(recipe, table),
    ...costNotes(recipe, table),
    ...rankNotes(recipe, table),
  ]
}

function groupNotes({ group, validation, inputs }: CompleteRecipe, table: TableDescription): RecipeNote[] {
  const column = group === null ? undefined : columnFinder(table)(group)
  if (!column) return []
  const groups = groupCount(column)
  const count =
    groups === undefined ? '' : ` There are ${groups.toLocaleString('en')} groups${gaps(column.missing)}.`
  const place = validation?.kFold === undefined ? 'on one side of the split' : 'in one fold'
  const input = inputs.includes(column.name) ? ' It is an input as well.' : ' It is no input.'
  return [
    {
      path: '/recipe/group',
      message: `Rows with the same value in ${quoted(column.name)} stay ${place}.${count}${input}`,
    },
  ]
}

function timeNotes(
  { time, target, validation, inputs }: CompleteRecipe,
  table: TableDescription,
): RecipeNote[] {
  const columnOf = columnFinder(table)
  const column = time === null ? undefined : columnOf(time)
  if (!column) return []
  const gapsOf = targetNames({ target }).map((name) => columnOf(name)?.missing ?? 0)
  const rows = table.rows - Math.max(column.missing, ...gapsOf)
  const { kFold, split = 0 } = validation ?? {}
  const held =
    kFold === undefined
      ? (validation?.rows ?? Math.round(rows * split))
      : kFold * Math.floor(rows / (kFold + 1))
  const count = (number: number) => number.toLocaleString('en')
  const how =
    kFold === undefined
      ? `The last ${count(held)} of ${count(rows)} rows by ${quoted(column.name)} validate, and those before them are trained on`
      : `Each of ${kFold} folds validates on a later window of ${quoted(column.name)} and is trained on all earlier rows. Of ${count(rows)} rows the first ${count(rows - held)} are never held out`
  const input = inputs.includes(column.name) ? 'It is an input as well.' : 'It is no input.'
  return [
    {
      path: '/recipe/time',
      message: `${how}; rows of one time stay together, so that the numbers may differ a little. ${input}`,
    },
  ]
}

function weightNotes(
  { weights, classWeights, inputs }: CompleteRecipe,
  table: TableDescription,
): RecipeNote[] {
  const column = weights === null ? undefined : columnFinder(table)(weights)
  if (!column) return []
  const range = column.min === undefined ? '' : ` (${column.min} to ${column.max})`
  const product = classWeights === null ? '' : ' In the loss they are multiplied by the class weights.'
  const input = inputs.includes(column.name) ? ' The column is an input as well.' : ' The column is no input.'
  return [
    {
      path: '/recipe/weights',
      message: `Loss, metrics and baseline weight each row by ${quoted(column.name)}${range}.${product}${input}`,
    },
  ]
}

function costNotes({ cost, task, target }: CompleteRecipe, table: TableDescription): RecipeNote[] {
  const [name = ''] = targetNames({ target })
  const column = cost === null ? undefined : columnFinder(table)(name)
  if (!column || cost === null) return []
  const path = '/recipe/cost'
  const classes = classNames(task, column)
  if (task !== 'binary' || !classes)
    return [
      {
        path,
        message: `The class with the least expected cost is predicted. Probabilities do not change.${classes ? '' : ' Its classes are checked when the training begins.'}`,
      },
    ]
  const threshold = costThreshold(costMatrix(cost, classes))
  const [other = '', rare = ''] = threshold > 0.5 ? [...classes].reverse() : classes
  const from = Number(Math.min(threshold, 1 - threshold).toPrecision(3))
  return [
    {
      path,
      message: `${quoted(rare)} is predicted from a probability of ${from} on, otherwise ${quoted(other)}. Probabilities do not change.`,
    },
  ]
}

function rankNotes({ rank, task, target }: CompleteRecipe, table: TableDescription): RecipeNote[] {
  const [name = ''] = targetNames({ target })
  const column = rank === null ? undefined : columnFinder(table)(name)
  if (!column || rank === null) return []
  const classes = rank === true ? classNames(task, column)?.sort((a, b) => Number(a) - Number(b)) : rank
  const order = classes ? `the order ${listQuoted(classes)}` : 'the order of their numbers'
  return [
    {
      path: '/recipe/rank',
      message: `The classes are learnt in ${order}. The evaluation has rankMae and quadraticKappa.`,
    },
  ]
}

function gaps(missing: number): string {
  if (missing === 0) return ''
  return missing === 1
    ? ', one of them a row without a value'
    : `, ${missing.toLocaleString('en')} of them single rows without a value`
}
