import { answers as answersOf } from '../evaluation/answers.ts'
import type { Scored } from '../evaluation/losses.ts'
import type { Slices } from '../evaluation/schema.ts'
import { slicesOf } from '../evaluation/slices.ts'
import { takeRows } from '../evaluation/take-rows.ts'
import type { InputStates } from '../models/encoders/row-encoder.ts'
import { costsOf, decisionShiftsOf, type TargetState } from '../models/target.ts'
import { sigmoid } from '../numbers.ts'
import { type CompleteRecipe, targetNames } from '../recipe/index.ts'
import type { Cell } from '../recipe/table.ts'
import { encodeTargets, ownTruth } from './data/examples.ts'
import { columnOf, type TrainingTable } from './data/tables.ts'
import { weightsOf } from './data/weights.ts'
import type { HeldOut } from './held-out.ts'
import { metricsOf } from './measured-rows.ts'

/** Input columns by which rows are divided: the first ones. */
const MOST_COLUMNS = 50
/** Cells of these columns; of larger tables fewer columns are looked at. */
const MOST_CELLS = 5_000_000
/** Parts of as many rows, about, into which numbers, dates and lengths of texts are divided. */
const PARTS = 5

/** A version's answers to rows of a table. */
export interface AnsweredTable {
  recipe: CompleteRecipe
  target: TargetState
  /** The inputs, with the types that the version reads. */
  inputs: readonly Pick<InputStates[number], 'name' | 'type'>[]
  table: TrainingTable
  /** Logits as the version's figures are told of, or numbers in the targets' own units. */
  answers: Pick<HeldOut, 'rows' | 'outputs' | 'values' | 'answered'>
  /** The column of the rows' weights; null: all count alike. */
  weights: string | null
}

/** Returns the answers beside the truth: class numbers, 1 for each label of a row, or numbers in the targets' own units. */
export function scoredAnswers({ recipe, target, table, answers, weights }: AnsweredTable): Scored {
  const { rows, outputs, values, answered } = answers
  const names = targetNames(recipe)
  const truth = ownTruth(target, names, table, rows) ?? encodeTargets(target, names, table, rows)
  return {
    rows: rows.length,
    outputs,
    logits: values,
    truth: Float64Array.from(truth),
    costs: costsOf(target),
    decisionShifts: decisionShiftsOf(target),
    ...(weights !== null && { weights: weightsOf(table, weights, rows) }),
    ...(answered && { answered }),
  }
}

/** Measures a version on parts of rows: by the values of each input column, or by bins of them. */
export function slicedRows(answered: AnsweredTable): Slices {
  const { recipe, target, inputs, table } = answered
  const { rows } = answered.answers
  const scored = scoredAnswers(answered)
  const isNumber = target.task === 'regression' || target.task === 'severalNumbers'
  const most = Math.min(MOST_COLUMNS, Math.max(1, Math.floor(MOST_CELLS / Math.max(1, rows.length))))
  return slicesOf({
    metric: isNumber ? 'meanAbsoluteError' : 'accuracy',
    results: resultsOf(target, scored),
    weights: scored.weights,
    metricsOf: (places) => metricsOf(recipe, target, takeRows(scored, places)),
    columns: inputs.slice(0, most).map(({ name, type }) => {
      if (type === 'text') {
        const lengthAt = lengthsOf(table, name)
        return { column: name, groupOf: binned(Array.from(rows, lengthAt), 'characters') }
      }
      const cell = columnOf(table, name)
      const values = Array.from(rows, (row) => cell(row))
      const isOrdered = type === 'number' || type === 'date' || type === 'datetime'
      return { column: name, groupOf: isOrdered ? binned(values) : (at) => groupOfValue(values[at] ?? null) }
    }),
  })
}

/** Returns for each row 1 for a right answer and 0 for a wrong one, or the size of the error. */
function resultsOf(target: TargetState, scored: Scored): Float64Array {
  const { rows, outputs, logits, truth } = scored
  if (target.task === 'regression' || target.task === 'severalNumbers') {
    const units = target.task === 'severalNumbers' ? target.targets.map(({ state }) => state.scale) : [1]
    return Float64Array.from({ length: rows }, (_, row) => {
      let sum = 0
      for (const [each, unit] of units.entries()) {
        const at = row * outputs + each
        sum += Math.abs((truth[at] ?? 0) - (logits[at] ?? 0)) / unit / outputs
      }
      return sum
    })
  }
  if (target.task === 'multiLabel')
    return Float64Array.from({ length: rows }, (_, row) =>
      Number(
        target.thresholds.every((threshold, label) => {
          const at = row * outputs + label
          return (sigmoid(logits[at] ?? 0) >= threshold ? 1 : 0) === truth[at]
        }),
      ),
    )
  const answerOf = answersOf(scored, target.task === 'binary' ? target.threshold : 0.5)
  return Float64Array.from({ length: rows }, (_, row) => Number(answerOf(row) === truth[row]))
}

/** Returns the length of a row's text in UTF-16 units; null for a gap. */
function lengthsOf(table: TrainingTable, name: string): (row: number) => number | null {
  const words = table.words?.get(name)
  if (words) return (row) => words.lengthOf(row)
  const cell = columnOf(table, name)
  return (row) => {
    const text = cell(row)
    return typeof text === 'string' ? text.length : null
  }
}

/** Longest value that names a slice, in characters. */
const LONGEST = 200
const MISSING = 'missing'

function groupOfValue(value: Cell): string {
  return value === null ? MISSING : String(value).slice(0, LONGEST)
}

/** Returns the bin of each value: from one edge up to before the next, and the last with its end. */
function binned(values: readonly Cell[], unit?: string): (at: number) => string {
  const sorted = values.filter((value) => value !== null).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  const edges = Array.from(
    { length: PARTS + 1 },
    (_, part) => sorted[Math.min(sorted.length - 1, Math.floor((part / PARTS) * sorted.length))],
  )
  const distinct = [...new Set(edges)].flatMap((edge) => edge ?? [])
  const suffix = unit === undefined ? '' : ` ${unit}`
  return (at) => {
    const value = values[at] ?? null
    if (value === null) return MISSING
    let bin = 0
    while (bin + 2 < distinct.length && value >= (distinct[bin + 1] ?? value)) bin += 1
    return `${distinct[bin]} to ${distinct[bin + 1] ?? distinct[bin]}${suffix}`
  }
}
