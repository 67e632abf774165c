import type { CompleteRecipe, Task } from '../recipe/index.ts'
import { type Cell, type ColumnType, isDateType, type Row } from '../recipe/table.ts'
import type { CalibrationState } from './calibration.ts'
import { exampleDate } from './encoders/date.ts'
import type { InputStates } from './encoders/row-encoder.ts'
import type { EncoderFile } from './files/files.ts'
import { type TargetState, taskOf } from './target.ts'

/** What a model takes and answers. */
export interface Signature {
  task: Task
  /** The columns that a row must have, in the order of the recipe. */
  inputs: InputSignature[]
  /** Other columns of the training data, such as the target, which a row may have and which are not read; the first 100. */
  ignored: string[]
  /** The target, as a column like those of the inputs. `output` says how it is answered. */
  target: TargetSignature
  output: OutputSignature
  /** A row that the model answers: usual numbers, known categories. */
  example: Row
}

/** What a model takes in one column. */
export interface InputSignature {
  name: string
  type: ColumnType
  /** Whether null, which stands for a missing value, is accepted. */
  nullable: boolean
  /** What a missing value counts as: see `MissingRule`. */
  missing: MissingRule
  /** Of a number or date: the ends of `range`. Absent: not known. */
  minimum?: number | string
  maximum?: number | string
  /** Of a category or boolean: the same as `categories`. */
  classes?: (string | boolean)[]
  /**
   * Of a number: smallest and largest value of the training rows. Of a date: first and last one, in ISO 8601. Null: there
   * was none, or an earlier release trained it.
   */
  range?: { min: number; max: number } | { min: string; max: string } | null
  /** Of a date: the form of the training rows' file, as a pattern of `strptime`. ISO 8601 is taken too. */
  format?: string
  /** Of a category or boolean: the first 100 values of the training rows, in the order of their inputs. */
  categories?: (string | boolean)[]
  /** Of a category or boolean: number of its values. */
  categoryCount?: number
  /** Of a category or boolean: whether a value that no training row has is refused, or counts as none of them. */
  unseen?: 'other' | 'refuse'
}

/**
 * What a missing value of an input counts as: the training rows' `mean` or `median`, the `value` that the recipe names, a
 * `bin` of its own (in trees), or nothing (`empty`: a text without words, none of the categories). `refuse`: such a row is
 * refused.
 */
export const MISSING_RULES = ['mean', 'median', 'value', 'bin', 'empty', 'refuse'] as const
export type MissingRule = (typeof MISSING_RULES)[number]

/** The target of a model: a number, a class, or the labels of a row. */
export interface TargetSignature {
  /** Null: several targets, which `targets` has, or an unknown name. */
  name: string | null
  type: Extract<ColumnType, 'number' | 'category' | 'list'>
  /** Of a number: smallest and largest value of the training rows. Absent: not known. */
  minimum?: number
  maximum?: number
  /** Of a category or list, in the order of the probabilities. */
  classes?: string[]
  /** Several numbers that are predicted together. */
  targets?: { name: string; minimum?: number; maximum?: number }[]
}

/** What a model answers for a row: one of its classes with probabilities, any number of labels, or a number. */
export type OutputSignature =
  | {
      type: 'label'
      classes: string[]
      /** The class that `score` is the probability of; null with more than two classes: the one that is answered. */
      positive: string | null
      /** Smallest probability for which the answer is the positive class; null with more than two classes. */
      threshold: number | null
      /** How the probabilities are calibrated; null: they are the network's own. */
      calibration: CalibrationState['method'] | null
    }
  | {
      type: 'labels'
      classes: string[]
      /** Smallest probability for which each label is answered, in the order of the classes. */
      thresholds: number[]
    }
  | {
      type: 'values'
      /** The targets; the range is that of the training rows, where it is kept. */
      targets: { name: string; range: { min: number; max: number } | null }[]
    }
  | {
      type: 'value'
      /** Smallest and largest value of the training rows, where they are kept. */
      range: { min: number; max: number } | null
    }

/** Limit on the listed names of columns that are not read. */
const MAX_IGNORED = 100

/** Limit on the listed values of a category. */
const MAX_CATEGORIES = 100

type InputState = InputStates[number]

