import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { labelsBaseline } from '../../src/evaluation/baseline.ts'
import { combineFolds } from '../../src/evaluation/combine.ts'
import { evaluateLabels } from '../../src/evaluation/evaluation.ts'
import { countLabels, f1Thresholds } from '../../src/evaluation/labels.ts'
import { meanLoss, type Scored } from '../../src/evaluation/losses.ts'
import { Random } from '../../src/evaluation/random.ts'
import { halfOfRows, takeRows } from '../../src/evaluation/take-rows.ts'
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

const Figures = z.object({
  f1Micro: z.number(),
  f1Macro: z.number(),
  subsetAccuracy: z.number(),
  hammingLoss: z.number(),
  logLoss: z.number(),
  perLabel: z.record(
    z.string(),
    z.object({
      precision: z.number(),
      recall: z.number(),
      f1: z.number(),
      auc: z.number().nullable(),
      averagePrecision: z.number().nullable(),
    }),
  ),
})
const scikit = z
  .object({
    thresholds: z.array(z.number()),
    truth: z.array(z.array(z.number())),
    scores: z.array(z.array(z.number())),
    weights: z.array(z.number()),
    plain: Figures,
    weighted: Figures,
  })
  .parse(JSON.parse(readFileSync(new URL('../fixtures/scikit_labels.json', import.meta.url), 'utf8')))

describe('labels of which a row has any number, beside scikit-learn with and without sample_weight', () => {
  const { thresholds, truth, scores } = scikit
  const rows = truth.length
  const logits = Float64Array.from(scores.flat(), (score) => Math.log(score / (1 - score)))
  const own = { rows, outputs: 4, logits, truth: Float64Array.from(truth.flat()) }
  const weights = Float64Array.from(scikit.weights)
  it.each([
    ['plain', own],
    ['weighted', { ...own, weights }],
  ] as const)('%s', (name, made: Scored) => {
    const { logLoss, perLabel, ...metrics } = scikit[name]
    const near = (value: number | null) => (value === null ? null : expect.closeTo(value, 9))
    expect(meanLoss(made, { type: 'binaryCrossentropy' }, true)).toBeCloseTo(logLoss, 9)
    const evaluation = evaluateLabels(made, LABELS, { loss: 0, metrics: [], thresholds })
    expect(evaluation.metrics).toEqual(
      Object.fromEntries(Object.entries(metrics).map(([metric, value]) => [metric, near(value)])),
    )
    for (const [label, { averagePrecision, auc, ...shares }] of Object.entries(perLabel)) {
      const figures = evaluation.perClass?.[label]
      expect(figures).toMatchObject({
        auc: near(auc),
        ...Object.fromEntries(Object.entries(shares).map(([share, value]) => [share, near(value)])),
      })
      expect(figures?.support).toBe(truth.filter((row) => row[LABELS.indexOf(label)] === 1).length)
      expect(figures?.weighted !== undefined).toBe(name === 'weighted')
      const curves = [evaluation.roc?.[label]?.area, evaluation.precisionRecall?.[label]?.averagePrecision]
      expect(curves).toEqual(auc === null ? [undefined, undefined] : [near(auc), near(averagePrecision)])
    }
  })

  it('has the weighted counts of all folds together', () => {
    const whole = { ...own, weights }
    const part = (half: 0 | 1) =>
      evaluateLabels(takeRows(whole, halfOfRows(rows, half)), LABELS, { loss: 0, metrics: [], thresholds })
    const { perClass = {} } = evaluateLabels(whole, LABELS, { loss: 0, metrics: [], thresholds })
    const combined = combineFolds([part(0), part(1)]).perClass ?? {}
    for (const [label, { precision, recall, f1, support, answered }] of Object.entries(perClass))
      expect(combined[label]).toMatchObject({
        support,
        answered,
        precision: expect.closeTo(precision, 9),
        recall: expect.closeTo(recall, 9),
        f1: expect.closeTo(f1, 9),
      })
  })
})

