import type { CompleteRecipe } from './schema.ts'

/** The column of the history that decides on the best epoch. */
export function monitorOf(recipe: Pick<CompleteRecipe, 'earlyStopping' | 'validation'>): string {
  return recipe.earlyStopping?.monitor ?? (recipe.validation ? 'valLoss' : 'loss')
}

/** Trainings that a k-fold validation takes: folds times repeats; 0 where the recipe validates otherwise. */
export function foldCount({ validation }: Pick<CompleteRecipe, 'validation'>): number {
  return (validation?.kFold ?? 0) * (validation?.repeats ?? 1)
}
