import type { Choice } from '../evaluation/choice.ts'
import { threeDigits } from '../numbers.ts'
import { type CompleteRecipe, hasTreeMembers, isTrees, NO_VECTORS } from '../recipe/index.ts'
import type { Warning } from '../warnings.ts'
import { decisiveMetric } from './choice-by-others.ts'
import { LEAST_GAIN } from './vector-gain.ts'

/** How the figures that decide are called. */
export const METRIC_NAMES = { mae: 'mean absolute error', loss: 'loss' }

/** Returns what a version tells of a choice: the figure that decided, and its value for each candidate that was measured. */
export function choiceOf(
  recipe: CompleteRecipe,
  {
    values,
    chosen,
    sample,
    vectors,
  }: {
    values: readonly number[]
    chosen: number
    sample: number | undefined
    vectors?: Choice['vectors']
  },
): Choice {
  const fields = [{}, ...(recipe.candidates ?? [])]
  return {
    metric: decisiveMetric(recipe),
    chosen,
    candidates: values.map((value, at) => ({ recipe: fields[at] ?? {}, value })),
    ...(vectors && { vectors }),
    ...(sample === undefined ? {} : { sample }),
  }
}

/** Returns the warning that tells of a choice, and how to train without one. @param recipe that of the best candidate */
export function warningOf(
  { metric, chosen, candidates, sample, crossFit, vectors }: Choice,
  recipe: CompleteRecipe,
): Warning {
  const [own, ...others] = candidates.map(({ value }) => threeDigits(value))
  const best = chosen === 0 ? 'The recipe itself' : `Candidate ${chosen}`
  const name = METRIC_NAMES[metric]
  const theirs =
    others.length === 1
      ? `its candidate has ${others[0]}`
      : `its candidates 1 to ${others.length} have ${others.join(', ')}`
  const where = sample === undefined ? 'the same validation rows' : `the same sample of ${sample} rows`
  return {
    code: 'candidate-chosen',
    message: `${candidates.length} ways to train were compared by ${name} on ${where}: the recipe itself has ${own}, ${theirs}. ${best} was the best and was kept.${aboutOthers(crossFit)} To train without a comparison, set the recipe's "candidates" to null and put the fields of the candidate that you want into the recipe.${aboutVectors(vectors, recipe)}${aboutTrees(recipe)}`,
  }
}

/** Returns a sentence on the figures of the version; empty where other rows than those that chose are told of anyway. */
function aboutOthers(crossFit: Choice['crossFit']): string {
  if (!crossFit) return ''
  return ` The best of several looks a little better than it is, so the version reports ${threeDigits(crossFit.value)}, measured on rows that had no part in the choice.`
}

/** Returns sentences on word vectors that were compared, and how to decide on them; empty where none were. */
function aboutVectors(vectors: Choice['vectors'], recipe: CompleteRecipe): string {
  if (!vectors) return ''
  const { name, accuracy, without } = vectors
  const kept =
    recipe.vectors === NO_VECTORS
      ? `are not kept, since that needs ${LEAST_GAIN} of accuracy more, and the smallest loss`
      : 'are kept'
  return ` With the word vectors "${name}" the accuracy is ${threeDigits(accuracy)}, without them ${threeDigits(without)}: they ${kept}. To decide on them yourself, set the recipe's "vectors" to "${name}" or to "none".`
}

/** Returns a sentence on trees in the recipe that was taken, and how to do without them. */
function aboutTrees(recipe: CompleteRecipe): string {
  if (!isTrees(recipe) && !hasTreeMembers(recipe)) return ''
  const what = isTrees(recipe) ? 'It is a model of trees' : 'It averages networks and trees'
  return ` ${what}; to compare networks only, leave "candidates" out and set "network" to "dense".`
}
