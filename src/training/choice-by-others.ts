import { answeredClasses, answers } from '../evaluation/answers.ts'
import type { Choice } from '../evaluation/choice.ts'
import { meanLoss, rowLosses, type Scored } from '../evaluation/losses.ts'
import type { Evaluation } from '../evaluation/schema.ts'
import { type TargetState, taskOf } from '../models/target.ts'
import type { CompleteRecipe } from '../recipe/index.ts'
import { isProbabilistic } from './engine.ts'
import { outputsOfAnswers } from './evaluate.ts'
import type { FoldAnswers } from './fold-answers.ts'
import type { HeldOut } from './held-out.ts'
import type { FoldedAnswers, SplitAnswers, ToldFigures, ValidatedAnswers } from './validated.ts'
import { type CandidateFigures, decidingFigures } from './vector-gain.ts'

/*
 * The candidate that is best on some rows looks better on them than it is. Here each fold, or each part of a split's
 * validation rows, is answered by the candidate that the other ones choose (D-290).
 */

/** A candidate with the answers that its figures come from. */
export interface ComparedCandidate {
  recipe: CompleteRecipe
  answers: ValidatedAnswers
  /** The target of its version. */
  target: TargetState
}

/** What is told of the choice by rows that did not make it. */
export interface CrossFittedChoice {
  /** For each fold, or each part of a split's rows, the number of the candidate that the others chose. */
  chosen: number[]
  /** The figures of their answers; null where all chose the one that was kept, so that its own figures stand. */
  figures: ToldFigures | null
}

/**
 * Returns the name of the figure that decides among candidates, the smaller the better: the mean absolute error of a
 * regression, which does not depend on the transform of the target, and the loss of all others.
 */
export function decisiveMetric({ task }: Pick<CompleteRecipe, 'task'>): Choice['metric'] {
  return task === 'regression' ? 'mae' : 'loss'
}

/** Returns the figure of an evaluation that decides; NaN where the rows do not define it. */
export function decisiveFigure(
  recipe: Pick<CompleteRecipe, 'task'>,
  { metrics, loss }: Pick<Evaluation, 'metrics' | 'loss'>,
): number {
  return decisiveMetric(recipe) === 'mae' ? (metrics['mae'] ?? Number.NaN) : loss
}

/**
 * Measures the choice among candidates on rows that did not make it.
 * @param candidates all with answers to the same rows, in the same folds
 * @param kept number of the one that all rows chose
 * @returns null where the rows that count are all in one part, so that no others can choose for them
 */
export function crossFitChoice(
  candidates: readonly ComparedCandidate[],
  kept: number,
): CrossFittedChoice | null {
  const own = candidates[kept]
  if (!own) throw new RangeError('no candidate was kept')
  const chosen =
    own.answers.kind === 'folds'
      ? chosenByFolds(candidates, kept, folded(own))
      : chosenByParts(candidates, kept, split(own))
  if (!chosen) return null
  if (chosen.every((candidate) => candidate === kept)) return { chosen, figures: null }
  const figures =
    own.answers.kind === 'folds'
      ? measureFolds(candidates, own, chosen)
      : measureParts(candidates, own, chosen)
  return { chosen, figures }
}

/** Returns for each fold the candidate that the other folds of its repeat choose. */
function chosenByFolds(
  candidates: readonly ComparedCandidate[],
  kept: number,
  { folds }: FoldedAnswers,
): number[] {
  const figures = candidates.map(({ recipe, ...candidate }) => ({
    recipe,
    folds: folded({ recipe, ...candidate }).folds.map(({ evaluation }) => ({
      figure: decisiveFigure(recipe, evaluation),
      accuracy: evaluation.metrics['accuracy'] ?? null,
    })),
  }))
  return folds.map(({ repeat }, at) => {
    const others = [...folds.keys()].filter((other) => other !== at && folds[other]?.repeat === repeat)
    if (others.length === 0) return kept
    const deciding = figures.map((own) =>
      joinedFigures(
        own.recipe,
        others.map((other) => own.folds[other]),
      ),
    )
    return bestOf(decidingFigures(deciding)) ?? kept
  })
}

