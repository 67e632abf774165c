import type { Layer } from './parts.ts'
import type { CompleteRecipe } from './schema.ts'
import type { ColumnDescription } from './table.ts'

/** Upper bound of the number of inputs that an encoder of these columns gives a network. */
export function estimateInputs(recipe: CompleteRecipe, inputs: readonly ColumnDescription[]): number {
  let width = 0
  for (const column of inputs) {
    const indicator = column.missing > 0 ? 1 : 0
    if (column.type === 'text') width += recipe.encoder?.numWords ?? 0
    else if (column.type === 'category') width += Object.keys(column.classes ?? {}).length + indicator
    else width += 1 + indicator
  }
  return width
}

/** Weights and biases of each layer of a dense network, the output layer last. */
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
