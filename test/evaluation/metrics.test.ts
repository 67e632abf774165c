import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { evaluateClassifier, evaluateRegression } from '../../src/evaluation/evaluation.ts'
import { historyOf, smooth } from '../../src/evaluation/history.ts'
import { meanLoss } from '../../src/evaluation/losses.ts'
import {
  binaryMetric,
  multiclassMetric,
  multiLabelMetric,
  regressionMetric,
} from '../../src/evaluation/metrics.ts'

const { scikitLearn } = z
  .object({
    scikitLearn: z.object({
      truth: z.array(z.number()),
      scores: z.array(z.number()),
      binary: z.record(z.string(), z.number()),
      numbers: z.array(z.number()),
      predicted: z.array(z.number()),
      regression: z.record(z.string(), z.number()),
      multiclass: z.object({
        truth: z.array(z.number()),
        logits: z.array(z.array(z.number())),
        accuracy: z.number(),
        top2: z.number(),
        loss: z.number(),
        confusionMatrix: z.array(z.array(z.number())),
        precision: z.array(z.number()),
        recall: z.array(z.number()),
        f1: z.array(z.number()),
        support: z.array(z.number()),
      }),
    }),
  })
  .parse(JSON.parse(readFileSync(new URL('../fixtures/keras_curves.json', import.meta.url), 'utf8')))

const scored = {
  rows: scikitLearn.truth.length,
  outputs: 1,
  truth: Float64Array.from(scikitLearn.truth),
  logits: Float64Array.from(scikitLearn.scores, (score) => Math.log(score / (1 - score))),
}

describe('a metric', () => {
  it.each(['accuracy', 'precision', 'recall', 'auc'] as const)(
    "equals scikit-learn's: %s of a binary classifier",
    (type) => {
      // Scores of exactly 0.5 come back from their logits as 0.5, so the threshold is met alike.
      expect(binaryMetric({ type }, scored, 0.5)).toBeCloseTo(scikitLearn.binary[type] ?? Number.NaN, 6)
    },
  )
  it.each(['mae', 'mse', 'rmse', 'r2', 'mape'] as const)(
    "equals scikit-learn's: %s of a regression",
    (type) => {
      const value = regressionMetric({ type }, scikitLearn.predicted, scikitLearn.numbers)
      expect(value).toBeCloseTo(scikitLearn.regression[type] ?? Number.NaN, 6)
    },
  )
  it("equals scikit-learn's: f1 of the positive class", () => {
    const { perClass } = evaluateClassifier(scored, ['no', 'yes'], { loss: 0, threshold: 0.5, metrics: [] })
    expect(perClass?.['yes']?.f1).toBeCloseTo(scikitLearn.binary['f1'] ?? Number.NaN, 6)
  })
})

