import type { TableColumn } from '../datasets/table.ts'
import { FitserveError } from '../errors.ts'
import type { Choice } from '../evaluation/choice.ts'
import { Random } from '../evaluation/random.ts'
import type { Evaluation } from '../evaluation/schema.ts'
import { threeDigits } from '../numbers.ts'
import {
  type CompleteRecipe,
  candidateRecipes,
  hasTreeMembers,
  isTrees,
  LEAST_OF_CLASS,
  mayCompareOnSample,
  onSample,
  SAMPLE_ROWS,
  targetNames,
} from '../recipe/index.ts'
import type { TrainingProgress } from '../training-contract.ts'
import type { Warning } from '../warnings.ts'
import type { BudgetCut } from './budget.ts'
import {
  bestOf,
  type CrossFittedChoice,
  crossFitChoice,
  decisiveFigure,
  decisiveMetric,
} from './choice-by-others.ts'
import { withUncertaintyOf } from './conformal/learn.ts'
import { chooseRows, labelledRows } from './data/rows.ts'
import type { TrainingTable } from './data/tables.ts'
import { FittedNetworks } from './fitted-networks.ts'
import { execute, type RunInput, type RunResult } from './runs.ts'
import type { ToldFigures } from './validated.ts'

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
  const tries = new Tries(input.onProgress, compared.length + (sample ? 1 : 0))
  const time = sample ? input.time?.share(COMPARED_SHARE) : input.time
  const results: RunResult[] = []
  const fitted = new FittedNetworks(compared.map(({ recipe }) => recipe))
  for (const [index, each] of compared.entries()) {
    if (index > 0 && time?.isOver()) break
    fitted.begin(index)
    results.push(await execute({ ...each, fitted, time, onProgress: tries.next(index === 0 && !sample) }))
  }
  const values = results.map(({ evaluation }, at) => figureOf(input.recipe, evaluation, at))
  const chosen = bestOf(values) ?? 0
  const recipe = recipes[chosen] ?? only
  const told =
    sample || results.length === 1 ? null : toldOf(results, recipes.slice(0, results.length), chosen)
  const crossFit = told && {
    chosen: told.chosen,
    value: told.figures ? figureOf(input.recipe, told.figures.evaluation, chosen) : (values[chosen] ?? 0),
  }
  const choice = {
    ...choiceOf(input.recipe, { values, chosen, sample: sample?.table.rows }),
    ...(crossFit && { crossFit }),
  }
  const kept = sample ? await execute({ ...input, recipe, onProgress: tries.next(true) }) : results[chosen]
  if (!kept) throw new RangeError('a recipe is its own first candidate')
  return {
    ...(told?.figures ? withFigures(kept, told.figures) : kept),
    recipe,
    ownEvaluation: kept.evaluation,
    choice,
    cuts: [...kept.cuts, ...cutsOf(results, recipes.length)],
    warnings: [...kept.warnings, ...(results.length > 1 ? [warningOf(choice, recipe)] : [])],
  }
}

/** Part of the time that comparing on a sample may take, so that measuring and last fit of the best have most of it. */
const COMPARED_SHARE = 0.3

/** Returns which candidates were not measured, and which of several were before they had done all epochs. */
function cutsOf(results: readonly RunResult[], all: number): BudgetCut[] {
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

/** Some rows of a table, and the number of rows with a target from which they were drawn. */
interface Sample {
  table: TrainingTable
  of: number
}

/**
 * Returns training rows of a large table, drawn at random, on which candidates are compared, so that no validation row
 * chooses one; null where all rows are needed: with folds or a number of validation rows, by another data set, with texts, and
 * where the sample has too few rows of a class.
 */
function sampleOf({ recipe, table, validationFrom }: RunInput): Sample | null {
  if (validationFrom != null || (table.words?.size ?? 0) > 0) return null
  const labelled = labelledRows(recipe, table)
  if (!mayCompareOnSample(recipe, labelled.length)) return null
  const { training } = chooseRows(recipe, table, { from: null, fold: null })
  const rows = new Random(recipe.seed, 'sample').shuffle(training.slice()).slice(0, SAMPLE_ROWS).sort()
  const columns = new Map([...table.columns].map(([name, column]) => [name, rowsOf(column, rows)] as const))
  const hasTexts = [...columns.values()].some(({ type }) => type === 'text')
  if (recipe.task !== 'regression' && (hasTexts || !hasAllClasses(recipe, table, columns))) return null
  return { table: { ...table, rows: rows.length, columns }, of: labelled.length }
}

/** Returns whether a sample has enough rows of each class of the table. */
function hasAllClasses(
  recipe: CompleteRecipe,
  table: TrainingTable,
  sample: TrainingTable['columns'],
): boolean {
  const name = targetNames(recipe)[0] ?? ''
  const wanted = classCounts(table.columns.get(name))
  const found = classCounts(sample.get(name))
  return [...wanted.keys()].every((label) => (found.get(label) ?? 0) >= LEAST_OF_CLASS)
}

function classCounts(column: TableColumn | undefined): Map<string, number> {
  const counts = new Map<string, number>()
  for (const value of column?.values ?? [])
    if (value !== null && !Number.isNaN(value))
      counts.set(String(value), (counts.get(String(value)) ?? 0) + 1)
  return counts
}

function rowsOf(column: TableColumn, rows: Uint32Array): TableColumn {
  const at = <T>(values: ArrayLike<T>): (T | null)[] => Array.from(rows, (row) => values[row] ?? null)
  switch (column.type) {
    case 'number':
      return { type: 'number', values: Float64Array.from(rows, (row) => column.values[row] ?? Number.NaN) }
    case 'boolean':
      return { type: 'boolean', values: at(column.values) }
    case 'category':
    case 'text':
      return { type: column.type, values: at(column.values) }
    default:
      return { ...column, values: at(column.values) }
  }
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

/** How the figures that decide are called. */
const METRIC_NAMES = { mae: 'mean absolute error', loss: 'loss' }

function choiceOf(
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

function warningOf(
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

/** Reports the progress of several runs one after the other. */
class Tries {
  readonly #onProgress: RunInput['onProgress']
  readonly #count: number
  readonly #started = performance.now()
  #done = -1

  /** @param count number of runs */
  constructor(onProgress: RunInput['onProgress'], count: number) {
    this.#onProgress = onProgress
    this.#count = count
  }

  /** Returns what takes the next run's progress. @param isShown whether its epochs and folds are those of the job */
  next(isShown: boolean): RunInput['onProgress'] {
    this.#done += 1
    const done = this.#done
    return (progress: TrainingProgress) => {
      const etaSeconds = progress.etaSeconds === null ? null : this.#rest(done, progress.etaSeconds)
      const told = isShown ? progress : { ...progress, epochEnded: false, foldValues: null }
      return this.#onProgress({ ...told, etaSeconds })
    }
  }

  /** Returns the seconds left, if each run takes as long as those so far. */
  #rest(done: number, running: number): number {
    const spent = (performance.now() - this.#started) / 1000
    const rest = running + ((spent + running) / (done + 1)) * (this.#count - 1 - done)
    return Math.round(rest * 10) / 10
  }
}
