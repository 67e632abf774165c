/*
 * The entry point of the models: a trained model in typed arrays, which checks rows and answers them. It is made of a
 * version's files (`encoder.json`, `model.json`, `weights.bin`) and knows neither the store nor HTTP, nor how models
 * are trained.
 *
 * Start here. encoders/ turns a row into numbers (text.ts gives the overview for texts), network/ is the forward pass,
 * target.ts says what the network's outputs mean, explain/ says why a row is answered as it is, files/ reads what a
 * version keeps, and preparing/ reads large models in a thread of their own.
 */

import { type FieldProblem, FitserveError, listNames, ProblemList } from '../errors.ts'
import { inNfc, nfcLookup } from '../normal-form.ts'
import { cheapestClass, isObject, leavesOf, nearest, pointer, type Task } from '../recipe/index.ts'
import type { ColumnType, Row } from '../recipe/table.ts'
import { atOnce, type Steps } from '../runtime/steps.ts'
import { setOwn } from '../set-own.ts'
import type { AnswerableLevels, UncertaintyOptions } from '../uncertainty-options.ts'
import { calibratedLogits, calibrationFits, probabilitiesOf } from './calibration.ts'
import { type ColumnEncoder, type InputCell, kindOf, type Unlearnt } from './encoders/column-encoder.ts'
import { type RowEncoder, rowEncoder } from './encoders/row-encoder.ts'
import { SparseRow } from './encoders/sparse-row.ts'
import type { JsonText } from './encoders/words/json-text.ts'
import { explainedCalibrated } from './explain/calibrated.ts'
import { chosenOutput } from './explain/choice.ts'
import { createExplainer, type Explainer } from './explain/explainer.ts'
import type { ExplainOptions, Explanation } from './explain/explanation.ts'
import { buffersOf, freeSteps } from './files/buffers.ts'
import {
  openedSteps,
  type PredictorFiles,
  type PreparedModel,
  preparedSteps,
  type TabledFiles,
} from './files/prepared.ts'
import { activate } from './network/activations.ts'
import { linearUnitOf } from './network/linear-unit.ts'
import { createNetwork, type InputShape } from './network/network.ts'
import { classLogits, classProbabilities } from './ordinal.ts'
import type { Prediction } from './prediction.ts'
import {
  answerInOwnUnit,
  costsOf,
  isOrdinal,
  outputsOf as outputCountOf,
  scoresOf,
  type TargetState,
  taskOf,
} from './target.ts'
import { answerableLevels, type Uncertainty, uncertaintyOf } from './uncertainty.ts'
import { logitsWithoutWords, outputsWithoutWords } from './unknown-texts.ts'

export type { Prediction } from './prediction.ts'
export type { Uncertainty } from './uncertainty.ts'

/** A column whose value lies outside of what the training rows taught, and how. */
export type Note = { feature: string } & Unlearnt

/** What is wrong with one row: the first problems, and the number of all. */
export type RowProblems = Pick<ProblemList, 'first' | 'total'>

/** The problems of a good row. */
const NONE: RowProblems = new ProblemList()

