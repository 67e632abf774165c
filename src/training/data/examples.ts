import type { InputCell } from '../../models/encoders/column-encoder.ts'
import { kindOfText } from '../../models/encoders/kinds.ts'
import {
  type InputStates,
  inputFitter,
  type RowEncoder,
  rowEncoder,
  weighByLabels,
} from '../../models/encoders/row-encoder.ts'
import { SparseRow, SparseRowsBuilder } from '../../models/encoders/sparse-row.ts'
import type { WordVectors } from '../../models/encoders/word-vectors.ts'
import {
  fitSeveral,
  fitTarget,
  type TargetState,
  targetWidth,
  targetWriter,
  trueNumbers,
} from '../../models/target.ts'
import { logitsWithoutWords } from '../../models/unknown-texts.ts'
import { type CompleteRecipe, NO_VECTORS, targetNames } from '../../recipe/index.ts'
import type { Cell } from '../../recipe/table.ts'
import type { Examples } from '../engine.ts'
import type { ChosenRows } from './rows.ts'
import { columnOf, type TrainingTable } from './tables.ts'
import { meanWeight, weightsOf } from './weights.ts'

/** Encoder and target, fitted on the training rows, and the encoded rows. */
export interface Prepared {
  inputs: InputStates
  target: TargetState
  /** Names of the columns of the training data that are neither. */
  ignored: readonly string[]
  training: Examples
  validation: Examples | null
}

/** Lets the process read its messages when it is time to, else returns undefined; rejects when the job is to end. */
export type Breathe = () => Promise<void> | undefined

/** Fits encoder and target to the training rows and encodes all chosen rows. */
export async function prepare(
  recipe: CompleteRecipe,
  table: TrainingTable,
  rows: ChosenRows,
  breathe: Breathe,
): Promise<Prepared> {
  let inputs = await fitInputs(recipe, table, rows.training, breathe)
  const names = targetNames(recipe)
  const ownWeights = recipe.weights === null ? null : weightsOf(table, recipe.weights, rows.training)
  const state = learnTarget(recipe, table, rows, ownWeights)
  const encode = (chosen: Uint32Array) =>
    encodeExamples({ inputs, target: state }, names, table, chosen, breathe)
  const encoded = await encode(rows.training)
  // With a mean of 1, learning rates and penalties mean the same whatever the unit of the weights.
  const unit = ownWeights ? meanWeight(ownWeights) : 1
  const training = ownWeights ? { ...encoded, weights: ownWeights.map((weight) => weight / unit) } : encoded
  if (recipe.encoder && kindOfText(recipe.encoder).learnsLabels(recipe.encoder)) {
    if (!('classes' in state) || state.task === 'multiLabel')
      throw new RangeError('an encoder that learns from labels, without classes')
    inputs = weighByLabels(inputs, training.rows, training.targets, state.classes.length)
  }
  return {
    inputs,
    target: state,
    ignored: table.ignored ?? [],
    training,
    validation: rows.validation && (await weighted(recipe, table, rows.validation, encode)),
  }
}

function learnTarget(
  recipe: CompleteRecipe,
  table: TrainingTable,
  { training, validation }: ChosenRows,
  weights: Float64Array | null,
): TargetState {
  const [first = '', ...others] = targetNames(recipe)
  const valuesOf = (name: string, ...parts: (Uint32Array | null)[]) => cells(columnOf(table, name), ...parts)
  if (others.length > 0)
    return fitSeveral(
      recipe,
      [first, ...others].map((name) => [name, valuesOf(name, training)]),
    )
  return fitTarget(recipe, valuesOf(first, training, validation), valuesOf(first, training), weights)
}

async function weighted(
  { weights }: CompleteRecipe,
  table: TrainingTable,
  rows: Uint32Array,
  encode: (rows: Uint32Array) => Promise<Examples>,
): Promise<Examples> {
  const examples = await encode(rows)
  return weights === null ? examples : { ...examples, weights: weightsOf(table, weights, rows) }
}

/** Encodes rows by a fitted encoder. @param targets the columns that the network is to predict */
export async function encodeExamples(
  { inputs, target }: { inputs: InputStates; target: TargetState },
  targets: readonly string[],
  table: TrainingTable,
  rows: Uint32Array,
  breathe: Breathe,
): Promise<Examples> {
  const encoder = rowEncoder(inputs)
  const emptyLogits = logitsWithoutWords(inputs, target)
  return {
    ...(emptyLogits ? { emptyLogits } : {}),
    rows: await encodeRows(encoder, table, rows, breathe),
    inputs: encoder.inputs,
    targets: encodeTargets(target, targets, table, rows),
  }
}

