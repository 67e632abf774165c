import { evaluateClassifier, evaluateLabels, evaluateRegression } from '../../../src/evaluation/evaluation.ts'
import { type EpochValues, historyOf } from '../../../src/evaluation/history.ts'
import type { PlotData } from '../../../src/evaluation/plots/data.ts'
import { Random } from '../../../src/evaluation/random.ts'

type Explanation = NonNullable<PlotData['explanation']>

/** Results of nothing. */
export const nothing = {
  loss: 'binaryCrossentropy',
  target: 'price',
  history: null,
  evaluation: null,
  explanation: null,
  feature: null,
}

/** Returns a history of `epochs` epochs that overfits after the third. */
export function overfitting(epochs: number): PlotData {
  const values = Array.from({ length: epochs }, (_, at): EpochValues => {
    const valLoss = 0.3 + 0.02 * Math.abs(at - 2)
    return { loss: 1 / (at + 2), valLoss, accuracy: 1 - 1 / (at + 2), valAccuracy: 1 - valLoss }
  })
  return { ...nothing, subject: 'reviews, version 1', history: historyOf(values, 'valLoss') }
}

/** Four folds of forty epochs. */
export function folded(): PlotData {
  const fold = (by: number) => Array.from({ length: 40 }, (_, at) => 2 + by + 9 / (at + 1))
  const folds = [0, 0.2, 0.4, 0.6].map((by) => ({ valMae: fold(by) }))
  const mean = fold(0.3).map((valMae) => ({ loss: valMae / 10, valMae }))
  return { ...nothing, subject: 'x', history: { ...historyOf(mean, 'valMae'), folds } }
}

/** A classifier over these classes that is right on most of 400 rows. */
export function classified(classes: readonly string[], rows = 400): PlotData {
  const random = new Random(1, 'plots')
  const outputs = classes.length === 2 ? 1 : classes.length
  const truth = Float64Array.from({ length: rows }, (_, row) => row % classes.length)
  const logits = Float64Array.from({ length: rows * outputs }, () => random.next() * 3 - 1.5)
  for (const [row, label] of truth.entries())
    if (outputs === 1) logits[row] = (logits[row] ?? 0) + (label === 1 ? 1 : -1)
    else logits[row * outputs + label] = (logits[row * outputs + label] ?? 0) + 2
  const scored = { rows, outputs, truth, logits }
  const evaluation = evaluateClassifier(scored, classes, { loss: 0.4, threshold: 0.5, metrics: [] })
  return { ...nothing, subject: 'topics, version 2', evaluation }
}

/** A classifier that is better with more rows. */
export function learnt(): PlotData {
  const learningCurve = [80, 160, 320].map((rows, at) => {
    const accuracy = [0.65, 0.75, 0.8][at] ?? 0
    const interval95 = { accuracy: { low: accuracy - 0.05, high: accuracy + 0.05 } }
    return { share: rows / 320, rows, loss: 0.5, metrics: { accuracy }, interval95 }
  })
  const evaluation = { rows: 80, loss: 0.5, metrics: { accuracy: 0.8 }, learningCurve }
  return { ...nothing, subject: 'reviews, version 1', evaluation }
}

/** A regression of six targets on 300 rows each. */
export function regressedTargets(): PlotData {
  const { evaluation } = regressed()
  if (!evaluation) throw new Error('no evaluation')
  const { rows, loss, metrics, residuals } = evaluation
  const own = { metrics, ...(residuals && { residuals }) }
  const perTarget = Object.fromEntries(['a', 'b', 'c', 'd', 'e', 'f'].map((name) => [name, own]))
  return { ...nothing, subject: 'houses', target: 'a, b', evaluation: { rows, loss, metrics, perTarget } }
}

/** A regression on 300 rows. */
export function regressed(): PlotData {
  const random = new Random(1, 'plots')
  const truth = Float64Array.from({ length: 300 }, () => 5 + random.next() * 45)
  const predicted = truth.map((value) => value + random.next() * 6 - 3)
  return {
    ...nothing,
    subject: 'houses',
    evaluation: evaluateRegression(predicted, truth, { loss: 1, metrics: [] }),
  }
}

/** A classifier that gives each of 300 rows any number of these labels. */
export function labelled(labels: readonly string[] = ['comedy', 'drama', 'war']): PlotData {
  const random = new Random(1, 'plots')
  const outputs = labels.length
  const truth = Float64Array.from({ length: 300 * outputs }, () => (random.next() < 0.4 ? 1 : 0))
  const logits = truth.map((value) => (value === 1 ? 1 : -1) + random.next() * 4 - 2)
  const thresholds = labels.map(() => 0.5)
  const evaluation = evaluateLabels({ rows: 300, outputs, truth, logits }, labels, {
    loss: 1,
    metrics: [],
    thresholds,
  })
  return { ...nothing, subject: 'films, version 1', evaluation }
}

/** Terms `w0`, `w1`, … for and against each name, with falling weights. */
export function termsOf(names: readonly string[], count = 30): Explanation['terms'] {
  const listed = (sign: number) =>
    Array.from({ length: count }, (_, at) => {
      return { term: `${sign > 0 ? 'good' : 'bad'}${at}`, feature: 'text', weight: sign / (at + 1) }
    })
  return names.map((name) => ({ name, positive: listed(1), negative: listed(-1) }))
}

/** A version whose columns `c0`, `c1`, … count less and less, and which reads terms. */
export function explained(columns = 3, own: Partial<Explanation> = {}): PlotData {
  const features = Array.from({ length: columns }, (_, at) => {
    return { feature: `c${at}`, mean: 1 / (at + 1), deviation: 0.05 }
  })
  const explanation: Explanation = {
    rows: 876,
    seen: true,
    importance: { metric: 'logLoss', repeats: 5, baseline: 0.08, features },
    terms: termsOf(['pos']),
    termsBy: 'weights',
    curves: [],
    ...own,
  }
  return { ...nothing, subject: 'reviews, version 1', explanation }
}

/** A version of one column `c0` whose answers by its values are the outputs, of the names or of one number. */
export function curved(
  points: Explanation['curves'][number]['points'],
  names: string[] | null = null,
  metric: 'logLoss' | 'meanAbsoluteError' = names ? 'logLoss' : 'meanAbsoluteError',
): PlotData {
  const importance = { metric, repeats: 5, baseline: 1, features: [] }
  const curves = [{ feature: 'c0', names, points }]
  return { ...explained(1, { importance, curves, terms: null }), feature: 'c0' }
}
