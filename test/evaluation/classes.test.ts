import { describe, expect, it } from 'vitest'
import {
  classCurves,
  confusionOf,
  confusionOfPairs,
  perClassOf,
  reliabilityOf,
} from '../../src/evaluation/classes.ts'
import { combineFolds } from '../../src/evaluation/combine.ts'
import { mergeReliability, ReliabilityCounts } from '../../src/evaluation/reliability.ts'
import type { Evaluation } from '../../src/evaluation/schema.ts'

const names = (count: number) => Array.from({ length: count }, (_, at) => `c${at}`)
const logit = (probability: number) => Math.log(probability / (1 - probability))
const one = (truth: number[], scores: number[]) => ({
  rows: truth.length,
  outputs: 1,
  truth: Float64Array.from(truth),
  logits: Float64Array.from(scores, logit),
})

describe('a confusion matrix', () => {
  it('has lines of true and columns of answered classes, from the threshold on', () => {
    const scored = one([0, 0, 1, 1, 1], [0.3, 0.6, 0.3, 0.6, 0.7])
    const matrix = (threshold: number) =>
      confusionOf(scored, ['no', 'yes'], threshold).matrices.confusionMatrix
    expect(matrix(0.5)).toEqual([
      [1, 1],
      [1, 2],
    ])
    expect(matrix(0.65)).toEqual([
      [2, 0],
      [2, 1],
    ])
    expect(confusionOf(one([1], [0.5]), ['no', 'yes'], 0.5).matrices.confusionMatrix).toEqual([
      [0, 0],
      [0, 1],
    ])
  })

  it('is there for 200 classes, and not for 201', () => {
    for (const count of [200, 201]) {
      const { matrices, counts } = confusionOfPairs(new Map([[1, 4]]), names(count))
      expect(matrices.confusionMatrix?.length).toBe(count === 200 ? 200 : undefined)
      expect(matrices.confusions).toEqual([{ truth: 'c0', answered: 'c1', rows: 4 }])
      expect([counts.support[0], counts.answered[1], counts.hits[0]]).toEqual([4, 4, 0])
    }
  })

  it('comes with the pairs that are mistaken most, the first of equal ones first, and no more than 200', () => {
    const few = new Map([
      [5, 2],
      [1, 2],
      [0, 9],
      [3, 7],
    ])
    expect(confusionOfPairs(few, names(3)).matrices.confusions).toEqual([
      { truth: 'c1', answered: 'c0', rows: 7 },
      { truth: 'c0', answered: 'c1', rows: 2 },
      { truth: 'c1', answered: 'c2', rows: 2 },
    ])
    const many = new Map(Array.from({ length: 201 }, (_, at) => [at + 1, 1 + at] as const))
    const { confusions } = confusionOfPairs(many, names(300)).matrices
    expect([confusions.length, confusions[0]?.rows, confusions.at(-1)?.rows]).toEqual([200, 201, 2])
  })
})

describe('the values of each class', () => {
  it('are those of the 1,000 largest, where there are more', () => {
    for (const count of [1000, 1001]) {
      const sizes = Float64Array.from({ length: count }, (_, at) => at + 1)
      const counts = { support: sizes, answered: sizes, hits: sizes.map((size) => size - 1) }
      const perClass = perClassOf(counts, names(count))
      expect([Object.keys(perClass).length, 'c0' in perClass]).toEqual([1000, count === 1000])
    }
  })

  it('are 0 where no row is of the class or answered with it', () => {
    const counts = {
      support: Float64Array.of(4, 0, 2),
      answered: Float64Array.of(8, 2, 0),
      hits: Float64Array.of(2, 0, 0),
    }
    expect(perClassOf(counts, ['a', 'b', 'c'])).toEqual({
      a: { precision: 0.25, recall: 0.5, f1: 1 / 3, support: 4 },
      b: { precision: 0, recall: 0, f1: 0, support: 0 },
      c: { precision: 0, recall: 0, f1: 0, support: 2 },
    })
  })
})

describe('curves', () => {
  it('are those of the positive class, or of the five classes with the most rows', () => {
    expect(classCurves(one([0, 1], [0.2, 0.9]), ['no', 'yes']).map(({ name }) => name)).toEqual(['yes'])
    // Class 0 has no row; 1 to 6 have 1, 2, 3, 3, 2, 1.
    const truth = [1, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 6]
    const scored = {
      rows: truth.length,
      outputs: 7,
      truth: Float64Array.from(truth),
      logits: new Float64Array(truth.length * 7),
    }
    expect(classCurves(scored, names(7)).map(({ name }) => name)).toEqual(['c3', 'c4', 'c2', 'c5', 'c1'])
  })
})