/** A trained model that answers: encoder and network in typed arrays. */
export interface Predictor {
  /** The model's task. */
  readonly task: Task
  /** The columns that a row must have. */
  readonly inputs: readonly { name: string; type: ColumnType }[]
  /** The classes in the order of the network's outputs; empty for a regression. */
  readonly classes: readonly string[]
  /** The targets, where there are several; else empty. */
  readonly targets: readonly string[]
  /** Name of the text column if it is the only input; then `text` and `texts` can be answered. Else null. */
  readonly textInput: string | null
  /** True if that column refuses some texts, so that they have to be checked. Default: false. */
  readonly checksTexts?: boolean
  /** Memory held, in bytes. */
  readonly memoryBytes: number
  /** Bytes that one prediction takes as JSON, at most. */
  readonly answerBytes: number
  /**
   * Returns a row whose keys are spelled as the model's columns, where they differ in their normal form only, without the
   * other columns of the training data; the row itself if it has neither.
   */
  named(row: unknown): unknown
  /**
   * Returns what is wrong with a row that a client sent, with paths below `path` (a JSON pointer); no problem if it can
   * be answered. Never throws, whatever it is given.
   * @param most problems that are described; the others are only counted. Default: 100
   */
  check(row: unknown, path: string, most?: number): RowProblems
  /** Answers a row in which `check` found nothing. */
  predict(row: Row): Prediction
  /** Returns a note on each value that lies outside of what was learnt, of a row in which `check` found nothing. */
  notes(row: Row): Note[]
  /**
   * Answers a row in which `check` found nothing, and says why, in steps.
   * @param options in which `faultOfChoice` finds nothing
   */
  explain(row: Row, options: ExplainOptions): Steps<Prediction & Explanation>
  /** The largest levels of intervals and sets; undefined where an earlier release trained the version. */
  readonly levels?: AnswerableLevels
  /** Returns what stands beside an answer, where nothing is wrong with the options. Default: nothing. */
  uncertainty?(prediction: Prediction, options: UncertaintyOptions): Uncertainty
  /** Answers a text for the only text column. The column must not refuse it. */
  predictText(text: string | JsonText): Prediction
  /** Gives the memory back, in steps. Afterwards `predict` and `predictText` throw. */
  freeSteps(): Steps<void>
}

/** Builds a predictor from a version's files. @throws FitserveError `corrupt-artifact` */
export function loadPredictor(files: PredictorFiles | TabledFiles): Predictor {
  return atOnce(predictorSteps(files))
}

/** Does the same in steps: a vocabulary of a million terms takes most of a second. */
export function* predictorSteps(files: PredictorFiles | TabledFiles): Steps<Predictor> {
  return yield* openedPredictor(yield* preparedSteps(files))
}

/** Builds the predictor of a model that a thread has read, in steps. @throws FitserveError `corrupt-artifact` */
export function* openedPredictor(prepared: PreparedModel): Steps<Predictor> {
  return predictorOf(yield* openedSteps(prepared))
}

/**
 * Returns the predictor of a model that has been read, on its tables where they are. @throws FitserveError
 * `corrupt-artifact` if its parts do not fit
 */
