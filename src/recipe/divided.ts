import type { CompleteRecipe } from './schema.ts'

/** Returns why no rows of the data set itself are held out; undefined if some are. */
export function whyNotDivided(validation: CompleteRecipe['validation']): string | undefined {
  if (validation === null) return 'the recipe holds no rows out'
  if (validation.dataset === undefined) return undefined
  return 'another data set validates, and all rows are trained on'
}