describe('the scores that curves are made of', () => {
  it('are probabilities of the rows of a class against all others', () => {
    const [yes] = classCurves(one([0, 1, 1], [0.2, 0.9, 0.1]), ['no', 'yes'])
    expect([yes?.roc.area, yes?.precisionRecall.prevalence]).toEqual([0.5, 2 / 3])
    // By the softmax 1/2 and 0.73 of class a, although its logit is larger in the first row.
    const truth = Float64Array.of(0, 1)
    const two = classCurves({ rows: 2, outputs: 2, truth, logits: Float64Array.of(2, 2, 1, 0) }, ['a', 'b'])
    expect(two.map(({ name, roc }) => [name, roc.area])).toEqual([
      ['a', 0],
      ['b', 0],
    ])
    const [a] = two
    expect(a?.roc.thresholds?.[1]).toBeCloseTo(1 / (1 + Math.exp(-1)), 6)
    expect(a?.roc.thresholds?.[2]).toBeCloseTo(0.5, 6)
  })
})

describe('counts of classes', () => {
  it('add up over all pairs, with the first of equally likely classes answered', () => {
    const { counts } = confusionOfPairs(
      new Map([
        [0, 3],
        [1, 1],
        [3, 2],
      ]),
      ['a', 'b'],
    )
    expect([counts.support, counts.answered, counts.hits].map((each) => [...each])).toEqual([
      [4, 2],
      [3, 3],
      [3, 2],
    ])
    const logits = Float64Array.of(1, 1, 0, 0, 3, 2)
    const tied = { rows: 2, outputs: 3, truth: Float64Array.of(0, 1), logits }
    expect([...confusionOf(tied, names(3), 0.5).counts.hits]).toEqual([1, 1, 0])
  })
})

describe('reliability', () => {
  it('has ten bins, each with its upper edge', () => {
    const counts = new ReliabilityCounts()
    for (const [probability, cameTrue] of [
      [0, false],
      [0.1, true],
      [0.10001, false],
      [0.3, true],
      [0.7, true],
      [1, true],
    ] as const)
      counts.add(probability, cameTrue)
    const { of, bins, expectedCalibrationError } = counts.result('positive')
    expect(of).toBe('positive')
    expect(bins.map(({ rows }) => rows)).toEqual([2, 1, 1, 0, 0, 0, 1, 0, 0, 1])
    expect(bins[0]).toEqual({ from: 0, to: 0.1, rows: 2, predicted: 0.05, observed: 0.5 })
    expect(bins[3]).toEqual({ from: 0.3, to: 0.4, rows: 0, predicted: null, observed: null })
    expect(bins[9]).toEqual({ from: 0.9, to: 1, rows: 1, predicted: 1, observed: 1 })
    expect(expectedCalibrationError).toBeCloseTo((2 * 0.45 + 0.10001 + 0.7 + 0.3 + 0) / 6, 12)
    expect(new ReliabilityCounts().result('answered').expectedCalibrationError).toBe(0)
  })

  it('is of the positive class, or of the class that is answered', () => {
    const positive = reliabilityOf(one([1, 0], [0.25, 0.85]), 0.5)
    expect(positive.of).toBe('positive')
    expect([positive.bins[2]?.observed, positive.bins[8]?.observed]).toEqual([1, 0])
    const logits = [0.75, 0.2, 0.05, 0.1, 0.35, 0.55].map(Math.log)
    const three = { rows: 2, outputs: 3, truth: Float64Array.of(0, 1), logits: Float64Array.from(logits) }
    const answered = reliabilityOf(three, 0.5)
    expect(answered.of).toBe('answered')
    const filled = answered.bins.filter(({ rows }) => rows > 0)
    expect(filled.map(({ observed }) => observed)).toEqual([0, 1])
    expect(filled[0]?.predicted).toBeCloseTo(0.55, 12)
    expect(filled[1]?.predicted).toBeCloseTo(0.75, 12)
  })

  it('of several parts counts each row once', () => {
    const part = (probability: number, cameTrue: boolean, rows: number) => {
      const counts = new ReliabilityCounts()
      for (let row = 0; row < rows; row++) counts.add(probability, cameTrue)
      return counts.result('positive')
    }
    expect(mergeReliability([])).toBeUndefined()
    const merged = mergeReliability([part(0.25, true, 1), part(0.25, false, 3), part(0.9, true, 2)])
    expect(merged?.bins[2]).toMatchObject({ rows: 4, predicted: 0.25, observed: 0.25 })
    expect(merged?.bins[8]).toMatchObject({ rows: 2, observed: 1 })
    expect(merged?.bins[5]).toMatchObject({ rows: 0, predicted: null, observed: null })
    expect(merged?.expectedCalibrationError).toBeCloseTo((2 * 0.1) / 6, 12)
  })
})