/** The part of a recipe that a signature tells of. */
export type SignedRecipe = Pick<CompleteRecipe, 'target' | 'missing' | 'columns'>

/**
 * Returns what a model takes and answers, by its `encoder.json`, whose long texts are not needed.
 * @param recipe undefined: not known, as if gaps were filled by the median and the target had no name
 */
export function signatureOf(
  { inputs, target, ignored = [] }: Pick<EncoderFile, 'inputs' | 'target' | 'ignored'>,
  recipe?: SignedRecipe,
): Signature {
  return {
    task: taskOf(target),
    inputs: inputs.map((input) => inputOf(input, recipe)),
    ignored: ignored.slice(0, MAX_IGNORED),
    target: targetOf(target, recipe),
    output: outputOf(target),
    example: Object.fromEntries(inputs.map((input) => [input.name, exampleOf(input)])),
  }
}

function inputOf(input: InputState, recipe: SignedRecipe | undefined): InputSignature {
  const { name, type, state } = input
  const common = { name, type, nullable: !state.refuseGaps, missing: missingOf(input, recipe) }
  switch (state.kind) {
    case 'category': {
      const isBoolean = state.valueType === 'boolean'
      const first = state.values.slice(0, MAX_CATEGORIES)
      const categories = isBoolean ? first.map(isTrue) : first
      return {
        ...common,
        classes: categories,
        categories,
        categoryCount: state.values.length,
        unseen: state.refuseUnseen ? 'refuse' : 'other',
      }
    }
    case 'number':
    case 'quantile':
    case 'piecewiseLinear':
      return { ...common, ...endsOf(state.range), range: state.range ?? null }
    case 'date':
      return { ...common, ...endsOf(state.range), range: state.range ?? null, format: state.format }
    default:
      // All other kinds read texts.
      return common
  }
}

function endsOf<End>(range: { min: End; max: End } | null | undefined): { minimum?: End; maximum?: End } {
  return range ? { minimum: range.min, maximum: range.max } : {}
}

function missingOf({ name, type, state }: InputState, recipe: SignedRecipe | undefined): MissingRule {
  if (state.refuseGaps) return 'refuse'
  if (type !== 'number' && !isDateType(type)) return 'empty'
  const { columns = {}, missing } = recipe ?? {}
  const rule = (Object.hasOwn(columns, name) ? columns[name]?.missing : undefined) ?? missing ?? 'median'
  return typeof rule === 'object' ? 'value' : rule
}

function targetOf(target: TargetState, recipe: SignedRecipe | undefined): TargetSignature {
  const name = typeof recipe?.target === 'string' ? recipe.target : null
  if (target.task === 'regression') return { name, type: 'number', ...endsOf(target.range) }
  if (target.task === 'severalNumbers') {
    const targets = target.targets.map((one) => ({ name: one.name, ...endsOf(one.state.range) }))
    return { name: null, type: 'number', targets }
  }
  return { name, type: target.task === 'multiLabel' ? 'list' : 'category', classes: target.classes }
}

function outputOf(target: TargetState): OutputSignature {
  if (target.task === 'regression') return { type: 'value', range: target.range ?? null }
  if (target.task === 'severalNumbers')
    return {
      type: 'values',
      targets: target.targets.map(({ name, state }) => ({ name, range: state.range ?? null })),
    }
  const { task, classes } = target
  if (task === 'multiLabel') return { type: 'labels', classes, thresholds: target.thresholds }
  const calibration = target.calibration?.method ?? null
  if (task === 'multiclass') return { type: 'label', classes, positive: null, threshold: null, calibration }
  return { type: 'label', classes, positive: classes[1] ?? null, threshold: target.threshold, calibration }
}

function exampleOf({ state }: InputState): Cell {
  switch (state.kind) {
    case 'category': {
      const [first] = state.values
      // Without a known value, a gap is all that is left.
      if (first === undefined) return null
      return state.valueType === 'boolean' ? isTrue(first) : first
    }
    case 'number':
    case 'quantile':
    case 'piecewiseLinear': {
      const { fill, range } = state
      return range ? Math.min(range.max, Math.max(range.min, fill)) : fill
    }
    case 'date':
      return exampleDate(state)
    default:
      // All other kinds read texts.
      return 'some words'
  }
}

function isTrue(value: string): boolean {
  return value === 'true'
}
