import {
  candidateRecipes,
  LEAST_OF_CLASS,
  MOST_KEPT_MB,
  mayCompareOnSample,
  networkFamily,
  onSample,
  SAMPLE_ROWS,
} from './candidates.ts'
import { outputCount } from './columns.ts'
import { ROTATIONS } from './coordinates.ts'
import {
  DATE_PARTS,
  embeddingParameters,
  estimateInputs,
  numberInputs,
  parameterCounts,
  rotatedInputs,
} from './cost.ts'
import { defined } from './defined.ts'
import { kindOfEncoder } from './encoders/index.ts'
import { treeMegabytes, treeSeconds } from './estimate-trees.ts'
import { isTrees, type Trees, treesOf } from './network.ts'
import type { CompleteRecipe } from './schema.ts'
import { type ColumnDescription, isDateType, type TableDescription } from './table.ts'
import { targetNames } from './targets.ts'
import { vectorDimensions } from './vectors.ts'

/** Estimated cost of a training run, right to a factor of two or three. */
export interface Estimate {
  /** Upper bound of the network's inputs: a vocabulary may turn out smaller. */
  inputs: number
  /** Weights and biases of all networks. */
  parameters: number
  /** Time from the start of the process to the finished model. */
  seconds: number
  /** The part of `seconds` that starting a process takes; the parts of a job share one process. */
  startSeconds: number
  /** Largest memory of the process. */
  memoryMb: number
}

/** The estimate of one kind of a recipe's members, apart from what its process takes anyway. */
interface KindEstimate extends Omit<Estimate, 'memoryMb'> {
  /** Memory of rows and members. */
  dataMb: number
  tensorflow: boolean
}

/*
 * All figures were measured on one 2-core machine of 2026; training/engines.ts has more about the steps.
 */
/** Time to start a training process. */
const START_SECONDS = 0.6
/** Further time to load TensorFlow. */
const TENSORFLOW_START_SECONDS = 1
/** Memory of a training process without data. */
const BASE_MB = 200
/** Further memory of TensorFlow. */
const TENSORFLOW_MB = 350
/** Time to read and encode one cell, without the characters of a text. */
const CELL_NS = 300
/** Time of one multiplication of the typed engine. */
const TYPED_NS = 0.13
/** The same for the nonzero inputs of sparse rows. */
const EMPTY_NS = 0.3
/** Time of one multiplication of TensorFlow. */
const TENSORFLOW_NS = 0.07
/** Time to update one weight. */
const WEIGHT_NS = 0.6
/** Time to update one weight if only the weights of nonzero inputs are updated. */
const LAZY_WEIGHT_NS = 3
/** Share of nonzero inputs in a step below which only their weights are updated. */
const LAZY_SHARE = 0.5
/** Fixed time of a step of the typed engine. */
const TYPED_STEP_MS = 0.005
/** Fixed time of a step of TensorFlow. */
const TENSORFLOW_STEP_MS = 1.5
/** Multiplications per step above which TensorFlow beats the typed engine. */
const DISPATCH = 20_000_000
/** Bytes for each parameter: weight, gradient and two optimizer slots of 4 bytes each, and a copy of the best epoch. */
const WEIGHT_BYTES = 24
/** Bytes for each parameter of a fitted network. */
const NETWORK_BYTES = 4
/** Bytes for each nonzero input of an encoded row. */
const FILLED_BYTES = 9
/** Memory of a set of word vectors for each dimension, as it is read and as each text column has it. */
const DIMENSION_MB = 0.6

/**
 * Estimates one training run of a recipe, on all its rows. Where it has candidates that is the run of each of them, with
 * their folds: these are no jobs of their own. A budget has its folds in the same job too, and bounds the time.
 */
export function estimateCost(recipe: CompleteRecipe, table: TableDescription): Estimate {
  const compared = candidateRecipes(recipe).map((each) => estimateKinds(each, table))
  const [own] = compared
  if (!own) throw new RangeError('a recipe is its own first candidate')
  const { kFold, repeats = 1 } = recipe.validation ?? {}
  const folds = kFold === undefined ? null : foldFits({ kFold, repeats, time: recipe.time })
  const hasParts = recipe.candidates === null && recipe.budget === null
  const runs = hasParts || folds === null ? 1 : KEPT_SHARE + folds
  const work =
    recipe.candidates !== null && comparesOnSample(recipe, table)
      ? sampledWork(recipe, compared, table)
      : compared.reduce((sum, each) => sum + workOf(each) * runs, 0)
  // Two further points: a quarter and half of the rows, after a split without the last fit.
  const points = folds === null ? recipe.epochs / epochsOf(recipe) : folds
  const curve = points * LEARNING_CURVE_ROWS + (folds === null ? 0 : 2 * KEPT_SHARE)
  const whole = work + (recipe.learningCurve ? workOf(own) * curve : 0)
  return {
    ...own,
    seconds: own.startSeconds + Math.min(whole, recipe.budget?.seconds ?? Number.POSITIVE_INFINITY),
    memoryMb: Math.max(...compared.map((each) => each.memoryMb)) + keptMegabytes(recipe, compared),
  }
}

