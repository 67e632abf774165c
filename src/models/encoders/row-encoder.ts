import { z } from 'zod'
import type { CompleteRecipe } from '../../recipe/index.ts'
import type { Cell, ColumnType } from '../../recipe/table.ts'
import type { InputShape, SequenceShape } from '../network.ts'
import { CategoryState, categoryEncoder, categoryFitter } from './category.ts'
import type { ColumnEncoder, ColumnFitter } from './column-encoder.ts'
import { NumberState, numberEncoder, numberFitter } from './number.ts'
import type { SparseRow } from './sparse-row.ts'
import { TextState, textEncoder, textFitter } from './text.ts'

/** A fitted column; a new kind of encoder is a new member here, in `columnFitter` and in `encoderOf`. */
const ColumnState = z.discriminatedUnion('kind', [TextState, NumberState, CategoryState])
type ColumnState = z.infer<typeof ColumnState>

/** The fitted inputs of a model, in the recipe's order. */
export const InputStates = z.array(
  z.object({ name: z.string(), type: z.enum(['number', 'boolean', 'category', 'text']), state: ColumnState }),
)
export type InputStates = z.infer<typeof InputStates>

/** Learns all inputs from their training rows, one row after the other. */
export interface InputFitter {
  add(cellOf: (name: string) => Cell): void
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
      return textFitter(recipe.encoder, refuseGaps)
    case 'number': {
      const scaling = options.scaling ?? recipe.scaling
      if (scaling === 'quantile' || scaling === 'piecewiseLinear') throw new RangeError(`scaling ${scaling}`)
      return numberFitter(scaling, missing)
    }
    case 'category':
      return categoryFitter({ valueType: 'string', refuseGaps, refuseUnseen: options.unseen === 'refuse' })
    case 'boolean':
      return categoryFitter({ valueType: 'boolean', refuseGaps, refuseUnseen: false })
  }
}

function encoderOf(state: ColumnState): ColumnEncoder {
  switch (state.kind) {
    case 'text':
      return textEncoder(state)
    case 'number':
      return numberEncoder(state)
    case 'category':
      return categoryEncoder(state)
  }
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
  encode(cellOf: (name: string) => Cell, row: SparseRow): void
}

/**
 * The encoder of fitted inputs: the numbers of each column stand after those of the columns before it, and all
 * sequences of words after all numbers.
 */
export function rowEncoder(states: InputStates): RowEncoder {
  const encoders = states.map(({ name, type, state }) => ({ name, type, encoder: encoderOf(state) }))
  let numbers = 0
  for (const { encoder } of encoders) if (!encoder.sequence) numbers += encoder.width
  const sequences: SequenceShape[] = []
  // A network has at least one input, also where no word is frequent enough to get one.
  if (numbers === 0 && !encoders.some(({ encoder }) => encoder.sequence)) numbers = 1
  let [nextNumber, nextWord] = [0, numbers]
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
    inputs: { numbers, sequences },
    width: nextWord,
    memoryBytes: columns.reduce((sum, column) => sum + column.encoder.memoryBytes, 0),
    encode(cellOf, row) {
      row.clear()
      for (const { name, encoder, base } of inOrder) encoder.encode(cellOf(name), base, row)
    },
  }
}