/** Returns what the network learns of rows. Shape [rows, `targetWidth`]. */
export function encodeTargets(
  target: TargetState,
  names: readonly string[],
  table: TrainingTable,
  rows: Uint32Array,
): Float32Array {
  const width = targetWidth(target)
  const write = targetWriter(target)
  const columns = names.map((name) => columnOf(table, name))
  const targets = new Float32Array(rows.length * width)
  const own: Cell[] = []
  for (const [at, row] of rows.entries()) {
    for (const [index, cellOf] of columns.entries()) own[index] = cellOf(row)
    write(own, targets, at * width)
  }
  return targets
}

/**
 * Returns the truth of rows in the target's own unit, also of values that the network could not have learnt; of several
 * targets side by side, shape [rows, targets]. Null for a classifier.
 */
export function ownTruth(
  target: TargetState,
  targets: readonly string[],
  table: TrainingTable,
  rows: Uint32Array,
): Float64Array | null {
  const states =
    target.task === 'severalNumbers'
      ? target.targets.map(({ state }) => state)
      : target.task === 'regression'
        ? [target]
        : []
  const parts = states.map((state, at) => {
    const cellOf = columnOf(table, targets[at] ?? '')
    const numberOf = trueNumbers(state)
    return (row: number) => numberOf(cellOf(row))
  })
  if (parts.length === 0) return null
  const truth = new Float64Array(rows.length * parts.length)
  for (const [at, row] of rows.entries())
    for (const [index, of] of parts.entries()) truth[at * parts.length + index] = of(row)
  return truth
}

async function fitInputs(
  recipe: CompleteRecipe,
  table: TrainingTable,
  rows: Uint32Array,
  breathe: Breathe,
): Promise<InputStates> {
  const fitter = inputFitter(
    recipe,
    (name) => typeOf(table, name),
    (name) => table.cells?.get(name),
    (name) => {
      const column = table.columns.get(name)
      return column && 'format' in column ? column.format : undefined
    },
    vectorsFor(recipe, table),
  )
  await forEachRow(table, recipe.inputs, rows, breathe, (cellOf) => fitter.add(cellOf))
  return fitter.finish()
}

/** Returns the word vectors of a recipe; null where it has none. */
function vectorsFor({ vectors }: CompleteRecipe, { vectorSets }: TrainingTable): WordVectors | null {
  if (vectors === NO_VECTORS) return null
  const set = vectorSets?.get(vectors)
  if (!set) throw new RangeError('word vectors that were not read')
  return set
}

async function encodeRows(
  encoder: RowEncoder,
  table: TrainingTable,
  rows: Uint32Array,
  breathe: Breathe,
): Promise<Examples['rows']> {
  const builder = new SparseRowsBuilder(encoder.width, rows.length)
  const encoded = new SparseRow()
  const names = encoder.columns.map(({ name }) => name)
  await forEachRow(table, names, rows, breathe, (cellOf) => {
    encoder.encode(cellOf, encoded)
    builder.add(encoded)
  })
  return builder.build()
}

/** Calls back with the cells of each row, by column name. One function serves all rows, and few rows await anything. */
async function forEachRow(
  table: TrainingTable,
  names: readonly string[],
  rows: Uint32Array,
  breathe: Breathe,
  take: (cellOf: (name: string) => InputCell) => void,
): Promise<void> {
  const columns = new Map(names.map((name) => [name, inputOf(table, name)]))
  let current = 0
  const cellOf = (name: string) => columns.get(name)?.(current) ?? null
  for (const row of rows) {
    current = row
    take(cellOf)
    const pause = breathe()
    if (pause) await pause
  }
}

/** Returns an input column as a function of the row number; its texts may have been cut into words. */
export function inputOf(table: TrainingTable, name: string): (row: number) => InputCell {
  return table.words?.get(name)?.reader() ?? columnOf(table, name)
}

/** Returns the type of an input column. */
export function typeOf(table: TrainingTable, name: string) {
  if (table.words?.has(name)) return 'text'
  const column = table.columns.get(name)
  if (!column) throw new RangeError('the table lacks a column of the recipe')
  return column.type
}

function* cells(column: (row: number) => Cell, ...parts: (Uint32Array | null)[]): Generator<Cell> {
  for (const rows of parts) if (rows) for (const row of rows) yield column(row)
}
