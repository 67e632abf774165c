import type { Choice } from '../evaluation/choice.ts'
import type { Evaluation } from '../evaluation/schema.ts'
import { threeDigits } from '../numbers.ts'
import { type CompleteRecipe, candidateRecipes } from '../recipe/index.ts'
import type { TrainingProgress } from '../training-contract.ts'
import type { Warning } from '../warnings.ts'
import { execute, type RunInput, type RunResult } from './runs.ts'

/** The result of a run, with the recipe that it was made by. */
export interface ChosenRun extends RunResult {
  /** The recipe, or that of the best candidate. */
  recipe: CompleteRecipe
  /** Which candidate was taken, and why; null where there was nothing to choose. */
  choice: Choice | null
}

/**
 * Does the run of a recipe with candidates: trains and measures each of them on the same rows and folds, and keeps the
 * best. The figure that decides is the one that is told of the version: the loss of a classifier, the mean absolute
 * error of a regression, which does not depend on the transform of the target.
 * @throws what `execute` throws
 */
export async function executeBest(input: RunInput): Promise<ChosenRun> {
  const recipes = candidateRecipes(input.recipe)
  const results: { recipe: CompleteRecipe; result: RunResult; value: number }[] = []
  const started = performance.now()
  for (const [index, recipe] of recipes.entries()) {
    const onProgress = progressOfOne(input, { index, count: recipes.length, started })
    const result = await execute({ ...input, recipe, onProgress })
    if (recipes.length === 1) return { ...result, recipe, choice: null }
    results.push({ recipe, result, value: figureOf(result.evaluation) })
  }
  const values = results.map(({ value }) => value)
  const chosen = values.indexOf(Math.min(...values))
  const winner = results[chosen]
  if (!winner) throw new RangeError('a recipe is its own first candidate')
  const choice = choiceOf(input.recipe, values, chosen)
  return {
    ...winner.result,
    recipe: winner.recipe,
    choice,
    warnings: [...winner.result.warnings, warningOf(choice)],
  }
}

/** Returns the figure that decides, the smaller the better. */
function figureOf(evaluation: Evaluation | null): number {
  if (!evaluation) throw new RangeError('candidates are compared on validation rows')
  return evaluation.metrics['mae'] ?? evaluation.loss
}

function choiceOf({ task, candidates }: CompleteRecipe, values: readonly number[], chosen: number): Choice {
  const fields = [{}, ...(candidates ?? [])]
  return {
    metric: task === 'regression' ? 'mae' : 'loss',
    chosen,
    candidates: values.map((value, at) => ({ recipe: fields[at] ?? {}, value })),
  }
}

function warningOf({ metric, chosen, candidates }: Choice): Warning {
  const values = candidates.map(({ value }) => threeDigits(value)).join(', ')
  const own = chosen === 0 ? 'the recipe itself' : `number ${chosen} of its candidates`
  const name = metric === 'mae' ? 'mean absolute errors' : 'losses'
  return {
    code: 'candidate-chosen',
    message: `${candidates.length} ways to train were compared on the same validation rows, and ${own} was the best: their ${name} are ${values}. The best of several looks a little better than it is. To train one without a comparison, set candidates to null and name its fields in the recipe.`,
  }
}

/** Reports the progress of one candidate; history and folds of a running job are those of the recipe itself. */
function progressOfOne(
  { onProgress }: RunInput,
  { index, count, started }: { index: number; count: number; started: number },
): RunInput['onProgress'] {
  return (progress: TrainingProgress) => {
    const { etaSeconds } = progress
    const spent = (performance.now() - started) / 1000
    const each = etaSeconds === null ? null : (spent + etaSeconds) / (index + 1)
    const eta = etaSeconds === null || each === null ? null : etaSeconds + each * (count - 1 - index)
    const told = eta === null ? null : Math.round(eta * 10) / 10
    if (index === 0) return onProgress({ ...progress, etaSeconds: told })
    return onProgress({ ...progress, epochEnded: false, foldValues: null, etaSeconds: told })
  }
}
