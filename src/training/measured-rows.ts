import { evaluatedMetrics } from '../evaluation/evaluation.ts'
import { intervals95 } from '../evaluation/intervals.ts'
import { rowLosses, type Scored, totalWeight } from '../evaluation/losses.ts'
import { binaryMetric, multiclassMetric, multiLabelMetric, regressionMetric } from '../evaluation/metrics.ts'
import type { Evaluation, MetricValues } from '../evaluation/schema.ts'
import { severalMetric } from '../evaluation/several-targets.ts'
import { concatenated, joinScored, takeRows } from '../evaluation/take-rows.ts'
import { thresholdTable } from '../evaluation/threshold-table.ts'
import { costsOf, isOrdinal, type TargetState, taskOf } from '../models/target.ts'
import type { CompleteRecipe, Metric } from '../recipe/index.ts'
import type { Cell } from '../recipe/table.ts'
import { groupsOf } from './data/groups.ts'
import { isProbabilistic } from './engine.ts'
import { ownAnswers } from './evaluate.ts'

/** Answers to rows, beside the truth and the loss of each, of which any selection can be measured. */
export interface MeasuredRows {
  /** A classifier's logits, or a regression's answers and truth in the target's own unit. */
  scored: Scored
  /** Loss of each row. */
  losses: Float64Array
}

/**
 * Returns scored rows with their losses, and with answers and truth as metrics take them.
 * @param truth the truth of a regression in the target's own unit
 * @param answers the answers of a regression in that unit. Default: what comes back of the scored ones
 */
export function measuredRows(
  recipe: CompleteRecipe,
  target: TargetState,
  scored: Scored,
  truth: Float64Array,
  answers: Float64Array = ownAnswers(target, scored.logits),
): MeasuredRows {
  const probabilistic = isProbabilistic({ task: taskOf(target) })
  return {
    scored: { ...scored, logits: answers, truth },
    losses: rowLosses(scored, recipe.loss, probabilistic),
  }
}

/** Puts the measured rows of several folds together. @param parts at least one */
export function joinMeasured(parts: readonly MeasuredRows[]): MeasuredRows {
  return {
    losses: concatenated(parts.map(({ losses }) => losses)),
    scored: joinScored(parts.map(({ scored }) => scored)),
  }
}

/**
 * Adds a 95% interval to each figure of an evaluation, and of two classes the answers by threshold.
 * @param of.target the target with the thresholds that answer
 * @param of.groupOf group of each row by its place, where the recipe has groups; null: it has none
 */
export function withIntervals(
  evaluation: Evaluation,
  measured: MeasuredRows,
  {
    recipe,
    target,
    group,
  }: { recipe: CompleteRecipe; target: TargetState; group: ((row: number) => Cell) | null },
): Evaluation {
  const { rows, outputs, weights } = measured.scored
  const places = Uint32Array.from({ length: rows }, (_, at) => at)
  const groupOf = group && groupsOf(group, places, null, 1).groupOf
  const told = { loss: evaluation.loss, ...evaluation.metrics }
  const measure = (chosen: Uint32Array) =>
    figuresOf(recipe, target, {
      scored: takeRows(measured.scored, chosen),
      losses: Float64Array.from(chosen, (row) => measured.losses[row] ?? 0),
    })
  const weighted = weights !== undefined
  const interval95 = intervals95({ rows, outputs, groupOf, weighted, told, measure }, recipe.seed)
  const table = target.task === 'binary' && !target.costs ? thresholdTable(measured.scored) : undefined
  return { ...evaluation, interval95, ...(table && { thresholds: table }) }
}

/** Returns loss and metrics of rows. */
function figuresOf(
  recipe: CompleteRecipe,
  target: TargetState,
  { scored, losses }: MeasuredRows,
): MetricValues {
  return { loss: meanOf(losses, scored), ...metricsOf(recipe, target, scored) }
}

/** Returns the metrics of an evaluation on rows, whose answers and truth are those of `MeasuredRows`. */
export function metricsOf(recipe: CompleteRecipe, target: TargetState, scored: Scored): MetricValues {
  const metrics = evaluatedMetrics(recipe.metrics, taskOf(target), isOrdinal(target))
  return Object.fromEntries(metrics.map((metric) => [metric.type, figureOf(metric, target, scored)]))
}

function figureOf(metric: Metric, target: TargetState, scored: Scored): number | null {
  const { logits, truth, weights } = scored
  if (target.task === 'regression') return regressionMetric(metric, logits, truth, weights)
  if (target.task === 'severalNumbers')
    return severalMetric(metric, logits, truth, { targets: target.targets.length, weights })
  if (target.task === 'multiLabel') return multiLabelMetric(metric, scored, target.thresholds)
  const decisionShifts = target.task === 'multiclass' ? target.decisionShifts : undefined
  const withCosts = { ...scored, costs: costsOf(target), decisionShifts }
  return target.task === 'binary'
    ? binaryMetric(metric, withCosts, target.threshold)
    : multiclassMetric(metric, withCosts)
}

function meanOf(losses: Float64Array, { rows, weights }: Scored): number {
  let sum = 0
  for (const [row, loss] of losses.entries()) {
    const weight = weights?.[row] ?? 1
    if (weight > 0) sum += loss * weight
  }
  return sum / totalWeight(weights, rows)
}