/** Returns the figures of several folds together: sums where sums decide, the mean of the accuracies. */
function joinedFigures(
  recipe: CompleteRecipe,
  folds: readonly (Pick<CandidateFigures, 'figure' | 'accuracy'> | undefined)[],
): CandidateFigures {
  let sum = 0
  let accuracy: number | null = 0
  for (const fold of folds) {
    sum += fold?.figure ?? 0
    accuracy = accuracy === null || fold?.accuracy == null ? null : accuracy + fold.accuracy / folds.length
  }
  return { recipe, figure: sum, accuracy }
}

function measureFolds(
  candidates: readonly ComparedCandidate[],
  own: ComparedCandidate,
  chosen: readonly number[],
): ToldFigures {
  const { folds, measure } = folded(own)
  const composed = folds.map((fold, at) => {
    const candidate = candidates[chosen[at] ?? -1]
    const answers = candidate && folded(candidate).folds[at]
    return !answers || answers === fold ? fold : withLossOf(own.recipe, fold.target, answers)
  })
  return measure(alikeFolds(composed, own.target))
}

/** Returns for each part of the rows the candidate that the others choose; null where fewer than two parts count. */
function chosenByParts(
  candidates: readonly ComparedCandidate[],
  kept: number,
  { partOf, measured }: SplitAnswers,
): number[] | null {
  const { rows, weights } = measured.scored
  const byPart = (figureOf: (row: number) => number) => {
    const sums: number[] = []
    for (let row = 0; row < rows; row++) {
      const part = partOf[row] ?? 0
      const weight = weights?.[row] ?? 1
      while (sums.length <= part) sums.push(0)
      // A weight of 0 leaves the row out, also where its loss is infinite.
      if (weight > 0) sums[part] = (sums[part] ?? 0) + weight * figureOf(row)
    }
    return sums
  }
  const counting = byPart(() => 1)
  if (counting.filter((weight) => weight > 0).length < 2) return null
  const figures = candidates.map((candidate) => {
    const own = split(candidate)
    const each = rowFigures(own, candidate.recipe)
    const isRight = rightAnswers(own, candidate)
    return {
      recipe: candidate.recipe,
      sums: byPart((row) => each[row] ?? 0),
      right: isRight && byPart((row) => (isRight(row) ? 1 : 0)),
    }
  })
  // The rows of the other parts weigh the same for all candidates, so that their sums decide.
  return counting.map((_, part) => {
    const ofOthers = (sums: readonly number[]) =>
      sums.reduce((sum, value, at) => (at === part ? sum : sum + value), 0)
    const rowsOfOthers = ofOthers(counting)
    const deciding = figures.map(({ recipe, sums, right }) => ({
      recipe,
      figure: ofOthers(sums),
      accuracy: right && ofOthers(right) / rowsOfOthers,
    }))
    return bestOf(decidingFigures(deciding)) ?? kept
  })
}

/** Returns a function that tells whether a row was answered rightly; null where there are no classes. */
function rightAnswers(
  { measured: { scored } }: SplitAnswers,
  { target }: ComparedCandidate,
): ((row: number) => boolean) | null {
  if (target.task !== 'binary' && target.task !== 'multiclass') return null
  const answerOf = answers(scored, target.task === 'binary' ? target.threshold : 0.5)
  return (row) => answerOf(row) === scored.truth[row]
}

function measureParts(
  candidates: readonly ComparedCandidate[],
  own: ComparedCandidate,
  chosen: readonly number[],
): ToldFigures {
  const { partOf, heldOut, measure } = split(own)
  const all = candidates.map((candidate) => filled(split(candidate).heldOut, candidate.target))
  const composed = filled(heldOut, own.target)
  for (let row = 0; row < heldOut.rows.length; row++) {
    const answers = all[chosen[partOf[row] ?? 0] ?? -1]
    if (answers) copyRow(answers, composed, row)
  }
  return measure(composed)
}

