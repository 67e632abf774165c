import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { combineFolds } from '../../src/evaluation/combine.ts'
import { evaluateClassifier, evaluateRegression } from '../../src/evaluation/evaluation.ts'
import { Random } from '../../src/evaluation/random.ts'
import { ReliabilityCounts } from '../../src/evaluation/reliability.ts'
import { Evaluation } from '../../src/evaluation/schema.ts'
import { evaluateSeveral } from '../../src/evaluation/several-targets.ts'
import { thinned } from '../../src/evaluation/thin.ts'

const Numbers = z.array(z.number())
const scikit = z
  .object({
    few: z.object({
      truth: Numbers,
      scores: Numbers,
      falsePositiveRate: Numbers,
      truePositiveRate: Numbers,
      rocThresholds: z.array(z.number().nullable()),
      area: z.number(),
      precision: Numbers,
      recall: Numbers,
      thresholds: Numbers,
      averagePrecision: z.number(),
      observed: Numbers,
      predicted: Numbers,
    }),
    many: z.object({
      scores: Numbers,
      area: z.number(),
      averagePrecision: z.number(),
      observed: Numbers,
      predicted: Numbers,
      tenths: Numbers,
      roc: Numbers,
      precisionRecall: Numbers,
    }),
  })
  .parse(JSON.parse(readFileSync(new URL('../fixtures/scikit_curves.json', import.meta.url), 'utf8')))

const options = { loss: 0.5, threshold: 0.5, metrics: [] }

function binary(truth: readonly number[], scores: readonly number[]): Evaluation {
  const logits = Float64Array.from(scores, (score) => Math.log(score / (1 - score)))
  const scored = { rows: truth.length, outputs: 1, truth: Float64Array.from(truth), logits }
  return evaluateClassifier(scored, ['no', 'yes'], options)
}

function expectClose(found: readonly (number | null)[] | undefined, wanted: readonly (number | null)[]) {
  expect(found?.length).toBe(wanted.length)
  for (const [at, value] of wanted.entries())
    if (value === null) expect(found?.[at]).toBeNull()
    else expect(found?.[at]).toBeCloseTo(value, 6)
}

describe('the curves of a class', () => {
  const { few, many } = scikit
  const { roc, precisionRecall } = binary(few.truth, few.scores)
  it("have scikit-learn's points and area under the ROC curve", () => {
    expectClose(roc?.['yes']?.falsePositiveRate, few.falsePositiveRate)
    expectClose(roc?.['yes']?.truePositiveRate, few.truePositiveRate)
    expectClose(roc?.['yes']?.thresholds, few.rocThresholds)
    expect(roc?.['yes']?.area).toBeCloseTo(few.area, 9)
  })
  it("have scikit-learn's precision at each recall, and its average precision", () => {
    expectClose(precisionRecall?.['yes']?.recall, few.recall)
    expectClose(precisionRecall?.['yes']?.precision, few.precision)
    expectClose(precisionRecall?.['yes']?.thresholds, [null, ...few.thresholds])
    expect(precisionRecall?.['yes']?.averagePrecision).toBeCloseTo(few.averagePrecision, 9)
  })
  it('stay within half a percent everywhere when they are thinned, with exactly equal areas', () => {
    const truth = many.scores.map((_, row) => (row % 3 === 0 ? 1 : 0))
    const evaluation = binary(truth, many.scores)
    const curve = evaluation.roc?.['yes']
    const other = evaluation.precisionRecall?.['yes']
    expect(curve?.falsePositiveRate.length).toBeLessThanOrEqual(4 * 256)
    expect(other?.recall.length).toBeLessThanOrEqual(4 * 256)
    expect(curve?.area).toBeCloseTo(many.area, 9)
    expect(other?.averagePrecision).toBeCloseTo(many.averagePrecision, 9)
    for (const [at, x] of many.tenths.entries()) {
      expect(height(curve?.falsePositiveRate, curve?.truePositiveRate, x)).toBeCloseTo(many.roc[at] ?? 9, 2)
      expect(height(other?.recall, other?.precision, x)).toBeCloseTo(many.precisionRecall[at] ?? 9, 2)
    }
  })
  it.each([
    ['few', few.truth],
    ['many', many.scores.map((_, row) => (row % 3 === 0 ? 1 : 0))],
  ] as const)("have scikit-learn's calibration curve: %s rows", (name, truth) => {
    const counts = new ReliabilityCounts()
    for (const [row, score] of scikit[name].scores.entries()) counts.add(score, truth[row] === 1)
    const { bins } = counts.result('positive')
    const filled = bins.filter(({ rows }) => rows > 0)
    expectClose(
      filled.map((bin) => bin.observed),
      scikit[name].observed,
    )
    expectClose(
      filled.map((bin) => bin.predicted),
      scikit[name].predicted,
    )
    expect(bins.reduce((sum, { rows }) => sum + rows, 0)).toBe(truth.length)
  })
})

