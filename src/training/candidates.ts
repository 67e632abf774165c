import { FitserveError } from '../errors.ts'
import type { Choice } from '../evaluation/choice.ts'
import type { Evaluation } from '../evaluation/schema.ts'
import { type CompleteRecipe, candidateRecipes, onSample } from '../recipe/index.ts'
import type { BudgetCut } from './budget.ts'
import { sampleOf } from './candidate-sample.ts'
import {
  bestOf,
  type CrossFittedChoice,
  crossFitChoice,
  decisiveFigure,
  decisiveMetric,
} from './choice-by-others.ts'
import { withUncertaintyOf } from './conformal/learn.ts'
import { FittedNetworks } from './fitted-networks.ts'
import { execute, type RunInput, type RunResult } from './runs.ts'
import { RunsProgress } from './runs-progress.ts'
import { choiceOf, METRIC_NAMES, warningOf } from './told-choice.ts'
import type { ToldFigures } from './validated.ts'
import { decidingFigures, vectorsTold } from './vector-gain.ts'

/** The result of a run, with the recipe that it was made by. */
export interface ChosenRun extends RunResult {
  /** The recipe, or that of the best candidate. */
  recipe: CompleteRecipe
  /** The evaluation of that recipe by itself, also where that of the version has answers of other candidates. */
  ownEvaluation: Evaluation | null
  /** Which candidate was taken, and why; null where there was nothing to choose. */
  choice: Choice | null
}

/**
 * Does the run of a recipe with candidates: trains and measures each of them on the same rows and folds, and keeps the
 * best by the figure of `decisiveMetric`. What is told of the version comes from rows that did not choose it. Of a large
 * table candidates are compared on a sample of the training rows, one network each, and the best is then trained as it is.
 * Once the time is over no further candidate is begun, and the best of those that were measured is kept.
 * @throws what `execute` throws
 */
export async function executeBest(input: RunInput): Promise<ChosenRun> {
  const recipes = candidateRecipes(input.recipe)
  const [only, ...others] = recipes
  if (!only || others.length === 0) {
    const run = await execute({ ...input, recipe: only ?? input.recipe })
    return { ...run, recipe: input.recipe, ownEvaluation: run.evaluation, choice: null }
  }
  const sample = sampleOf(input)
  const compared = sample
    ? recipes.map((recipe) => ({ ...input, table: sample.table, recipe: onSample(recipe, sample.of) }))
    : recipes.map((recipe) => ({ ...input, recipe }))
  const tries = new RunsProgress(input.onProgress, compared.length + (sample ? 1 : 0))
  const time = sample ? input.time?.share(COMPARED_SHARE) : input.time
  const results: RunResult[] = []
  const fitted = new FittedNetworks(compared.map(({ recipe }) => recipe))
  for (const [index, each] of compared.entries()) {
    if (index > 0 && time?.isOver()) break
    fitted.begin(index)
    results.push(await execute({ ...each, fitted, time, onProgress: tries.next(index === 0 && !sample) }))
  }
  const values = results.map(({ evaluation }, at) => figureOf(input.recipe, evaluation, at))
  const figures = values.map((figure, at) => ({
    recipe: recipes[at] ?? only,
    figure,
    accuracy: results[at]?.evaluation?.metrics['accuracy'] ?? null,
  }))
  const chosen = bestOf(decidingFigures(figures)) ?? 0
  const recipe = recipes[chosen] ?? only
  const told =
    sample || results.length === 1 ? null : toldOf(results, recipes.slice(0, results.length), chosen)
  const crossFit = told && {
    chosen: told.chosen,
    value: told.figures ? figureOf(input.recipe, told.figures.evaluation, chosen) : (values[chosen] ?? 0),
  }
  const choice = {
    ...choiceOf(input.recipe, {
      values,
      chosen,
      sample: sample?.table.rows,
      vectors: vectorsTold(figures),
    }),
    ...(crossFit && { crossFit }),
  }
  const kept = sample ? await execute({ ...input, recipe, onProgress: tries.next(true) }) : results[chosen]
  if (!kept) throw new RangeError('a recipe is its own first candidate')
  return {
    ...(told?.figures ? withFigures(kept, told.figures) : kept),
    recipe,
    ownEvaluation: kept.evaluation,
    choice,
    cuts: [...kept.cuts, ...comparisonCuts(results, recipes.length)],
    warnings: [...kept.warnings, ...(results.length > 1 ? [warningOf(choice, recipe)] : [])],
  }
}

/** Part of the time that comparing on a sample may take, so that measuring and last fit of the best have most of it. */
const COMPARED_SHARE = 0.3

/** Returns which candidates were not measured, and which of several were before they had done all epochs. */
function comparisonCuts(results: readonly RunResult[], all: number): BudgetCut[] {
  const measured = results.length
  const whole = results.filter(({ cuts }) => cuts.length === 0).length
  return [
    ...(measured < all ? [{ what: 'candidates' as const, done: measured, of: all }] : []),
    ...(measured > 1 && whole < measured
      ? [{ what: 'wholeCandidates' as const, done: whole, of: measured }]
      : []),
  ]
}

/** Returns the figures of the choice on rows that did not make it; null where there are no answers, or no such rows. */
function toldOf(
  results: readonly RunResult[],
  recipes: readonly CompleteRecipe[],
  kept: number,
): CrossFittedChoice | null {
  const compared = results.flatMap(({ validated, model }, at) => {
    const recipe = recipes[at]
    return validated && model && recipe ? [{ recipe, answers: validated, target: model.encoder.target }] : []
  })
  return compared.length === recipes.length ? crossFitChoice(compared, kept) : null
}

/** Returns a run with figures of its procedure on other rows, and with the intervals or sets that these teach. */
function withFigures(kept: RunResult, { evaluation, heldOut, target }: ToldFigures): RunResult {
  const { model } = kept
  if (!model) return kept
  const encoder = { ...model.encoder, target: withUncertaintyOf(model.encoder.target, target) }
  return { ...kept, evaluation, heldOut, model: { ...model, encoder } }
}

/**
 * Returns the figure that decides, the smaller the better.
 * @param candidate number of the candidate that is measured
 * @throws FitserveError `loss-not-finite` where the figure is no finite number, which no other can be compared with
 */
function figureOf(recipe: CompleteRecipe, evaluation: Evaluation | null, candidate: number): number {
  if (!evaluation) throw new RangeError('candidates are compared on validation rows')
  const figure = decisiveFigure(recipe, evaluation)
  if (Number.isFinite(figure)) return figure
  const which = candidate === 0 ? 'the recipe itself' : `number ${candidate} of its candidates`
  const name = METRIC_NAMES[decisiveMetric(recipe)]
  throw new FitserveError(
    'loss-not-finite',
    `On the validation rows the ${name} of ${which} is not a finite number, so that candidates cannot be compared. Leave that candidate out, lower its learning rate, or use the loss huber.`,
  )
}