export function predictorOf(prepared: PreparedModel): Predictor {
  const { inputs, target, ignored = [] } = prepared.file
  const encoder = encoderOf(prepared)
  const network = createNetwork(prepared.members, { kernels: true, curves: encoder.inputs.curves })
  if (
    !fits(network.inputs, encoder.inputs) ||
    network.outputs !== outputCountOf(target) ||
    !isConsistent(target)
  )
    throw new FitserveError('corrupt-artifact', "The model's encoder and network do not fit together.")
  const columns = new Map(encoder.columns.map((column) => [column.name, column.encoder]))
  const nameOf = nfcLookup(inputs.map(({ name }) => [name, name] as const))
  const isIgnored = ignoredNames(ignored)
  const encoded = new SparseRow()
  const only = inputs.length === 1 ? inputs[0] : undefined
  const calibrated = calibratedBy(target)
  const withoutWords = (calibrated ? logitsWithoutWords : outputsWithoutWords)(inputs, target)
  let freed = false
  let explainer: Explainer | undefined
  const outputsOf = (cellOf: (name: string) => InputCell): Float64Array => {
    // Empty arrays would answer too, and wrongly.
    if (freed) throw new Error('The memory of this model was given back; it can no longer answer')
    encoder.encode(cellOf, encoded)
    const known = encoded.length === 0 ? withoutWords : null
    if (calibrated) return calibrated(known ?? network.logits(encoded, 0, encoded.length))
    return known ?? network.outputsOf(encoded, 0, encoded.length)
  }
  const unit = linearUnitOf(prepared.members)
  const sumOf = encoder.columns.length === 1 ? encoder.columns[0]?.encoder.sum : undefined
  const logit = new Float64Array(1)
  /** Does the same for a model of one unit and one column without encoding; undefined where that is needed. */
  const outputOf = (cell: InputCell): Float64Array | undefined => {
    const sum = unit && !freed ? sumOf?.(cell, unit.bias) : undefined
    if (unit === undefined || sum === undefined) return undefined
    logit[0] = sum
    if (calibrated) return calibrated(logit)
    activate(unit.activation, logit)
    return logit
  }
  return {
    task: taskOf(target),
    classes: 'classes' in target ? target.classes : [],
    targets: target.task === 'severalNumbers' ? target.targets.map(({ name }) => name) : [],
    inputs: inputs.map(({ name, type }) => ({ name, type })),
    textInput: only?.type === 'text' ? only.name : null,
    checksTexts: (only?.cells?.missing ?? []).length > 0,
    memoryBytes: encoder.memoryBytes + network.memoryBytes,
    answerBytes: answerBytesOf(target),
    named: (row) => withoutIgnored(withColumnNames(flattened(row, columns), nameOf), columns, isIgnored),
    check(row, path, most) {
      return isGood(row, columns) ? NONE : problemsOfRow(row, path, columns, most)
    },
    predict(row) {
      const quick = only && outputOf(row[only.name] ?? null)
      return answer(target, quick ?? outputsOf((name) => row[name] ?? null))
    },
    notes: (row) =>
      encoder.columns.flatMap(({ name, encoder: column }) => {
        const unlearnt = column.unlearnt?.(row[name] ?? null)
        return unlearnt ? [{ feature: name, ...unlearnt }] : []
      }),
    *explain(row, options) {
      const prediction = answer(
        target,
        outputsOf((name) => row[name] ?? null),
      )
      explainer ??= createExplainer(prepared, encoder)
      const chosen = chosenOutput(target, prediction, options)
      const told = yield* explainer.explain(row, encoded, chosen, options.top)
      return { ...prediction, ...explainedCalibrated(target, told, chosen) }
    },
    levels: answerableLevels(target),
    uncertainty: (prediction, options) => uncertaintyOf(target, prediction, options),
    predictText(text) {
      return answer(target, outputOf(text) ?? outputsOf(() => text))
    },
    freeSteps() {
      freed = true
      return freeSteps(buffersOf([prepared.tables, prepared.members]))
    },
  }
}

function encoderOf({ file, tables }: PreparedModel): RowEncoder {
  try {
    return rowEncoder(file.inputs, tables)
  } catch (cause) {
    throw new FitserveError('corrupt-artifact', "The model's file encoder.json is damaged.", { cause })
  }
}

/** Returns whether a network takes what an encoder gives: as many numbers, and the same sequences of words. */
function fits(network: InputShape, encoder: InputShape): boolean {
  const plain = ({ numbers, sequences }: InputShape) =>
    JSON.stringify([
      numbers,
      sequences.map(({ base, length, words, dimensions, pooling }) => [
        base,
        length,
        words,
        dimensions,
        pooling,
      ]),
    ])
  return plain(network) === plain(encoder)
}

/** Returns whether the parts of a target are of as many classes. */
function isConsistent(target: TargetState): boolean {
  if (target.task !== 'binary' && target.task !== 'multiclass') return true
  const { calibration, classes } = target
  const costs = costsOf(target)
  const lists = costs ? [costs, ...costs] : []
  if (target.task === 'multiclass' && target.decisionShifts) lists.push(target.decisionShifts)
  return (
    lists.every(({ length }) => length === classes.length) &&
    (!calibration || calibrationFits(calibration, scoresOf(target)))
  )
}

/**
 * Returns a function from a network's logits to calibrated probabilities: the positive class's, or one for each class.
 * Undefined where the target has no calibration.
 */