/** Height of a line at x. */
function height(xs: readonly number[] = [], ys: readonly number[] = [], x: number): number {
  const after = xs.findIndex((value) => value > x)
  const left = xs[after - 1] ?? 0
  const right = xs[after] ?? 1
  const from = ys[after - 1] ?? 0
  const to = ys[after] ?? 0
  return from + ((to - from) * (x - left)) / (right - left)
}

describe('curves and reliability of classifiers', () => {
  it('have no curve with one class only', () => {
    const { roc, precisionRecall, reliability } = binary([1, 1], [0.2, 0.9])
    expect([roc, precisionRecall]).toEqual([{}, {}])
    // 0.2 came true once, 0.9 once: (|0.2 − 1| + |0.9 − 1|) / 2.
    expect(reliability?.expectedCalibrationError).toBeCloseTo(0.45, 12)
  })
  it('take each class against all others, by the probability of the softmax', () => {
    const scored = {
      rows: 4,
      outputs: 3,
      truth: Float64Array.of(0, 0, 1, 2),
      logits: Float64Array.of(2, 0, 0, 0, 1, 0, 0, 3, 0, 1, 0, 0),
    }
    const { roc, reliability } = evaluateClassifier(scored, ['a', 'b', 'c'], options)
    expect(Object.keys(roc ?? {})).toEqual(['a', 'b', 'c'])
    // Class a: 0.787 and 0.212 against 0.045 and 0.576: three of four pairs are in order.
    expect(roc?.['a']?.area).toBeCloseTo(0.75, 12)
    // The answered classes a, b, b, a come true twice.
    expect(reliability?.of).toBe('answered')
    const right = reliability?.bins.reduce((sum, { rows, observed }) => sum + rows * (observed ?? 0), 0)
    expect(right).toBeCloseTo(2, 12)
  })
})

describe('the content of an evaluation', () => {
  // Three million numbers take minutes in code with faults in every line (`npm run test:mutants`).
  it.skipIf(process.env['MUTANTS_TESTS'])('is bounded for 1,000 classes and for many rows', () => {
    const random = new Random(1, 'test')
    const names = Array.from({ length: 1_000 }, (_, at) => `class number ${at}`)
    const rows = 3_000
    const logits = Float64Array.from({ length: rows * names.length }, () => random.next())
    const truth = Float64Array.from({ length: rows }, () => random.uint32() % names.length)
    const evaluation = evaluateClassifier({ rows, outputs: names.length, logits, truth }, names, options)
    expect(JSON.stringify(Evaluation.parse(evaluation)).length).toBeLessThan(300_000)
    expect(evaluation.confusionMatrix).toBeUndefined()
    expect(Object.keys(evaluation.perClass ?? {}).length).toBe(1_000)

    const values = Float64Array.from({ length: 200_000 }, () => random.next() * 50)
    const noise = values.map((value) => value + random.next() - 0.5)
    const size = JSON.stringify(evaluateRegression(noise, values, { loss: 1, metrics: [] })).length
    expect(size).toBeLessThan(30_000)
    const scores = Array.from(values, (value) => (value + 0.1) / 50.2)
    const labels = scores.map((score) => (random.next() < score ? 1 : 0))
    expect(JSON.stringify(binary(labels, scores)).length).toBeLessThan(80_000)
  })
  it('lists the pairs that are mistaken most, whatever classes are called', () => {
    const scored = {
      rows: 4,
      outputs: 3,
      truth: Float64Array.of(0, 0, 1, 2),
      logits: Float64Array.of(0, 1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1),
    }
    const { confusions, perClass } = evaluateClassifier(scored, ['__proto__', '<b>', 'constructor'], options)
    expect(confusions).toEqual([
      { truth: '__proto__', answered: '<b>', rows: 2 },
      { truth: '<b>', answered: 'constructor', rows: 1 },
    ])
    expect(Object.keys(perClass ?? {})).toEqual(['__proto__', '<b>', 'constructor'])
  })
  it('stays finite for values as large as there are', () => {
    const most = Number.MAX_VALUE
    const least = -Number.MAX_VALUE
    const { residuals, residualQuantiles } = evaluateRegression(
      Float64Array.of(most, least, 0),
      Float64Array.of(least, most, 0),
      { loss: 1, metrics: [] },
    )
    expect(Evaluation.shape.residuals.parse(residuals)).toEqual(residuals)
    expect(Object.values(residualQuantiles ?? {}).every(Number.isFinite)).toBe(true)
  })
  it('counts every residual once', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.double({ noNaN: true, min: -1e9, max: 1e9 }), fc.integer()), { minLength: 1 }),
        (pairs) => {
          const predicted = pairs.map(([a]) => a)
          const truth = pairs.map(([, b]) => b)
          const { residuals } = evaluateRegression(Float64Array.from(predicted), Float64Array.from(truth), {
            loss: 1,
            metrics: [],
          })
          const { counts = [], below = 0, above = 0, edges = [] } = residuals?.histogram ?? {}
          expect(counts.reduce((sum, count) => sum + count, below + above)).toBe(pairs.length)
          expect(edges.length).toBe(counts.length + 1)
          expect([...edges].sort((a, b) => a - b)).toEqual(edges)
        },
      ),
    )
  })
})

