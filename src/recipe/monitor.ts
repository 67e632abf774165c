import type { CompleteRecipe } from './schema.ts'

/** Returns the column of the history that has a loss or metric of the validation rows: `valLoss` for `loss`. */
export function validationName(name: string): string {
  return `val${name.charAt(0).toUpperCase()}${name.slice(1)}`
}

/** Returns the column of the history that decides on the best epoch. */
export function monitorOf(recipe: Pick<CompleteRecipe, 'earlyStopping' | 'validation'>): string {
  return recipe.earlyStopping?.monitor ?? (recipe.validation ? 'valLoss' : 'loss')
}

/** Returns whether the network that is kept is fitted to all rows, those that validate included. */
export function trainsOnAll(recipe: Pick<CompleteRecipe, 'validation' | 'finalEpochs'>): boolean {
  return recipe.validation === null || foldCount(recipe) > 0 || recipe.finalEpochs !== null
}

/** Returns the number of trainings of a k-fold validation (folds times repeats); 0 for any other validation. */
export function foldCount({ validation }: Pick<CompleteRecipe, 'validation'>): number {
  return (validation?.kFold ?? 0) * (validation?.repeats ?? 1)
}