describe('weights of rows with any number of labels', () => {
  it('that are whole numbers count as copies of the rows, and equal ones change nothing', () => {
    const row = fc.record({
      logits: fc.tuple(fc.constantFrom(-2, -1, 0.5, 3), fc.constantFrom(-1, 0.25, 2)),
      own: fc.tuple(fc.nat(1), fc.nat(1)),
      weight: fc.nat(3),
    })
    fc.assert(
      fc.property(fc.array(row, { minLength: 4, maxLength: 40 }), (rows) => {
        fc.pre(rows.some(({ weight }) => weight > 0))
        const scoredOf = (list: typeof rows, weightOf?: (each: (typeof rows)[number]) => number): Scored => ({
          rows: list.length,
          outputs: 2,
          logits: Float64Array.from(list.flatMap(({ logits }) => logits)),
          truth: Float64Array.from(list.flatMap(({ own }) => own)),
          weights: weightOf && Float64Array.from(list, weightOf),
        })
        const told = (made: Scored) => {
          const { metrics, perClass, roc, precisionRecall } = evaluateLabels(made, ['a', 'b'], {
            loss: 0,
            thresholds: [0.4, 0.6],
            metrics: [],
          })
          const baseline = labelsBaseline(made.truth, made.truth, {
            labels: 2,
            metrics: [],
            weights: { truth: made.weights, training: made.weights },
          })
          const shares = Object.values(perClass ?? {}).flatMap((each) => [
            each.precision,
            each.recall,
            each.f1,
            each.auc ?? -1,
          ])
          const areas = ['a', 'b'].flatMap((name) => [
            roc?.[name]?.area ?? -1,
            precisionRecall?.[name]?.averagePrecision ?? -1,
          ])
          return [...Object.values(metrics), ...Object.values(baseline), ...shares, ...areas].map(
            (value) => value ?? -1,
          )
        }
        const copies = rows.flatMap((each) => Array.from({ length: each.weight }, () => each))
        const close = (values: number[]) => values.map((value) => expect.closeTo(value, 9))
        const weighted = scoredOf(rows, ({ weight }) => weight)
        // Of sets that are equally frequent the first one counts, which may stand in a row of the weight 0.
        const metricsOnly = (made: Scored) => told(made).slice(0, 4)
        expect(metricsOnly(weighted)).toEqual(close(metricsOnly(scoredOf(copies))))
        expect(told(weighted).slice(8)).toEqual(close(told(scoredOf(copies)).slice(8)))
        expect(told(scoredOf(rows, () => 4))).toEqual(close(told(scoredOf(rows))))
        expect(f1Thresholds(scoredOf(rows, () => 4))).toEqual(f1Thresholds(scoredOf(rows)))
      }),
    )
  })

  it('choose thresholds by the rows that count', () => {
    // The heavy rows want 0.3, the light ones 0.7.
    const scores = [0.2, 0.4, 0.6, 0.8]
    const rows = Array.from({ length: 800 }, (_, at) => ({
      score: scores[at % 4] ?? 0,
      truth: (scores[at % 4] ?? 0) > (at < 400 ? 0.3 : 0.7) ? 1 : 0,
    }))
    const made = (heavy: number, light: number) => ({
      rows: rows.length,
      outputs: 1,
      logits: Float64Array.from(rows, ({ score }) => Math.log(score / (1 - score))),
      truth: Float64Array.from(rows, ({ truth }) => truth),
      weights: Float64Array.from(rows, (_, at) => (at < 400 ? heavy : light)),
    })
    expect(f1Thresholds(made(10, 1))[0]).toBeCloseTo(0.3, 9)
    expect(f1Thresholds(made(1, 10))[0]).toBeCloseTo(0.7, 9)
    expect(f1Thresholds(made(0, 1))[0]).toBeCloseTo(0.7, 9)
  })

  it('decide which set of labels is the most frequent one', () => {
    const truth = [0, 1, 0, 1, 1, 0]
    const weights = { truth: Float64Array.of(1, 1, 5), training: Float64Array.of(1, 1, 5) }
    const baseline = (more: object) => labelsBaseline(truth, truth, { labels: 2, metrics: [], ...more })
    expect(baseline({})['subsetAccuracy']).toBeCloseTo(2 / 3, 9)
    expect(baseline({ weights })['subsetAccuracy']).toBeCloseTo(5 / 7, 9)
  })
})

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
