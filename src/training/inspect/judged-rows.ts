import type { Table } from '../../datasets/table.ts'
import type { Prediction, Predictor } from '../../models/predictor.ts'
import type { TargetState } from '../../models/target.ts'
import { inNfc } from '../../normal-form.ts'
import { type CompleteRecipe, labelsOf, targetNames } from '../../recipe/index.ts'
import type { Row } from '../../recipe/table.ts'
import { columnOf } from '../data/tables.ts'

/** Rows with the loss of a version's answer to each. */
export interface JudgedRows {
  readonly predictor: Predictor
  readonly target: TargetState
  /** The rows as `/predict` takes them. */
  readonly rows: readonly Row[]
  /** Returns the loss of an answer to the row at an index. */
  lossOf(prediction: Prediction, at: number): number
}

/** Rows by which a version is explained, at most: they are answered thousands of times. */
const MOST_ROWS = 1000
/** Classes, labels or targets that are told of: the first ones. */
export const MOST_NAMES = 20
/** Smallest probability of which a logarithm is taken, as scikit-learn's log loss has it for 64-bit floats. */
const SMALLEST = 2 ** -52

/** Chooses rows at even distances, and reads their truth. */
export function questionsOf({
  predictor,
  target,
  rowOf,
  rows,
  recipe,
  table,
}: {
  predictor: Predictor
  target: TargetState
  rowOf: (row: number) => Row
  rows: Uint32Array
  recipe: CompleteRecipe
  table: Table
}): JudgedRows {
  const step = Math.max(1, rows.length / MOST_ROWS)
  const chosen = Array.from(
    { length: Math.min(rows.length, MOST_ROWS) },
    (_, at) => rows[Math.floor(at * step)] ?? 0,
  )
  const cells = targetNames(recipe).map((name) => columnOf(table, name))
  const truths = chosen.map((row) => cells.map((cell) => cell(row)))
  const labels = truths.map(([cell = null]) =>
    target.task === 'multiLabel'
      ? labelsOf(String(cell), target.separator).map(inNfc)
      : [inNfc(String(cell))],
  )
  const scales = target.task === 'severalNumbers' ? target.targets.map(({ state }) => state.scale) : [1]
  return {
    predictor,
    target,
    rows: chosen.map(rowOf),
    lossOf(prediction, at) {
      if ('value' in prediction) return Math.abs(prediction.value - Number(truths[at]?.[0]))
      if ('values' in prediction)
        return Object.values(prediction.values).reduce(
          (sum, value, each) =>
            sum + Math.abs(value - Number(truths[at]?.[each])) / (scales[each] ?? 1) / scales.length,
          0,
        )
      const own = new Set(labels[at])
      const entries = Object.entries(prediction.probabilities)
      if (!('labels' in prediction)) {
        const found = entries.find(([name]) => own.has(inNfc(name)))
        return -Math.log(Math.max(SMALLEST, found?.[1] ?? 0))
      }
      return entries.reduce((sum, [name, probability]) => {
        const right = own.has(inNfc(name)) ? probability : 1 - probability
        return sum - Math.log(Math.max(SMALLEST, right)) / entries.length
      }, 0)
    },
  }
}

/**
 * Returns the names of what a version answers, at most `MOST_NAMES`: the classes, labels or targets, and of two classes the
 * positive one, which says it all. None for a single number.
 */
export function namesOf({ predictor: { classes, targets, task } }: JudgedRows): string[] {
  return task === 'binary' ? classes.slice(1) : [...classes, ...targets].slice(0, MOST_NAMES)
}
