import { z } from 'zod'
import type { CompleteRecipe } from '../../recipe/index.ts'
import type { ColumnType } from '../../recipe/table.ts'
import { atOnce, type Steps } from '../../runtime/steps.ts'
import type { InputShape, SequenceShape } from '../network/network.ts'
import type { Curve } from '../network/weights.ts'
import { CategoryState, categoryEncoder, categoryFitter } from './category.ts'
import type { ColumnEncoder, ColumnFitter, InputCell } from './column-encoder.ts'
import { type LongTexts, NO_LONG_TEXTS } from './long-texts.ts'
import { logCountRatios, scaleTerms } from './naive-bayes.ts'
import { NumberState, numberEncoder, numberFitter } from './number.ts'
import { packed } from './packed.ts'
import {
  encoderOfSequence,
  SequenceState,
  type SequenceTables,
  sequenceFitter,
  sequenceTables,
} from './sequence.ts'
import type { SparseRow, SparseRows } from './sparse-row.ts'
import { type BagTables, bagEncoder, bagTables, TextState, textFitter } from './text.ts'

/** A fitted column; a new kind of encoder is a new member here, in `columnFitter` and in `encoderOf`. */
const ColumnState = z.discriminatedUnion('kind', [
  TextState,
  SequenceState,
  ...NumberState.options,
  CategoryState,
])
type ColumnState = z.infer<typeof ColumnState>

/** The fitted inputs of a model, in the recipe's order. */
export const InputStates = z.array(
  z.object({ name: z.string(), type: z.enum(['number', 'boolean', 'category', 'text']), state: ColumnState }),
)
export type InputStates = z.infer<typeof InputStates>

/** Learns all inputs from their training rows, one row after the other. */
export interface InputFitter {
  add(cellOf: (name: string) => InputCell): void
  finish(): InputStates
}

/** Fits every input column of a recipe. @param typeOf the type of a column */
export function inputFitter(recipe: CompleteRecipe, typeOf: (name: string) => ColumnType): InputFitter {
  const fitters = recipe.inputs.map((name) => {
    const type = typeOf(name)
    return { name, type, fitter: columnFitter(name, type, recipe) }
  })
  return {
    add(cellOf) {
      for (const { name, fitter } of fitters) fitter.add(cellOf(name))
    },
    finish: () => fitters.map(({ name, type, fitter }) => ({ name, type, state: fitter.finish() })),
  }
}

function columnFitter(name: string, type: ColumnType, recipe: CompleteRecipe): ColumnFitter<ColumnState> {
  const options = Object.hasOwn(recipe.columns, name) ? (recipe.columns[name] ?? {}) : {}
  const missing = options.missing ?? recipe.missing
  const refuseGaps = missing === 'refuse'
  switch (type) {
    case 'text':
      if (!recipe.encoder) throw new RangeError('a text column without a text encoder')
      return recipe.encoder.type === 'sequence'
        ? sequenceFitter(recipe.encoder, refuseGaps)
        : textFitter(recipe.encoder, refuseGaps)
    case 'number': {
      const scaling = options.scaling ?? recipe.scaling
      return numberFitter({ scaling, missing, bins: options.bins ?? recipe.bins })
    }
    case 'category':
      return categoryFitter({ valueType: 'string', refuseGaps, refuseUnseen: options.unseen === 'refuse' })
    case 'boolean':
      return categoryFitter({ valueType: 'boolean', refuseGaps, refuseUnseen: false })
  }
}

/** What was read of the columns' vocabularies, in the order of the inputs; null where a column has none. */
export type InputTables = readonly (BagTables | SequenceTables | null)[]

/** Reads the vocabularies of fitted inputs. @param texts what of the states is still bytes */
export function* inputTables(states: InputStates, texts: LongTexts): Steps<InputTables> {
  const tables = []
  for (const { state } of states) {
    if (state.kind === 'text') tables.push(yield* bagTables(state, texts))
    else if (state.kind === 'sequence') tables.push(yield* sequenceTables(state, texts))
    else tables.push(null)
  }
  return tables
}

