import type { Choice } from '../evaluation/choice.ts'
import { threeDigits } from '../numbers.ts'
import { type CompleteRecipe, hasTreeMembers, isTrees } from '../recipe/index.ts'
import type { Warning } from '../warnings.ts'
import { decisiveMetric } from './choice-by-others.ts'

/** How the figures that decide are called. */
export const METRIC_NAMES = { mae: 'mean absolute error', loss: 'loss' }

/** Returns what a version tells of a choice: the figure that decided, and its value for each candidate that was measured. */
export function choiceOf(
  recipe: CompleteRecipe,
  { values, chosen, sample }: { values: readonly number[]; chosen: number; sample: number | undefined },
): Choice {
  const fields = [{}, ...(recipe.candidates ?? [])]
  return {
    metric: decisiveMetric(recipe),
    chosen,
    candidates: values.map((value, at) => ({ recipe: fields[at] ?? {}, value })),
    ...(sample === undefined ? {} : { sample }),
  }
}

/** Returns the warning that tells of a choice, and how to train without one. @param recipe that of the best candidate */
export function warningOf(
  { metric, chosen, candidates, sample, crossFit }: Choice,
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
    message: `${candidates.length} ways to train were compared by ${name} on ${where}: the recipe itself has ${own}, ${theirs}. ${best} was the best and was kept.${aboutOthers(crossFit)} To train without a comparison, set the recipe's "candidates" to null and put the fields of the candidate that you want into the recipe.${aboutTrees(recipe)}`,
  }
}

/** Returns a sentence on the figures of the version; empty where other rows than those that chose are told of anyway. */
function aboutOthers(crossFit: Choice['crossFit']): string {
  if (!crossFit) return ''
  return ` The best of several looks a little better than it is, so the version reports ${threeDigits(crossFit.value)}, measured on rows that had no part in the choice.`
}

/** Returns a sentence on trees in the recipe that was taken, and how to do without them. */
function aboutTrees(recipe: CompleteRecipe): string {
  if (!isTrees(recipe) && !hasTreeMembers(recipe)) return ''
  const what = isTrees(recipe) ? 'It is a model of trees' : 'It averages networks and trees'
  return ` ${what}; to compare networks only, leave "candidates" out and set "network" to "dense".`
}