describe('combined folds', () => {
  const fold = (change: Partial<Evaluation>): Evaluation => ({ rows: 2, loss: 1, metrics: {}, ...change })

  it('leave a metric out where a fold has none, and have no deviation of one value', () => {
    const all = combineFolds([
      fold({ loss: 1, metrics: { auc: null, accuracy: 0.5 } }),
      fold({ loss: 3, metrics: { auc: 0.75, accuracy: 1 } }),
    ])
    expect(all).toMatchObject({
      rows: 4,
      loss: 2,
      metrics: { auc: 0.75, accuracy: 0.75 },
      mean: { loss: 2, auc: 0.75, accuracy: 0.75 },
      deviation: { loss: 1, auc: 0, accuracy: 0.25 },
    })
    expect(combineFolds([fold({ metrics: { auc: null } })]).metrics).toEqual({ auc: null })
    for (const absent of ['reliability', 'residuals', 'roc', 'classes', 'baseline', 'confusionMatrix'])
      expect(all).not.toHaveProperty(absent)
  })

  it('have a matrix and a baseline only where each fold has one', () => {
    const classes = ['a', 'b']
    const confusionMatrix = [
      [1, 0],
      [2, 3],
    ]
    const both = combineFolds([fold({ classes, confusionMatrix }), fold({ classes, confusionMatrix })])
    expect(both.confusionMatrix).toEqual([
      [2, 0],
      [4, 6],
    ])
    expect(both.confusions).toEqual([{ truth: 'b', answered: 'a', rows: 4 }])
    const one = combineFolds([fold({ classes, confusionMatrix }), fold({ classes })])
    expect([one.classes, one.confusionMatrix, one.perClass]).toEqual([classes, undefined, undefined])
    expect(combineFolds([fold({ baseline: { auc: 1 } }), fold({})])).not.toHaveProperty('baseline')
    expect(combineFolds([fold({ baseline: { auc: 1 } }), fold({ baseline: { auc: 0 } })]).baseline).toEqual({
      auc: 0.5,
    })
  })

  it('have the mean height of curves at equal steps, of classes that each fold has', () => {
    const roc = (height: number, area: number) => ({
      falsePositiveRate: [0, 0, 0.5, 1],
      truePositiveRate: [0, height, height, 1],
      area,
    })
    const precisionRecall = (precision: number) => ({
      recall: [0, 1],
      precision: [1, precision],
      averagePrecision: precision,
      prevalence: precision / 2,
    })
    const all = combineFolds([
      fold({ roc: { a: roc(0.4, 0.6), b: roc(0.5, 0.5) }, precisionRecall: { a: precisionRecall(0.2) } }),
      fold({ roc: { a: roc(0.8, 1) }, precisionRecall: { a: precisionRecall(0.6) } }),
    ])
    expect(Object.keys(all.roc ?? {})).toEqual(['a'])
    const { falsePositiveRate = [], truePositiveRate = [], area } = all.roc?.['a'] ?? {}
    expect([falsePositiveRate.length, truePositiveRate.length, area]).toEqual([202, 202, 0.8])
    // The first point is (0, 0), then the last height at each rate.
    expect([falsePositiveRate[0], falsePositiveRate[1], falsePositiveRate[2]]).toEqual([0, 0, 0.005])
    expect([truePositiveRate[0], truePositiveRate[1], truePositiveRate[101]]).toEqual([0, 0.6, 0.6])
    // At 0.75: (0.4 + 1) / 2 and (0.8 + 1) / 2.
    expect([truePositiveRate[151], truePositiveRate[201]]).toEqual([0.8, 1])
    const curve = all.precisionRecall?.['a']
    expect([curve?.recall.length, curve?.recall[100], curve?.precision[0]]).toEqual([201, 0.5, 1])
    expect([curve?.precision[100], curve?.precision[200]]).toEqual([0.7, 0.4])
    expect(curve?.averagePrecision).toBeCloseTo(0.4, 12)
    expect(curve?.prevalence).toBeCloseTo(0.2, 12)
  })
})
