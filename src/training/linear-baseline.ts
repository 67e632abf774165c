import { FitserveError } from '../errors.ts'
import type { MetricValues } from '../evaluation/schema.ts'
import { linearRecipe } from '../recipe/index.ts'
import { labelledRows } from './data/rows.ts'
import { execute, type RunInput } from './runs.ts'

/**
 * Returns the metrics that a linear model of a recipe's columns reaches on its validation rows; undefined where none is
 * fitted, because it would take long, or its loss is not finite.
 */
export async function linearBaseline(input: RunInput): Promise<MetricValues | undefined> {
  const { recipe, table, validationFrom, signal } = input
  const linear = linearRecipe(recipe, labelledRows(recipe, table).length)
  if (!linear) return undefined
  try {
    const { evaluation } = await execute({
      recipe: linear,
      table,
      validationFrom: validationFrom ?? null,
      run: { kind: 'trial' },
      onProgress: async () => {},
      signal,
    })
    return evaluation?.metrics
  } catch (error) {
    if (error instanceof FitserveError && error.code === 'loss-not-finite') return undefined
    throw error
  }
}