function folded({ answers }: ComparedCandidate): FoldedAnswers {
  if (answers.kind === 'folds') return answers
  throw new RangeError('candidates are compared on the same folds')
}

function split({ answers }: ComparedCandidate): SplitAnswers {
  if (answers.kind === 'split') return answers
  throw new RangeError('candidates are compared on the same rows')
}

/** Returns the place of the smallest finite figure, the first of equal ones; undefined where none is finite. */
export function bestOf(figures: readonly number[]): number | undefined {
  const best = figures.indexOf(Math.min(...figures.filter(Number.isFinite)))
  return best === -1 ? undefined : best
}

/** Returns each row's part of the figure that decides: its loss, or the mean of its absolute errors. */
function rowFigures({ measured }: SplitAnswers, recipe: CompleteRecipe): Float64Array {
  const { losses, scored } = measured
  if (decisiveMetric(recipe) === 'loss') return losses
  const { logits, truth, outputs } = scored
  return losses.map((_, row) => {
    let sum = 0
    for (let at = row * outputs; at < (row + 1) * outputs; at++)
      sum += Math.abs((logits[at] ?? 0) - (truth[at] ?? 0)) / outputs
    return sum
  })
}

/**
 * Returns the answers of another candidate to a fold with the loss of the kept one: candidates may have losses and
 * transforms of the target of their own, whose values are not alike.
 */
function withLossOf(recipe: CompleteRecipe, target: TargetState, answers: FoldAnswers): FoldAnswers {
  const { measured, heldOut, evaluation } = answers
  const scored: Scored = {
    ...measured.scored,
    logits: heldOut.evaluated ?? outputsOfAnswers(target, measured.scored.logits),
    truth: outputsOfAnswers(target, measured.scored.truth),
  }
  const probabilistic = isProbabilistic({ task: taskOf(target) })
  return {
    ...answers,
    evaluation: { ...evaluation, loss: meanLoss(scored, recipe.loss, probabilistic) },
    measured: { ...measured, losses: rowLosses(scored, recipe.loss, probabilistic) },
  }
}

/** Returns folds whose held-out answers all have the same fields, since some candidates may be calibrated and others not. */
function alikeFolds(folds: readonly FoldAnswers[], target: TargetState): readonly FoldAnswers[] {
  const isFull = folds.some(({ heldOut }) => heldOut.evaluated || heldOut.answered)
  if (!isFull) return folds
  return folds.map((fold) => ({ ...fold, heldOut: filled(fold.heldOut, target) }))
}

/**
 * Returns a copy of held-out answers of a classifier with all of their fields; those of a regression are copied as they are.
 */
function filled(heldOut: HeldOut, target: TargetState): Required<HeldOut> | HeldOut {
  const { rows, outputs, values } = heldOut
  if (target.task !== 'binary' && target.task !== 'multiclass') return { ...heldOut, values: values.slice() }
  const evaluated = (heldOut.evaluated ?? values).slice()
  const { costs } = target
  const threshold = target.task === 'binary' ? target.threshold : 0.5
  const scored = { rows: rows.length, outputs, logits: evaluated, truth: new Float64Array(), costs }
  const answered = heldOut.answered?.slice() ?? answeredClasses(scored, threshold)
  return { rows, outputs, values: values.slice(), evaluated, answered }
}

/** Copies the answer to a row from held-out answers into others with the same fields. */
function copyRow(from: HeldOut, into: HeldOut, row: number): void {
  const start = row * from.outputs
  const end = start + from.outputs
  into.values.set(from.values.subarray(start, end), start)
  if (from.evaluated) into.evaluated?.set(from.evaluated.subarray(start, end), start)
  if (from.answered && into.answered) into.answered[row] = from.answered[row] ?? 0
}
