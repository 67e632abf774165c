/**
 * Limit on the records of a job and of its parts together, in characters. Each record repeats the recipe, and all of
 * them are written when the job is ordered: 500 trials of a recipe of 4 MB would be 2 GB.
 */
export const MAX_FAMILY_CHARACTERS = 128 * 2 ** 20

/**
 * Returns what is wrong with a job whose records would be too large together; undefined where they fit.
 * @param recipe the job's recipe, which each part's record repeats
 * @param parts number of folds or trials
 */
export function familySizeFault(recipe: object, parts: number): string | undefined {
  const characters = JSON.stringify(recipe).length
  if (characters * (parts + 1) <= MAX_FAMILY_CHARACTERS) return undefined
  const most = Math.max(0, Math.floor(MAX_FAMILY_CHARACTERS / characters) - 1)
  return `Each of the ${parts.toLocaleString('en')} folds or trials keeps the recipe, which has ${characters.toLocaleString('en')} characters; together they may have at most ${MAX_FAMILY_CHARACTERS.toLocaleString('en')}. Give at most ${most.toLocaleString('en')} of them, or a shorter recipe.`
}