describe('metrics at their corners', () => {
  const logit = (probability: number) => Math.log(probability / (1 - probability))
  const rowsOf = (truth: number[], logits: number[]) => ({
    rows: truth.length,
    outputs: 1,
    truth: Float64Array.from(truth),
    logits: Float64Array.from(logits),
  })
  const TYPES = ['accuracy', 'precision', 'recall', 'auc', 'mae', 'mse'] as const
  const all = (truth: number[], logits: number[], threshold = 0.5) =>
    TYPES.map((type) => binaryMetric({ type }, rowsOf(truth, logits), threshold))

  it('count an answer at the threshold as positive', () => {
    // 0 is exactly the probability 0.5.
    expect(all([1, 0], [0, -0.001]).slice(0, 3)).toEqual([1, 1, 1])
    expect(all([1, 0], [0, 0]).slice(0, 3)).toEqual([0.5, 0.5, 1])
    expect(all([1, 0], [logit(0.3), logit(0.2)], 0.25).slice(0, 3)).toEqual([1, 1, 1])
    expect(all([1, 0], [logit(0.3), logit(0.2)], 0.35).slice(0, 3)).toEqual([0.5, 0, 0])
  })

  it('are told apart by each of the four counts', () => {
    // 1 true positive, 2 false negatives, 3 false positives, 4 true negatives.
    const truth = [1, 1, 1, 0, 0, 0, 0, 0, 0, 0]
    const answers = [1, -1, -1, 1, 1, 1, -1, -1, -1, -1]
    expect(all(truth, answers).slice(0, 3)).toEqual([0.5, 0.25, 1 / 3])
  })

  it('are 0 where no row is answered positive, or none is', () => {
    expect(all([1, 1], [-1, -1]).slice(0, 3)).toEqual([0, 0, 0])
    expect(all([0, 0], [1, -1]).slice(0, 3)).toEqual([0.5, 0, 0])
  })

  it.each([
    ['no order at all', [1, 0, 1, 0], [2, 2, 2, 2], 0.5],
    ['all right', [1, 1, 0], [3, 2, 1], 1],
    ['all wrong', [0, 0, 1], [3, 2, 1], 0],
    ['one tie', [1, 0, 0], [2, 2, 1], 0.75],
    ['one pair of four', [1, 1, 0, 0], [4, 1, 3, 2], 0.5],
    ['scores that sort otherwise as text', [1, 0, 1, 0], [10, 9, -1, -10], 0.75],
    ['one class', [1, 1], [1, 2], null],
    ['the other class', [0, 0], [1, 2], null],
  ])('have an AUC of %s', (_what, truth, logits, wanted) => {
    expect(binaryMetric({ type: 'auc' }, rowsOf(truth, logits), 0.5)).toBe(wanted)
  })

  it('measure errors of probabilities, not of logits', () => {
    const [, , , , mae, mse] = all([1, 0], [logit(0.75), logit(0.5)])
    expect(mae).toBeCloseTo((0.25 + 0.5) / 2, 12)
    expect(mse).toBeCloseTo((0.25 ** 2 + 0.5 ** 2) / 2, 12)
  })

  it('have no value for another task', () => {
    expect(binaryMetric({ type: 'r2' }, rowsOf([1], [1]), 0.5)).toBeNull()
    expect(multiclassMetric({ type: 'auc' }, { ...rowsOf([0], [1, 2]), outputs: 2 })).toBeNull()
    expect(regressionMetric({ type: 'accuracy' }, [1], [1])).toBeNull()
  })

  it('take the first of equally likely classes, and count ties against the later ones', () => {
    const tied = { rows: 3, outputs: 3, truth: Float64Array.of(0, 1, 2), logits: new Float64Array(9) }
    const share = (k: number) => multiclassMetric({ type: 'topK', k }, tied)
    expect([multiclassMetric({ type: 'accuracy' }, tied), share(1), share(2), share(3)]).toEqual([
      1 / 3,
      1 / 3,
      2 / 3,
      1,
    ])
    const seven = {
      rows: 1,
      outputs: 7,
      truth: Float64Array.of(5),
      logits: Float64Array.of(7, 6, 5, 4, 3, 2, 1),
    }
    expect(multiclassMetric({ type: 'topK' }, seven), 'k is 5 by default').toBe(0)
    expect(multiclassMetric({ type: 'topK', k: 6 }, seven)).toBe(1)
  })

  it('have an F1 of 0 without a hit, and the harmonic mean otherwise', () => {
    const f1 = (truth: number[], answers: number[]) => {
      const { perClass } = evaluateClassifier(rowsOf(truth, answers), ['no', 'yes'], {
        loss: 0,
        threshold: 0.5,
        metrics: [],
      })
      return [perClass?.['no']?.f1, perClass?.['yes']?.f1]
    }
    expect(f1([1, 1, 0, 0], [1, 1, -1, -1])).toEqual([1, 1])
    expect(f1([1, 1], [-1, -1])).toEqual([0, 0])
    expect(f1([0, 0], [1, 1])).toEqual([0, 0])
    // For "yes" a precision of 1/3 and a recall of 1; for "no" 1 and 1/3.
    expect(f1([1, 0, 0, 0], [1, 1, 1, -1])).toEqual([0.5, 0.5])
    // For "yes" a precision of 1/2 and a recall of 1/3.
    expect(f1([1, 1, 1, 0], [1, -1, -1, 1])[1]).toBeCloseTo(0.4, 12)
  })

  it.each([
    ['r2', [1, 2, 3], [1, 2, 3], 1],
    ['r2', [2, 2, 2], [1, 2, 3], 0],
    ['r2', [3, 2, 1], [1, 2, 3], -3],
    ['r2', [1, 5], [1, 5], 1],
    ['r2', [1], [1], null],
    ['r2', [1e-9, 2e-9], [1e-9, 2e-9], 1],
    // A spread that is small beside the mean is no rounding.
    ['r2', [1e6, 1e6 + 1], [1e6, 1e6 + 1], 1],
    ['mae', [1, 5], [2, 2], 2],
    ['mse', [1, 5], [2, 2], 5],
    ['rmse', [1, 4], [2, 2], Math.sqrt(2.5)],
    ['mape', [1, 5], [2, -4], 137.5],
    ['mape', [1e-7], [0], 100],
    ['mape', [1e-8], [1e-8], 0],
    ['mae', [-1, 1], [1, -1], 2],
  ] as const)('%s of %j for %j is %d', (type, predicted, truth, wanted) => {
    const value = regressionMetric({ type }, predicted, truth)
    if (wanted === null) expect(value).toBeNull()
    else expect(value).toBeCloseTo(wanted, 9)
  })
})

