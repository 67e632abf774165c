import type { Table } from '../../datasets/table.ts'
import { assignFolds, foldRows, splitRows } from '../../evaluation/folds.ts'
import { orderClasses } from '../../models/target.ts'
import type { CompleteRecipe } from '../../recipe/index.ts'
import type { Cell } from '../../recipe/table.ts'
import { columnOf } from './tables.ts'

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

/** Returns the numbers of the rows that have a target. */
export function labelledRows(recipe: CompleteRecipe, table: Table): Uint32Array {
  const target = columnOf(table, recipe.target)
  return Uint32Array.from({ length: table.rows }, (_, row) => row).filter((row) => target(row) !== null)
}

/**
 * Divides the rows that have a target into those that are trained on and those that are kept aside: the validation data
 * set's, a fold's, or the recipe's share or number, drawn at random by its seed, and by class for a classifier.
 * @param options.from number of the first row of the validation data set, or null
 */
export function chooseRows(
  recipe: CompleteRecipe,
  table: Table,
  options: { from: number | null; fold: FoldChoice | null },
): ChosenRows {
  const { from, fold } = options
  const labelled = labelledRows(recipe, table)
  if (from !== null)
    return {
      training: labelled.filter((row) => row < from),
      validation: labelled.filter((row) => row >= from),
    }
  const { validation, seed } = recipe
  if (validation === null) return { training: labelled, validation: null }
  const target = columnOf(table, recipe.target)
  const classes = recipe.task === 'regression' ? null : classNumbers(labelled, target)
  const rowsOf = (positions: Uint32Array) => positions.map((position) => labelled[position] ?? 0)
  const parts = () => {
    if (validation.kFold === undefined || !fold) {
      const count = validation.rows ?? Math.round(labelled.length * (validation.split ?? 0))
      return splitRows(labelled.length, count, classes, seed)
    }
    const { kFold, shuffle = true } = validation
    const folds = assignFolds(labelled.length, classes, { kFold, shuffle, repeat: fold.repeat, seed })
    return foldRows(folds, fold.fold - 1)
  }
  const split = parts()
  return { training: rowsOf(split.training), validation: rowsOf(split.validation) }
}

function classNumbers(rows: Uint32Array, target: (row: number) => Cell): number[] {
  const values = Array.from(rows, (row) => String(target(row)))
  const numbers = new Map(orderClasses(values).map((name, number) => [name, number]))
  return values.map((value) => numbers.get(value) ?? 0)
}
