import { z } from 'zod'
import type { CompleteRecipe } from '../../recipe/index.ts'
import type { Cell, ColumnType } from '../../recipe/table.ts'
import { CategoryState, categoryEncoder, fitCategory } from './category.ts'
import type { ColumnEncoder } from './column-encoder.ts'
import { fitNumber, NumberState, numberEncoder } from './number.ts'
import type { SparseRow } from './sparse-row.ts'
import { fitText, TextState, textEncoder } from './text.ts'

/** A fitted column; a new kind of encoder is a new member here, in `fitColumn` and in `encoderOf`. */
const ColumnState = z.discriminatedUnion('kind', [TextState, NumberState, CategoryState])
type ColumnState = z.infer<typeof ColumnState>

/** The fitted inputs of a model, in the recipe's order. */
export const InputStates = z.array(
  z.object({ name: z.string(), type: z.enum(['number', 'boolean', 'category', 'text']), state: ColumnState }),
)
export type InputStates = z.infer<typeof InputStates>

/** A column's values with the chosen rows only; iterated again for each pass. */
export interface ColumnValues {
  type: ColumnType
  values: Iterable<Cell>
}

/** Fits every input column to its training rows. */
export function fitInputs(recipe: CompleteRecipe, columns: ReadonlyMap<string, ColumnValues>): InputStates {
  return recipe.inputs.map((name) => {
    const column = columns.get(name)
    if (!column) throw new RangeError(`no column ${name}`)
    return { name, type: column.type, state: fitColumn(name, column, recipe) }
  })
}

function fitColumn(name: string, column: ColumnValues, recipe: CompleteRecipe): ColumnState {
  const options = Object.hasOwn(recipe.columns, name) ? (recipe.columns[name] ?? {}) : {}
  const missing = options.missing ?? recipe.missing
  const refuseGaps = missing === 'refuse'
  switch (column.type) {
    case 'text':
      if (!recipe.encoder) throw new RangeError('a text column without a text encoder')
      return fitText(column.values, recipe.encoder, refuseGaps)
    case 'number': {
      const scaling = options.scaling ?? recipe.scaling
      if (scaling === 'quantile' || scaling === 'piecewiseLinear') throw new RangeError(`scaling ${scaling}`)
      return fitNumber(column.values, scaling, missing)
    }
    case 'category':
      return fitCategory(column.values, {
        valueType: 'string',
        refuseGaps,
        refuseUnseen: options.unseen === 'refuse',
      })
    case 'boolean':
      return fitCategory(column.values, { valueType: 'boolean', refuseGaps, refuseUnseen: false })
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