/**
 * Returns the memory of the networks that are kept because later candidates have them too.
 * @param compared one estimate a candidate
 */
function keptMegabytes(recipe: CompleteRecipe, compared: readonly Estimate[]): number {
  const { kFold, repeats = 1 } = recipe.validation ?? {}
  // Folds are fitted twice, and all rows once at last.
  const fits = kFold === undefined ? 2 : 2 * kFold * repeats + 1
  const recipes = candidateRecipes(recipe)
  const families = recipes.map(networkFamily)
  const bytes = compared.map(({ parameters }, at) => {
    const own = recipes[at]
    const isFirst = families.indexOf(families[at] ?? '') === at
    const isShared = families.lastIndexOf(families[at] ?? '') > at
    return own && !isTrees(own) && isFirst && isShared ? parameters * NETWORK_BYTES * fits : 0
  })
  return Math.min(MOST_KEPT_MB, bytes.reduce((sum, each) => sum + each, 0) / 1e6)
}

function workOf({ seconds, startSeconds }: Pick<Estimate, 'seconds' | 'startSeconds'>): number {
  return seconds - startSeconds
}

/** Returns whether candidates are compared on a sample, of which each class is likely to have enough rows. */
function comparesOnSample(recipe: CompleteRecipe, table: TableDescription): boolean {
  const counts = recipe.task === 'regression' ? [] : Object.values(firstTarget(recipe, table)?.classes ?? {})
  const labelled = labelledRows(recipe, table)
  const hasAll = counts.every((count) => count * SAMPLE_ROWS >= LEAST_OF_CLASS * labelled)
  return recipe.encoder === null && hasAll && mayCompareOnSample(recipe, labelled)
}

function firstTarget(recipe: CompleteRecipe, { columns }: TableDescription): ColumnDescription | undefined {
  return columns.find(({ name }) => name === targetNames(recipe)[0])
}

function labelledRows(recipe: CompleteRecipe, table: TableDescription): number {
  return table.rows - (firstTarget(recipe, table)?.missing ?? 0)
}

/** Returns the seconds of all candidates on a sample, and then of the one that takes longest: it may be the best. */
function sampledWork(recipe: CompleteRecipe, compared: readonly Estimate[], table: TableDescription): number {
  const sample = { ...table, rows: SAMPLE_ROWS }
  const tried = candidateRecipes(recipe).map((each) =>
    estimateKinds(onSample(each, labelledRows(recipe, table)), sample),
  )
  return tried.reduce((sum, each) => sum + workOf(each), Math.max(...compared.map(workOf)))
}

/**
 * Estimates a recipe with all kinds of its members. They are fitted one after the other, but finished members are held until
 * the end, and so are rows: one time for all networks, and one time for trees.
 */
function estimateKinds(recipe: CompleteRecipe, table: TableDescription): Estimate {
  const recipes = eachKind(recipe)
  const kinds = recipes.map((kind) => estimateOne(kind, table))
  const [own, ...others] = kinds
  if (!own) throw new RangeError('a recipe is its own first kind')
  const firsts = [true, false].map((grown) => recipes.findIndex((kind) => isTrees(kind) === grown))
  const megabytes = kinds.map(({ dataMb, parameters }, at) =>
    firsts.includes(at) ? dataMb : (parameters * WEIGHT_BYTES) / 1e6,
  )
  const { inputs, parameters, startSeconds, seconds } = own
  return {
    inputs,
    parameters,
    startSeconds,
    seconds: seconds + others.reduce((sum, each) => sum + workOf(each), 0),
    memoryMb:
      BASE_MB +
      (kinds.some(({ tensorflow }) => tensorflow) ? TENSORFLOW_MB : 0) +
      megabytes.reduce((sum, each) => sum + each, 0),
  }
}

/** Share of the epochs that the version is trained for after k-fold: the best of them may be any. */
export const KEPT_SHARE = 0.5
/** Rows of the further points of a learning curve together. */
const LEARNING_CURVE_ROWS = 0.75

