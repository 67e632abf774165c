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
  const best = chosen === 0 ? 'the recipe itself' : `number ${chosen} of its candidates`
  const name = METRIC_NAMES[metric]
  const theirs =
    others.length === 1 ? `its candidate ${others[0]}` : `its candidates, in order, ${others.join(', ')}`
  const where =
    sample === undefined ? 'the same validation rows' : `validation rows of the same ${sample} rows`
  return {
    code: 'candidate-chosen',
    message: `${candidates.length} ways to train were compared on ${where}, and ${best} was the best: the recipe itself has a ${name} of ${own}, ${theirs}.${aboutOthers(crossFit)} To train without a comparison, set candidates to null, and name the fields of the candidate that you want in the recipe.${aboutTrees(recipe)}`,
  }
}

/** Returns a sentence on the figures of the version; empty where other rows than those that chose are told of anyway. */
function aboutOthers(crossFit: Choice['crossFit']): string {
  if (!crossFit) return ''
  return ` The best of several looks a little better than it is, so the version's figures are those of the candidates that other rows chose: ${threeDigits(crossFit.value)}.`
}

/** Returns a sentence on trees in the recipe that was taken, and how to do without them. */
function aboutTrees(recipe: CompleteRecipe): string {
  if (!isTrees(recipe) && !hasTreeMembers(recipe)) return ''
  const what = isTrees(recipe) ? 'It grows trees' : 'It averages networks with trees'
  return ` ${what}: to compare networks only, leave candidates out and set network to "dense".`
}
