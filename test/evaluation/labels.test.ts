import { describe, expect, it } from 'vitest'
import { labelsBaseline } from '../../src/evaluation/baseline.ts'
import { combineFolds } from '../../src/evaluation/combine.ts'
import { evaluateLabels } from '../../src/evaluation/evaluation.ts'
import { countLabels, f1Thresholds } from '../../src/evaluation/labels.ts'
import { meanLoss, type Scored } from '../../src/evaluation/losses.ts'
import { Random } from '../../src/evaluation/random.ts'
import { sigmoid } from '../../src/numbers.ts'

const LABELS = ['a', 'b', 'c', 'never']
const LOGITS = [
  [-1.6, -2.65, -0.5, 0.84],
  [2.27, 0.22, -1.11, -1.57],
  [1.5, 3.27, 0.55, -2.47],
  [-1.92, 3.2, 0.41, -3.46],
  [-0.17, -2.33, -1.26, -0.98],
  [-1.43, 1.11, -0.13, -1.18],
  [0.82, 1.66, -3.29, -0.51],
  [-1.96, -0.35, -2.58, 0.04],
  [-0.08, -0.61, -2.1, -0.79],
  [-2.18, -2.71, 0.45, -2.22],
]
const TRUTH = [[], [], [0, 1, 2], [], [0, 2], [1], [0], [], [], [2]]
const THRESHOLDS = [0.5, 0.3, 0.7, 0.6]

function scoredOf(logits: readonly number[][], truth: readonly number[][]): Scored {
  return {
    rows: logits.length,
    outputs: 4,
    logits: Float64Array.from(logits.flat()),
    truth: Float64Array.from(truth.flatMap((own) => LABELS.map((_, label) => (own.includes(label) ? 1 : 0)))),
  }
}

const scored = scoredOf(LOGITS, TRUTH)
const options = { loss: 0, metrics: [], thresholds: THRESHOLDS }

// The numbers are scikit-learn's 1.7 (zero_division=0) and NumPy's.
describe('labels of which a row has any number', () => {
  it("have scikit-learn's metrics", () => {
    const { metrics, perClass = {}, classes } = evaluateLabels(scored, LABELS, options)
    expect(metrics).toEqual({
      f1Micro: expect.closeTo(0.42105263157894735, 9),
      f1Macro: expect.closeTo(0.2777777777777778, 9),
      subsetAccuracy: expect.closeTo(0.1, 9),
      hammingLoss: expect.closeTo(0.275, 9),
    })
    expect(classes).toEqual(LABELS)
    expect(perClass).toEqual({
      a: {
        precision: expect.closeTo(2 / 3, 9),
        recall: expect.closeTo(2 / 3, 9),
        f1: expect.closeTo(2 / 3, 9),
        support: 3,
        answered: 3,
        auc: expect.closeTo(0.8095238095238095, 9),
      },
      b: {
        precision: expect.closeTo(0.2857142857142857, 9),
        recall: 1,
        f1: expect.closeTo(0.4444444444444444, 9),
        support: 2,
        answered: 7,
        auc: expect.closeTo(0.875, 9),
      },
      c: {
        precision: 0,
        recall: 0,
        f1: 0,
        support: 3,
        answered: 0,
        auc: expect.closeTo(0.8095238095238095, 9),
      },
      never: { precision: 0, recall: 0, f1: 0, support: 0, answered: 1, auc: null },
    })
  })

  it('have the mean loss over rows and labels', () => {
    expect(meanLoss(scored, { type: 'binaryCrossentropy' }, true)).toBeCloseTo(0.5320537646414861, 9)
    expect(meanLoss(scored, { type: 'meanSquaredError' }, true)).toBeCloseTo(0.1686879270911185, 9)
  })

  it('have the counts of all folds together', () => {
    const parts = [0, 5].map((from) => {
      const part = scoredOf(LOGITS.slice(from, from + 5), TRUTH.slice(from, from + 5))
      return evaluateLabels(part, LABELS, options)
    })
    const whole = evaluateLabels(scored, LABELS, options).perClass ?? {}
    for (const [name, figures] of Object.entries(combineFolds(parts).perClass ?? {}))
      expect({ ...figures, auc: null }).toEqual({ ...whole[name], auc: null })
  })

  it('have the most frequent set as their baseline', () => {
    const { truth } = scored
    expect(labelsBaseline(truth, truth, { labels: 4, metrics: [] })).toEqual({
      f1Micro: 0,
      f1Macro: 0,
      subsetAccuracy: 0.5,
      hammingLoss: 8 / 40,
    })
    const always = scoredOf(LOGITS.slice(0, 3), [[0, 2], [0, 2], [1]]).truth
    expect(labelsBaseline(truth, always, { labels: 4, metrics: [] })['f1Micro']).toBeCloseTo(12 / 28, 9)
  })

  it('have the first one of equally frequent sets as their baseline, and each row its own set', () => {
    const baseline = (rows: number[][]) =>
      labelsBaseline(rows.flat(), rows.flat(), { labels: 2, metrics: [] })
    const x = [0, 1]
    const y = [1, 0]
    expect(baseline([y, x, x, y, x, x, y, x])['subsetAccuracy']).toBe(5 / 8)
    expect(
      labelsBaseline([...x, ...x, ...y], [...y, ...x], { labels: 2, metrics: [] })['subsetAccuracy'],
    ).toBe(1 / 3)
  })

  it('get thresholds of high F1, those of rare ones near the threshold of all', () => {
    const random = new Random(3, 'labels')
    const rows = 4_000
    const rates = [-3, -1]
    const logits = Float64Array.from(
      { length: rows * 2 },
      (_, at) => (rates[at % 2] ?? 0) + 3 * random.next() - 1.5,
    )
    const truth = logits.map((logit) => (random.next() < sigmoid(logit) ? 1 : 0))
    const made = { rows, outputs: 2, logits, truth }
    const f1 = (thresholds: readonly number[]) => {
      const { hits, support, answered } = countLabels(made, thresholds)
      return [0, 1].map((at) => (2 * (hits[at] ?? 0)) / ((support[at] ?? 0) + (answered[at] ?? 0)))
    }
    const chosen = f1Thresholds(made)
    for (const [at, best] of f1(chosen).entries())
      for (const other of [0.05, 0.1, 0.2, 0.3, 0.4, 0.5])
        expect(best).toBeGreaterThan((f1([other, other])[at] ?? 0) - 0.01)
    const rare = { ...made, truth: truth.map((value, at) => (at % 2 === 0 && at > 200 ? 0 : value)) }
    const [near = 0, shared = 0] = f1Thresholds(rare)
    expect(Math.abs(near - shared)).toBeLessThan(0.2)
    expect(f1Thresholds({ ...made, truth: truth.map(() => 0) })).toEqual([0.5, 0.5])
  })
})