describe('R²', () => {
  it.each([
    [7, 50],
    [0.1, 50],
    [0.1, 200_000],
    [-1e300, 9],
    [0, 9],
  ])('is null for a target of %d in %d rows, whose spread is only rounding', (value, rows) => {
    const truth = new Float64Array(rows).fill(value)
    const predicted = truth.map((each, row) => each * (1 + (row % 2) * 1e-8))
    expect(regressionMetric({ type: 'r2' }, predicted, truth)).toBeNull()
  })
})

describe('a multiclass evaluation', () => {
  const { multiclass } = scikitLearn
  const four = {
    rows: multiclass.truth.length,
    outputs: 4,
    truth: Float64Array.from(multiclass.truth),
    logits: Float64Array.from(multiclass.logits.flat()),
  }

  it("has scikit-learn's accuracy, likeliest two, and loss", () => {
    expect(multiclassMetric({ type: 'accuracy' }, four)).toBeCloseTo(multiclass.accuracy, 6)
    expect(multiclassMetric({ type: 'topK', k: 2 }, four)).toBeCloseTo(multiclass.top2, 6)
    for (const type of ['categoricalCrossentropy', 'sparseCategoricalCrossentropy'] as const)
      expect(meanLoss(four, { type }, false)).toBeCloseTo(multiclass.loss, 6)
  })

  it("has scikit-learn's confusion matrix, and its precision, recall and f1 of each class", () => {
    const names = ['a', 'b', 'c', 'd']
    const evaluation = evaluateClassifier(four, names, { loss: 0, threshold: 0.5, metrics: [] })
    expect(evaluation.confusionMatrix).toEqual(multiclass.confusionMatrix)
    for (const [index, name] of names.entries())
      for (const key of ['precision', 'recall', 'f1', 'support'] as const)
        expect(evaluation.perClass?.[name]?.[key]).toBeCloseTo(multiclass[key][index] ?? Number.NaN, 6)
  })
})

