import { z } from 'zod'
import type { CompleteRecipe } from '../../recipe/index.ts'
import type { Cell, ColumnType } from '../../recipe/table.ts'
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
  /** Number of the network's inputs. */
  readonly width: number
  readonly memoryBytes: number
  /** Encodes one row, whose values are asked for by column name, into `row`, which is cleared first. */
  encode(cellOf: (name: string) => Cell, row: SparseRow): void
}

/** The encoder of fitted inputs: each column's numbers stand after those of the columns before it. */
export function rowEncoder(inputs: InputStates): RowEncoder {
  let width = 0
  const columns = inputs.map(({ name, type, state }) => {
    const encoder = encoderOf(state)
    const base = width
    width += encoder.width
    return { name, type, encoder, base }
  })
  return {
    columns,
    width,
    memoryBytes: columns.reduce((sum, column) => sum + column.encoder.memoryBytes, 0),
    encode(cellOf, row) {
      row.clear()
      for (const { name, encoder, base } of columns) encoder.encode(cellOf(name), base, row)
    },
  }
}