describe('folds', () => {
  it('give means, deviations, and one matrix over all rows', () => {
    const parts = [binary([0, 1, 1, 0], [0.2, 0.8, 0.4, 0.1]), binary([0, 1], [0.7, 0.6])]
    const all = combineFolds(parts)
    expect(all).toMatchObject({ rows: 6, loss: 0.5, classes: ['no', 'yes'] })
    expect(all.metrics['accuracy']).toBeCloseTo((0.75 + 0.5) / 2, 12)
    expect(all.deviation?.['accuracy']).toBeCloseTo(0.125, 12)
    expect(all.confusionMatrix).toEqual([
      [2, 1],
      [1, 2],
    ])
    expect(all.perClass?.['yes']).toMatchObject({ support: 3, recall: 2 / 3 })
    expect(all.folds?.map(({ rows }) => rows)).toEqual([4, 2])
    // The first fold's curve goes straight up, the second's along the bottom.
    expect(all.roc?.['yes']?.area).toBeCloseTo(0.5, 12)
    expect(all.roc?.['yes']?.truePositiveRate.slice(0, 3)).toEqual([0, 0.5, 0.5])
    expect(all.reliability?.bins.reduce((sum, { rows }) => sum + rows, 0)).toBe(6)
    expect(Evaluation.parse(all)).toEqual(all)
  })
  it('of regressions keep the residuals of all rows', () => {
    const fold = (values: number[]) =>
      evaluateRegression(Float64Array.from(values), new Float64Array(values.length), { loss: 1, metrics: [] })
    const all = combineFolds([fold([1, 2]), fold([5])])
    expect(all.residuals?.predicted).toEqual([1, 2, 5])
    expect(all.residualQuantiles).toMatchObject({ 0: 1, 0.5: 2, 1: 5 })
    expect(all.mean?.['mae']).toBeCloseTo((1.5 + 5) / 2, 12)
  })
  it('of several targets have all of that for each target', () => {
    const fold = (values: number[]) =>
      evaluateSeveral(Float64Array.from(values), new Float64Array(values.length), ['x', 'y'], {
        loss: 1,
        metrics: [],
        weights: undefined,
      })
    const { perTarget = {} } = combineFolds([fold([1, 10, 2, 30]), fold([5, 0])])
    expect(perTarget['x']?.residualQuantiles).toMatchObject({ 0: 1, 0.5: 2, 1: 5 })
    expect(perTarget['y']?.residualQuantiles).toMatchObject({ 0: 0, 0.5: 10, 1: 30 })
    expect(perTarget['y']?.residuals?.predicted).toEqual([10, 30, 0])
    expect(perTarget['x']?.metrics['mae']).toBeCloseTo((1.5 + 5) / 2, 12)
  })
})

describe('thinning', () => {
  it('keeps the ends and the extremes of every part, in order, and no more than four points of each', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true, min: -1, max: 1 }), { minLength: 1, maxLength: 500 }),
        (ys) => {
          const xs = ys.map((_, at) => at)
          const kept = thinned(xs, ys, 10)
          expect(kept.length).toBeLessThanOrEqual(40)
          expect([...kept].sort((a, b) => a - b)).toEqual(kept)
          expect([kept[0], kept.at(-1)]).toEqual([0, ys.length - 1])
          const heights = kept.map((at) => ys[at] ?? 0)
          expect([Math.min(...heights), Math.max(...heights)]).toEqual([Math.min(...ys), Math.max(...ys)])
        },
      ),
    )
  })
})