describe('evaluation', () => {
  it('counts a confusion matrix by hand', () => {
    const three = {
      rows: 4,
      outputs: 3,
      truth: Float64Array.of(0, 1, 2, 2),
      logits: Float64Array.of(3, 1, 0, 2, 1, 0, 0, 0, 9, 5, 4, 1),
    }
    const evaluation = evaluateClassifier(three, ['a', 'b', 'c'], {
      loss: 0.5,
      threshold: 0.5,
      metrics: [{ type: 'topK', k: 2 }],
    })
    expect(evaluation.confusionMatrix).toEqual([
      [1, 0, 0],
      [1, 0, 0],
      [1, 0, 1],
    ])
    expect(evaluation.metrics).toEqual({ topK: 0.75, accuracy: 0.5 })
    expect(evaluation.perClass?.['c']).toEqual({ precision: 1, recall: 0.5, f1: 2 / 3, support: 2 })
    expect(multiclassMetric({ type: 'accuracy' }, three)).toBe(0.5)
  })
  it('gives the distance and the kappa of ordered classes', () => {
    // Answers 0 1 2 2, true 0 2 2 1: squared distances 0 1 0 1. Of independent ranks with the same frequencies:
    // mean square 9/4 each, less twice the product of the means 5/4.
    const ordered = {
      rows: 4,
      outputs: 3,
      truth: Float64Array.of(0, 2, 2, 1),
      logits: Float64Array.of(9, 0, 0, 0, 9, 0, 0, 0, 9, 0, 0, 9),
    }
    const ranked = { loss: 0, threshold: 0.5, metrics: [], ranked: true }
    const { metrics } = evaluateClassifier(ordered, ['low', 'middle', 'high'], ranked)
    expect(metrics).toMatchObject({ accuracy: 0.5, rankMae: 0.5 })
    expect(metrics['quadraticKappa']).toBeCloseTo(1 - 0.5 / (9 / 4 + 9 / 4 - 2 * (5 / 4) ** 2), 12)
    const alike = { ...ordered, truth: new Float64Array(4), logits: new Float64Array(12) }
    expect(evaluateClassifier(alike, ['low', 'middle', 'high'], ranked).metrics['quadraticKappa']).toBeNull()
  })
  it('has no value for a task that it is not of', () => {
    const own = { rows: 1, outputs: 2, truth: Float64Array.of(1, 0), logits: Float64Array.of(1, -1) }
    expect(multiLabelMetric({ type: 'auc' }, own, [0.5, 0.5])).toBeNull()
    expect(multiclassMetric({ type: 'mae' }, own)).toBeNull()
    expect(binaryMetric({ type: 'r2' }, own, 0.5)).toBeNull()
  })
  it('gives quantiles of residuals', () => {
    const evaluation = evaluateRegression(Float64Array.of(2, 2, 5), Float64Array.of(1, 2, 3), {
      loss: 1,
      metrics: [],
    })
    expect(evaluation.residualQuantiles).toMatchObject({ 0: 0, 0.5: 1, 1: 2 })
    expect(evaluation.metrics['mae']).toBe(1)
  })
})

describe('history', () => {
  const epochs = [
    { loss: 0.9, valLoss: 0.8, valAccuracy: 0.6 },
    { loss: 0.5, valLoss: 0.6, valAccuracy: 0.7 },
    { loss: 0.3, valLoss: 0.7, valAccuracy: 0.8 },
    { loss: 0.1, valLoss: 0.9, valAccuracy: 0.7 },
  ]
  it('marks the best epoch by what is monitored, and where overfitting begins', () => {
    expect(historyOf(epochs, 'valLoss')).toMatchObject({
      epochs: [1, 2, 3, 4],
      bestEpoch: 2,
      overfitsAfter: 2,
      loss: [0.9, 0.5, 0.3, 0.1],
    })
    expect(historyOf(epochs, 'valAccuracy').bestEpoch).toBe(3)
    expect(historyOf([], 'valLoss')).toMatchObject({ epochs: [], bestEpoch: null, overfitsAfter: null })
  })
  it("smooths as the book's smooth_curve", () => {
    const [first, second, third] = smooth([10, 20, 0], 0.9)
    expect([first, second]).toEqual([10, 11])
    expect(third).toBeCloseTo(9.9, 12)
  })
})