function calibratedBy(target: TargetState): ((logits: Float64Array) => Float64Array) | undefined {
  if ((target.task !== 'binary' && target.task !== 'multiclass') || !target.calibration) return undefined
  const { calibration } = target
  const scores = scoresOf(target)
  const toClasses = isOrdinal(target)
  return (logits) => {
    const own = toClasses ? classLogits(logits, logits.length) : logits
    return probabilitiesOf(calibratedLogits(calibration, own, scores))
  }
}

/** Returns a row whose nested objects are flattened, as an upload flattens them; a row without any as it is. */
function flattened(row: unknown, columns: Columns): unknown {
  if (!isObject(row) || !Object.entries(row).some(([key, value]) => isObject(value) && !columns.has(key)))
    return row
  const leaves = [...leavesOf(row)]
  // Two ways to one name: the row stays as it is, and the check names the key that is none.
  const names = new Set(leaves.map(({ name }) => name))
  return names.size < leaves.length ? row : Object.fromEntries(leaves.map(({ name, value }) => [name, value]))
}

function withColumnNames(row: unknown, nameOf: (name: string) => string | undefined): unknown {
  if (row === null || typeof row !== 'object' || Array.isArray(row)) return row
  // A column that is there twice, in two spellings, stays so: the check then names the key that is too many.
  const nameFor = (key: string) => {
    const name = nameOf(key) ?? key
    return Object.hasOwn(row, name) ? key : name
  }
  const entries = Object.entries(row)
  if (entries.every(([key]) => nameFor(key) === key)) return row
  return Object.fromEntries(entries.map(([key, value]) => [nameFor(key), value]))
}

/** Returns a function that tells whether a key is a column of the training data that is not read. */
function ignoredNames(names: readonly string[]): (key: string) => boolean {
  const known = new Set(names.map(inNfc))
  return (key) => known.has(key) || known.has(inNfc(key))
}

function withoutIgnored(row: unknown, columns: Columns, isIgnored: (key: string) => boolean): unknown {
  if (!isObject(row)) return row
  const keys = Object.keys(row)
  // A row of the inputs alone, as most are, has no other key.
  if (keys.length <= columns.size && keys.every((key) => columns.has(key))) return row
  if (!keys.some((key) => !columns.has(key) && isIgnored(key))) return row
  return Object.fromEntries(Object.entries(row).filter(([key]) => columns.has(key) || !isIgnored(key)))
}

type Columns = ReadonlyMap<string, Pick<ColumnEncoder, 'fault'>>

function isGood(row: unknown, columns: Columns): boolean {
  if (row === null || typeof row !== 'object' || Array.isArray(row)) return false
  for (const [name, column] of columns)
    if (!Object.hasOwn(row, name) || column.fault(Reflect.get(row, name)) !== undefined) return false
  // It has all columns, so any further key is none of them.
  return Object.keys(row).length === columns.size
}

function problemsOfRow(row: unknown, path: string, columns: Columns, most?: number): RowProblems {
  const problems = new ProblemList(most)
  if (row === null || typeof row !== 'object' || Array.isArray(row)) {
    problems.add(() => {
      const names = listNames([...columns.keys()], MAX_LISTED)
      return { path, message: `Expected an object with the columns ${names}, got ${kindOf(row)}.` }
    })
    return problems
  }
  for (const [name, column] of columns) {
    const fault = Object.hasOwn(row, name)
      ? column.fault(Reflect.get(row, name))
      : 'The column is missing. Send null if the row has no value for it.'
    if (fault !== undefined) problems.add(() => ({ path: path + pointer([name]), message: fault }))
  }
  for (const key of Object.keys(row))
    if (!columns.has(key)) problems.add(() => extraKey(key, [...columns.keys()], path))
  return problems
}

/** Names of columns that a message lists. */
const MAX_LISTED = 50