/** Returns the time of all folds, first for all epochs and then for those that are kept, in fits to all rows. */
function foldFits({ kFold, repeats, time }: { kFold: number; repeats: number; time: string | null }): number {
  return kFold * repeats * foldShare({ kFold, time }) * (1 + KEPT_SHARE)
}

/** Returns the share of the rows that a fold trains on: all but its own; by time those before it, on average half of all. */
export function foldShare({ kFold, time }: { kFold: number; time: string | null }): number {
  return time === null ? 1 - 1 / kFold : 0.5
}

/** Returns a recipe as one for each kind of its networks. */
function eachKind(recipe: CompleteRecipe): CompleteRecipe[] {
  return [recipe, ...recipe.otherMembers.map((member) => ({ ...recipe, ...defined(member) }))]
}

function estimateOne(recipe: CompleteRecipe, table: TableDescription): KindEstimate {
  const trees = treesOf(recipe)
  return trees ? estimateTrees(recipe, trees, table) : estimateLayers(recipe, table)
}

function estimateTrees(recipe: CompleteRecipe, trees: Trees, table: TableDescription): KindEstimate {
  const columns = recipe.inputs.flatMap((name) => table.columns.find((column) => column.name === name) ?? [])
  const target = table.columns.find((column) => column.name === targetNames(recipe)[0])
  const features = columns.reduce((sum, { type }) => sum + (isDateType(type) ? 1 + DATE_PARTS / 2 : 1), 0)
  const shape = {
    rows: trainingRows(recipe, table.rows),
    features,
    outputs: target ? outputCount(recipe, target) : 1,
    epochs: epochsOf(recipe) * recipe.ensemble,
  }
  const encoding = table.rows * columns.length * CELL_NS
  return {
    inputs: Math.ceil(features),
    parameters: shape.epochs * shape.outputs * trees.leaves,
    startSeconds: START_SECONDS,
    seconds: START_SECONDS + encoding / 1e9 + treeSeconds(trees, shape),
    dataMb: treeMegabytes(trees, { ...shape, rows: table.rows }),
    tensorflow: false,
  }
}

function estimateLayers(recipe: CompleteRecipe, table: TableDescription): KindEstimate {
  const columns = recipe.inputs.flatMap((name) => table.columns.find((column) => column.name === name) ?? [])
  const target = table.columns.find((column) => column.name === targetNames(recipe)[0])
  const texts = columns.filter((column) => column.type === 'text')
  const inputs = estimateInputs(recipe, columns)
  const outputs = target ? outputCount(recipe, target) : 1
  const counts = parameterCounts(inputs, recipe.layers, outputs)
  const embedding = embeddingParameters(recipe, columns)
  const parameters = counts.reduce((sum, count) => sum + count, 0) + embedding
  const characters = table.rows * texts.reduce((sum, { meanLength = 0 }) => sum + meanLength, 0)
  const filled = filledInputs(recipe, columns, inputs)
  const { encoder } = recipe
  const kind = encoder && kindOfEncoder(encoder)
  const terms = kind && texts.length > 0 ? kind.likelyTerms(encoder, characters) : inputs
  const { rows } = table
  const curved = curvedInputs(recipe, columns)
  const step = stepCost(recipe, { inputs, filled, curved, rows, terms, counts, embedding, outputs })
  const steps = Math.ceil(trainingRows(recipe, table.rows) / recipe.batchSize) * epochsOf(recipe)
  const textNs = kind ? textEncodings(recipe) * characters * kind.nsPerCharacter(encoder) : 0
  const encoding = textNs + table.rows * columns.length * CELL_NS
  const { ensemble } = recipe
  return {
    inputs,
    parameters: parameters * ensemble,
    startSeconds: START_SECONDS + step.start,
    seconds: START_SECONDS + step.start + encoding / 1e9 + (ensemble * steps * step.ms) / 1e3,
    dataMb:
      ((kind ? kind.bytes(encoder, characters) : 0) +
        parameters * ensemble * WEIGHT_BYTES +
        table.rows * filled * FILLED_BYTES) /
        1e6 +
      vectorDimensions(recipe) * texts.length * DIMENSION_MB,
    tensorflow: step.tensorflow,
  }
}

interface Shapes {
  inputs: number
  filled: number
  /** Inputs of piecewise linear numbers beyond two for each: the typed engine does not multiply these. */
  curved: number
  rows: number
  /** Likely size of the vocabulary. */
  terms: number
  counts: readonly number[]
  embedding: number
  outputs: number
}

