import { meanOfShares } from '../numbers.ts'
import { meanCosts } from './answer-costs.ts'
import { confusionOfPairs, perClassOf } from './classes.ts'
import { perLabelOf } from './labels.ts'
import { mergeReliability } from './reliability.ts'
import { residualsOf } from './residuals.ts'
import type { Evaluation, MetricValues, PrecisionRecallCurve, RocCurve } from './schema.ts'
import { rounded } from './thin.ts'

/** Points of a curve that is a mean over folds: one for each half percent of the x-axis. */
const POINTS = 201

/**
 * Combines the evaluations of a k-fold's folds, whose validation rows together are all rows. `loss` and metrics are the
 * means over the folds, with their deviation (divided by the number of folds); counts of classes, reliability and
 * residuals are over all rows; curves are means at equal rates (vertical averaging, Fawcett 2006).
 * @param parts one evaluation for each fold, at least one
 */
export function combineFolds(parts: readonly Evaluation[]): Evaluation {
  const folds = parts.map(({ rows, loss, metrics }) => ({ rows, loss, metrics }))
  const columns = folds.map(({ loss, metrics }) => ({ loss, ...metrics }))
  const mean = overFolds(columns, meanOfShares)
  const deviation = overFolds(columns, (values) => {
    const middle = meanOfShares(values)
    return Math.sqrt(meanOfShares(values.map((value) => (value - middle) ** 2)))
  })
  const { loss, ...metrics } = mean
  const reliability = mergeReliability(parts.flatMap((part) => part.reliability ?? []))
  return {
    rows: folds.reduce((sum, { rows }) => sum + rows, 0),
    loss: loss ?? 0,
    metrics,
    ...(parts[0]?.weightedBy === undefined ? {} : { weightedBy: parts[0].weightedBy }),
    ...combinedBaseline(parts),
    ...combinedCosts(parts),
    ...combinedClasses(parts),
    ...combinedCurves(parts),
    ...(reliability ? { reliability } : {}),
    ...combinedResiduals(parts),
    ...combinedTargets(parts),
    folds,
    mean,
    deviation,
  }
}

/** Combines the folds' figures of each target; nothing where there is one target. */
function combinedTargets(parts: readonly Evaluation[]): Pick<Evaluation, 'perTarget'> {
  const names = Object.keys(parts[0]?.perTarget ?? {})
  if (names.length === 0) return {}
  const entries = names.map((name) => {
    const own = parts.flatMap(({ rows, loss, perTarget = {} }) =>
      Object.hasOwn(perTarget, name) && perTarget[name] ? [{ rows, loss, ...perTarget[name] }] : [],
    )
    const { metrics, baseline, residuals, residualQuantiles } = combineFolds(own)
    const figures = {
      metrics,
      ...(baseline && { baseline }),
      ...(residuals && { residuals }),
      ...(residualQuantiles && { residualQuantiles }),
    }
    return [name, figures] as const
  })
  return { perTarget: Object.fromEntries(entries) }
}

/** Applies `take` to each metric's values over the folds; a fold in which the metric is null does not count. */
function overFolds(
  columns: readonly MetricValues[],
  take: (values: readonly number[]) => number,
): MetricValues {
  return Object.fromEntries(
    Object.keys(columns[0] ?? {}).map((name) => {
      const values = columns.flatMap((column) => column[name] ?? [])
      return [name, values.length > 0 ? take(values) : null]
    }),
  )
}

/** The mean over the folds of what a model without inputs reaches on each one's rows. */
function combinedBaseline(parts: readonly Evaluation[]): Pick<Evaluation, 'baseline'> {
  const baselines = parts.flatMap(({ baseline }) => (baseline ? [baseline] : []))
  return baselines.length < parts.length ? {} : { baseline: overFolds(baselines, meanOfShares) }
}

/** Costs are about all rows of all folds, as the confusion matrix is. */
function combinedCosts(parts: readonly Evaluation[]): Pick<Evaluation, 'costs'> {
  const all = parts.flatMap(({ costs, rows, weightedMatrix }) =>
    costs ? [{ costs, weight: weightedMatrix?.flat().reduce((sum, weight) => sum + weight, 0) ?? rows }] : [],
  )
  return all.length < parts.length ? {} : { costs: meanCosts(all) }
}

/** Adds up the confusion matrices; without counts where a fold has no matrix, having too many classes. */
function combinedClasses(parts: readonly Evaluation[]): Partial<Evaluation> {
  const classes = parts[0]?.classes
  if (!classes) return {}
  const labels = combinedLabels(parts, classes)
  if (labels) return labels
  const matrices = parts.flatMap(({ confusionMatrix }) => (confusionMatrix ? [confusionMatrix] : []))
  if (matrices.length < parts.length) return { classes }
  const weights = parts.flatMap(({ weightedMatrix }) => (weightedMatrix ? [weightedMatrix] : []))
  const isWeighted = weights.length === parts.length
  const combined = confusionOfPairs(
    addedUp(matrices, classes.length),
    classes,
    isWeighted ? addedUp(weights, classes.length) : undefined,
  )
  return {
    classes,
    ...combined.matrices,
    perClass: perClassOf(combined.counts, classes, combined.weighted),
  }
}