function extraKey(key: string, names: readonly string[], path: string): FieldProblem {
  const near = nearest(key, names)
  const hint = near === undefined ? `Expected ${listNames(names, MAX_LISTED)}.` : `Did you mean "${near}"?`
  return { path: path + pointer([key.slice(0, 100)]), message: `The model has no such input column. ${hint}` }
}

/** Bytes of a number with its comma and colon, and of the names of an answer's fields. */
const NUMBER_BYTES = 28
const FIELDS_BYTES = 100
/** Bytes of the names of the fields of one answered label. */
const LABEL_BYTES = 22

function jsonBytes(text: string): number {
  return Buffer.byteLength(JSON.stringify(text))
}

function answerBytesOf(target: TargetState): number {
  if (target.task === 'regression') return FIELDS_BYTES
  if (target.task === 'severalNumbers')
    return target.targets.reduce((sum, { name }) => sum + jsonBytes(name) + NUMBER_BYTES, FIELDS_BYTES)
  const labels = target.classes.map(jsonBytes)
  const probabilities = labels.reduce((sum, bytes) => sum + bytes + NUMBER_BYTES, 0)
  // Each label may also be answered.
  if (target.task === 'multiLabel') return FIELDS_BYTES + 2 * probabilities + LABEL_BYTES * labels.length
  const longest = labels.reduce((most, bytes) => Math.max(most, bytes), 0)
  return FIELDS_BYTES + longest + probabilities
}

function answer(target: TargetState, outputs: Float64Array): Prediction {
  if (target.task === 'regression') return { value: answerInOwnUnit(target, outputs[0] ?? 0) }
  if (target.task === 'multiLabel') return labelsAnswer(target, outputs)
  if (target.task === 'severalNumbers') {
    const values: Record<string, number> = {}
    for (const [at, { name, state }] of target.targets.entries())
      setOwn(values, name, answerInOwnUnit(state, outputs[at] ?? 0))
    return { values }
  }
  const probabilities: Record<string, number> = {}
  if (target.task === 'binary') {
    const score = outputs[0] ?? 0
    const [negative = '', positive = ''] = target.classes
    setOwn(probabilities, negative, 1 - score)
    setOwn(probabilities, positive, score)
    return score >= target.threshold
      ? { label: positive, score, confidence: score, probabilities }
      : { label: negative, score, confidence: 1 - score, probabilities }
  }
  const shares = target.ordinal && !target.calibration ? classProbabilities(outputs) : outputs
  const { decisionShifts } = target
  let best = 0
  for (const [position, label] of target.classes.entries()) {
    const probability = shares[position] ?? 0
    setOwn(probabilities, label, probability)
    if (probability > (shares[best] ?? 0)) best = position
  }
  if (target.costs) best = cheapestClass(target.costs, (label) => shares[label] ?? 0)
  else if (decisionShifts) best = likeliestWithout(decisionShifts, shares)
  const score = shares[best] ?? 0
  return { label: target.classes[best] ?? '', score, confidence: score, probabilities }
}

/** Returns the class that was the likeliest one before the shifts. */
function likeliestWithout(shifts: readonly number[], probabilities: Float64Array): number {
  const before = probabilities.map((probability, label) => Math.log(probability) - (shifts[label] ?? 0))
  return before.reduce((best, value, label) => (value > (before[best] ?? 0) ? label : best), 0)
}

function labelsAnswer(
  { classes, thresholds }: Extract<TargetState, { task: 'multiLabel' }>,
  outputs: Float64Array,
): Prediction {
  const probabilities: Record<string, number> = {}
  const labels: { label: string; score: number }[] = []
  for (const [position, label] of classes.entries()) {
    const score = outputs[position] ?? 0
    setOwn(probabilities, label, score)
    if (score >= (thresholds[position] ?? 0.5)) labels.push({ label, score })
  }
  return { labels: labels.sort((a, b) => b.score - a.score), probabilities }
}