function stepCost(recipe: CompleteRecipe, shapes: Shapes) {
  const { inputs, filled, curved, counts, embedding, outputs } = shapes
  const batch = Math.min(recipe.batchSize, shapes.rows)
  const first = recipe.layers[0]?.units ?? outputs
  const sparse = filled < inputs / 5
  const rest = counts.slice(1).reduce((sum, count) => sum + count, 0)
  const empty = sparse ? batch * filled * first : 0
  const full = batch * (rest + (sparse ? 0 : (inputs - curved) * first))
  const tensorflow =
    recipe.engine === 'tensorflow' || embedding > 0 || (recipe.engine === 'auto' && full >= DISPATCH + empty)
  const weights = firstLayerNs(recipe, shapes, sparse ? batch * filled : inputs) + rest * WEIGHT_NS
  const ns =
    (tensorflow ? (full + batch * (sparse ? 0 : curved * first)) * TENSORFLOW_NS : full * TYPED_NS) +
    empty * EMPTY_NS * (tensorflow ? 10 : 1) +
    weights +
    embedding * WEIGHT_NS
  const ms = (tensorflow ? TENSORFLOW_STEP_MS : TYPED_STEP_MS) + ns / 1e6
  // Validation rows take a forward pass after every epoch.
  const validates = recipe.validation === null ? 1 : 1.2
  return { tensorflow, ms: ms * validates, start: tensorflow ? TENSORFLOW_START_SECONDS : 0 }
}

/**
 * Returns the time in nanoseconds to update the first layer's weights in a step.
 * @param touched number of nonzero inputs
 */
function firstLayerNs(recipe: CompleteRecipe, { inputs, terms, counts }: Shapes, touched: number): number {
  const there = Math.min(inputs, terms)
  const perInput = (counts[0] ?? 0) / Math.max(1, inputs)
  const { optimizer, layers, outputL1 } = recipe
  const moves = optimizer.type === 'adam' || optimizer.type === 'adamW'
  const remembers = 'momentum' in optimizer && optimizer.momentum > 0
  const penalty = (layers[0]?.l1 ?? outputL1) + (layers[0]?.l2 ?? 0) > 0
  if (moves || remembers || penalty || touched >= LAZY_SHARE * there) return there * perInput * WEIGHT_NS
  return touched * perInput * LAZY_WEIGHT_NS
}

/** Returns the average number of nonzero inputs of a row. */
function filledInputs(recipe: CompleteRecipe, columns: readonly ColumnDescription[], inputs: number): number {
  const { encoder } = recipe
  let filled = 0
  for (const column of columns) {
    // Bins fill up to the value's own: half of them on average.
    if (column.type === 'number') filled += (1 + numberInputs(recipe, column.name)) / 2
    else if (isDateType(column.type)) filled += (1 + numberInputs(recipe, column.name)) / 2 + DATE_PARTS
    else if (column.type !== 'text') filled += 1
    else if (encoder)
      filled +=
        kindOfEncoder(encoder).filledInputs(encoder, column.meanLength ?? 0) + vectorDimensions(recipe)
  }
  return Math.min(inputs, filled + rotatedInputs(recipe) / 2)
}

function curvedInputs(recipe: CompleteRecipe, columns: readonly ColumnDescription[]): number {
  const widths = columns.flatMap(({ type, name }) =>
    type === 'number' || isDateType(type) ? [numberInputs(recipe, name)] : [],
  )
  const rotated = ROTATIONS.map(() => rotatedInputs(recipe) / ROTATIONS.length)
  return [...widths, ...rotated].reduce((sum, width) => sum + Math.max(0, width - 3), 0)
}

function trainingRows({ validation }: CompleteRecipe, rows: number): number {
  if (validation?.split !== undefined) return rows * (1 - validation.split)
  return validation?.rows === undefined ? rows : Math.max(1, rows - validation.rows)
}

/** Returns how often the texts are read: after a split once more, for the vocabulary of all rows that the last fit has. */
function textEncodings({ finalEpochs, validation }: CompleteRecipe): number {
  return finalEpochs !== null && validation !== null && validation.kFold === undefined ? 2 : 1
}

/** Returns the epochs of all fits, including a last fit after validation. */
function epochsOf({ epochs, finalEpochs, validation }: CompleteRecipe): number {
  const last = finalEpochs === null ? 0 : finalEpochs === 'best' ? epochs : finalEpochs
  // The folds before it are separate trainings.
  return validation?.kFold === undefined ? epochs + last : Math.min(last, epochs)
}