/** Adds up matrices by `true class · number of classes + answered class`. */
function addedUp(matrices: readonly (readonly (readonly number[])[])[], size: number): Map<number, number> {
  const pairs = new Map<number, number>()
  for (const matrix of matrices)
    for (const [truth, line] of matrix.entries())
      for (const [answered, rows] of line.entries()) {
        const pair = truth * size + answered
        if (rows > 0) pairs.set(pair, (pairs.get(pair) ?? 0) + rows)
      }
  return pairs
}

/** Adds up the counts of labels, and takes the means of their areas; undefined where rows have one class each. */
function combinedLabels(
  parts: readonly Evaluation[],
  labels: readonly string[],
): Partial<Evaluation> | undefined {
  const figures = labels.map((name) =>
    parts.flatMap(({ perClass = {} }) => (Object.hasOwn(perClass, name) ? (perClass[name] ?? []) : [])),
  )
  const all = figures.flat()
  if (all.length === 0 || all.some(({ answered }) => answered === undefined)) return undefined
  const sum = (value: (figure: (typeof figures)[number][number]) => number) =>
    Float64Array.from(figures, (each) => each.reduce((total, figure) => total + value(figure), 0))
  const counts = {
    support: sum(({ support }) => support),
    answered: sum(({ answered = 0 }) => answered),
    // A recall is the quotient of two counts.
    hits: sum(({ recall, support }) => Math.round(recall * support)),
  }
  const isWeighted = all.every((figure) => figure.weighted)
  const weighted = {
    support: sum((figure) => figure.weighted?.support ?? 0),
    answered: sum((figure) => figure.weighted?.answered ?? 0),
    hits: sum((figure) => figure.weighted?.hits ?? 0),
  }
  const areas = figures.map((each) => {
    const there = each.flatMap(({ auc }) => auc ?? [])
    return there.length > 0 ? meanOfShares(there) : null
  })
  return {
    classes: [...labels],
    perClass: perLabelOf(counts, labels, areas, isWeighted ? weighted : undefined),
  }
}

/** Distribution and quantiles of the residuals that the folds' samples hold. */
function combinedResiduals(parts: readonly Evaluation[]): Partial<Evaluation> {
  const all = parts.flatMap(({ residuals }) => residuals ?? [])
  if (all.length === 0) return {}
  return residualsOf(
    all.flatMap(({ predicted }) => predicted),
    all.flatMap(({ truth }) => truth),
  )
}

function combinedCurves(parts: readonly Evaluation[]): Partial<Evaluation> {
  if (!parts[0]?.roc) return {}
  const rocs = byName(parts.map(({ roc }) => roc))
  const curves = byName(parts.map(({ precisionRecall }) => precisionRecall))
  return {
    roc: Object.fromEntries(rocs.map(([name, each]) => [name, meanRoc(each)])),
    precisionRecall: Object.fromEntries(curves.map(([name, each]) => [name, meanPrecisionRecall(each)])),
  }
}

/** Groups the folds' curves by class, for the classes whose curve every fold has. */
function byName<Curve>(parts: readonly (Record<string, Curve> | undefined)[]): [string, Curve[]][] {
  return Object.keys(parts[0] ?? {}).flatMap((name) => {
    const curves = parts.flatMap((part) => (part && Object.hasOwn(part, name) ? (part[name] ?? []) : []))
    return curves.length === parts.length ? [[name, curves] as [string, Curve[]]] : []
  })
}

/** True positive rate at equal false positive rates, from (0, 0) on; the area is the mean of the folds' areas. */
function meanRoc(curves: readonly RocCurve[]): RocCurve {
  const heights = gridOf((x) =>
    meanOfShares(curves.map((curve) => heightAt(curve.falsePositiveRate, curve.truePositiveRate, x))),
  )
  return {
    falsePositiveRate: [0, ...gridOf((x) => x)],
    truePositiveRate: [0, ...heights],
    area: meanOfShares(curves.map(({ area }) => area)),
  }
}

/** Precision at equal recalls; average precision and prevalence are means over the folds. */
function meanPrecisionRecall(curves: readonly PrecisionRecallCurve[]): PrecisionRecallCurve {
  return {
    recall: gridOf((x) => x),
    precision: gridOf((x) =>
      meanOfShares(curves.map(({ recall, precision }) => heightAt(recall, precision, x))),
    ),
    averagePrecision: meanOfShares(curves.map(({ averagePrecision }) => averagePrecision)),
    prevalence: meanOfShares(curves.map(({ prevalence }) => prevalence)),
  }
}

/** Values at `POINTS` equal steps of x from 0 to 1. */
function gridOf(value: (x: number) => number): number[] {
  return Array.from({ length: POINTS }, (_, at) => rounded(value(at / (POINTS - 1))))
}

/** Height of a line at x, linear between points; the last point counts where several have the same x. */
function heightAt(xs: readonly number[], ys: readonly number[], x: number): number {
  let low = 0
  let high = xs.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((xs[middle] ?? 0) <= x) low = middle + 1
    else high = middle
  }
  const before = Math.max(0, low - 1)
  const after = Math.min(xs.length - 1, low)
  const left = xs[before] ?? 0
  const right = xs[after] ?? 0
  const from = ys[before] ?? 0
  const to = ys[after] ?? 0
  return right > left ? from + ((to - from) * (x - left)) / (right - left) : from
}
