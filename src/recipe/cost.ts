import { ROTATIONS } from './coordinates.ts'
import { kindOfEncoder } from './encoders/index.ts'
import type { Layer, Scaling } from './parts.ts'
import type { CompleteRecipe } from './schema.ts'
import { type ColumnDescription, isDateType } from './table.ts'
import { vectorDimensions } from './vectors.ts'

/** Inputs of a date beside its elapsed time, at most: the year, and sine and cosine of four cycles. */
export const DATE_PARTS = 9

/** Returns an upper bound of the number of inputs of a network's first dense layer. */
export function estimateInputs(recipe: CompleteRecipe, inputs: readonly ColumnDescription[]): number {
  let width = 0
  for (const column of inputs) {
    const indicator = column.missing > 0 ? 1 : 0
    if (column.type === 'text') width += textInputs(recipe)
    else if (column.type === 'category') width += Object.keys(column.classes ?? {}).length + indicator
    else if (column.type === 'number') width += numberInputs(recipe, column.name) + indicator
    else if (isDateType(column.type)) width += numberInputs(recipe, column.name) + DATE_PARTS + indicator
    else width += 2 + indicator
  }
  return width + rotatedInputs(recipe)
}

/** Returns the number of inputs of the directions beside the recipe's coordinates. */
export function rotatedInputs(recipe: CompleteRecipe): number {
  return recipe.coordinates ? ROTATIONS.length * numberInputs(recipe, recipe.coordinates.latitude) : 0
}

function textInputs(recipe: CompleteRecipe): number {
  const { encoder } = recipe
  return encoder ? kindOfEncoder(encoder).inputs(encoder) + vectorDimensions(recipe) : 0
}

/** True for a scaling with one input for each bin of a column; false for one input for the column. */
export const HAS_BINS: Record<Scaling, boolean> = {
  standard: false,
  minMax: false,
  quantile: false,
  piecewiseLinear: true,
  none: false,
}

/**
 * Returns the number of inputs of a number or of a date's elapsed time, without the one for gaps: its bins and the number
 * itself, or one.
 */
export function numberInputs(recipe: CompleteRecipe, name: string): number {
  const options = Object.hasOwn(recipe.columns, name) ? recipe.columns[name] : undefined
  return HAS_BINS[options?.scaling ?? recipe.scaling] ? (options?.bins ?? recipe.bins) + 1 : 1
}

/** Returns the number of weights of all embeddings: each text column has one of its own. */
export function embeddingParameters(
  { encoder }: CompleteRecipe,
  inputs: readonly ColumnDescription[],
): number {
  if (!encoder) return 0
  const texts = inputs.filter((column) => column.type === 'text').length
  return kindOfEncoder(encoder).embeddingParameters(encoder) * texts
}

/** Returns the number of weights and biases of each layer of a dense network, the output layer last. */
export function parameterCounts(
  inputs: number,
  layers: readonly Pick<Layer, 'units'>[],
  outputs: number,
): number[] {
  let width = inputs
  return [...layers.map((layer) => layer.units), outputs].map((units) => {
    const count = (width + 1) * units
    width = units
    return count
  })
}