function encoderOf(state: ColumnState, tables: InputTables[number]): ColumnEncoder {
  switch (state.kind) {
    case 'text':
      if (!tables || !('width' in tables)) break
      return bagEncoder(state, tables)
    case 'sequence':
      if (!tables || 'width' in tables) break
      return encoderOfSequence(state, tables)
    case 'number':
    case 'quantile':
    case 'piecewiseLinear':
      return numberEncoder(state)
    case 'category':
      return categoryEncoder(state)
  }
  throw new RangeError('tables of another kind of column')
}

/** All inputs of a model side by side. */
export interface RowEncoder {
  readonly columns: readonly { name: string; type: ColumnType; encoder: ColumnEncoder; base: number }[]
  /** What the network takes: the numbers of all columns, then the sequences of words. */
  readonly inputs: InputShape
  /** Number of positions of an encoded row. */
  readonly width: number
  readonly memoryBytes: number
  /** Encodes one row, whose values are asked for by column name, into `row`, which is cleared first. */
  encode(cellOf: (name: string) => InputCell, row: SparseRow): void
}

/**
 * The encoder of fitted inputs: the numbers of each column stand after those of the columns before it, and all
 * sequences of words after all numbers.
 * @param tables what was read of the vocabularies; with them, long texts of the states are not looked at
 */
export function rowEncoder(
  states: InputStates,
  tables: InputTables = atOnce(inputTables(states, NO_LONG_TEXTS)),
): RowEncoder {
  const encoders = states.map(({ name, type, state }, index) => ({
    name,
    type,
    encoder: encoderOf(state, tables[index] ?? null),
  }))
  let numbers = 0
  for (const { encoder } of encoders) if (!encoder.sequence) numbers += encoder.width
  const sequences: SequenceShape[] = []
  // A network has at least one input, also where no word is frequent enough to get one.
  if (numbers === 0 && !encoders.some(({ encoder }) => encoder.sequence)) numbers = 1
  let nextNumber = 0
  let nextWord = numbers
  const columns = encoders.map((column) => {
    const { sequence, width } = column.encoder
    if (!sequence) {
      nextNumber += width
      return { ...column, base: nextNumber - width }
    }
    sequences.push({ base: nextWord, ...sequence })
    nextWord += width
    return { ...column, base: nextWord - width }
  })
  // Ids of words come last in a row: the network stops reading numbers there.
  const inOrder = [...columns].sort((a, b) => a.base - b.base)
  return {
    columns,
    inputs: { numbers, sequences, curves: curvesOf(columns) },
    width: nextWord,
    memoryBytes: columns.reduce((sum, column) => sum + column.encoder.memoryBytes, 0),
    encode(cellOf, row) {
      row.clear()
      for (const { name, encoder, base } of inOrder) encoder.encode(cellOf(name), base, row)
    },
  }
}

function curvesOf(columns: RowEncoder['columns']): Curve[] {
  return columns.flatMap(({ base, encoder: { curve = 0 } }) => (curve > 1 ? [{ base, length: curve }] : []))
}

/**
 * Gives the bags of words among fitted inputs their naive-Bayes ratios, learnt from the training rows that the
 * inputs have encoded without them, and scales those rows, in place.
 * @param labels class number of each row
 */
export function fitNaiveBayes(
  states: InputStates,
  rows: SparseRows,
  labels: ArrayLike<number>,
  classes: number,
): InputStates {
  const { columns } = rowEncoder(states)
  return states.map((input, index) => {
    const column = columns[index]
    if (input.state.kind !== 'text' || !column) return input
    const terms = { from: column.base, length: column.encoder.width, binary: input.state.type !== 'count' }
    const ratios = logCountRatios(rows, labels, classes, terms)
    scaleTerms(rows, column.base, ratios)
    return { ...input, state: { ...input.state, ratios: packed(ratios) } }
  })
}
