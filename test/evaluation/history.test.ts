import { describe, expect, it } from 'vitest'
import {
  boundedHistory,
  boundedHistoryFile,
  columnsIn,
  columnsOf,
  deviation,
  foldsBehind,
  historyOf,
  kFoldHistory,
  meanOfPresent,
  smooth,
} from '../../src/evaluation/history.ts'
import { epochsByOthers, keptEvaluation, summarizeFolds } from '../../src/evaluation/k-fold.ts'
import type { Evaluation } from '../../src/evaluation/schema.ts'

const losses = (...values: (number | null)[]) => values.map((valLoss) => ({ loss: 1, valLoss }))

describe('the best epoch', () => {
  it.each([
    ['the first of equal ones', losses(2, 1, 1), 'valLoss', 2],
    ['the last', losses(3, 2, 1), 'valLoss', 3],
    ['none without values', losses(null, null), 'valLoss', null],
    ['the first that has a value', losses(null, 5, null, 5), 'valLoss', 2],
    ['one of value 0', losses(1, 0, 0.5), 'valLoss', 2],
    [
      'the largest accuracy, the first of equal ones',
      [0.5, 0.9, 0.9].map((valAccuracy) => ({ valAccuracy })),
      'valAccuracy',
      2,
    ],
    ['by validation loss, where nothing has the name', losses(3, 1, 2), 'valNothing', 2],
    ['by loss, where no rows validate', [3, 1, 2].map((loss) => ({ loss })), 'valLoss', 2],
  ])('is %s', (_what, epochs, monitor, wanted) => {
    expect(historyOf(epochs, monitor).bestEpoch).toBe(wanted)
  })
})

describe('a history', () => {
  it('smooths the columns of validation only, and has the last fit where there is one', () => {
    const epochs = [
      { loss: 4, valLoss: 10, valMae: null },
      { loss: 2, valLoss: 20, valMae: 3 },
    ]
    const history = historyOf(epochs, 'valLoss', [{ loss: 7 }, { loss: 6 }], 0.5)
    expect(history).toMatchObject({
      epochs: [1, 2],
      loss: [4, 2],
      smoothed: { valLoss: [10, 15], valMae: [null, 3] },
      final: { loss: [7, 6] },
    })
    expect(Object.keys(history.smoothed)).toEqual(['valLoss', 'valMae'])
    expect(columnsIn(history)).toEqual({ loss: [4, 2], valLoss: [10, 20], valMae: [null, 3] })
    expect(historyOf(epochs, 'valLoss')).not.toHaveProperty('final')
    expect(history.overfitsAfter).toBeNull()
    expect(historyOf(epochs, 'valLoss').smoothed['valLoss']).toEqual([10, 11])
  })

  it('says where overfitting begins, by the losses of both kinds of rows', () => {
    const valLoss = [0.8, 0.6, 0.7, 0.9]
    const epochs = (loss: number[]) => valLoss.map((each, at) => ({ loss: loss[at] ?? 0, valLoss: each }))
    expect(historyOf(epochs([0.9, 0.5, 0.3, 0.1]), 'valLoss').overfitsAfter).toBe(2)
    expect(historyOf(epochs([0.1, 0.3, 0.5, 0.9]), 'valLoss').overfitsAfter).toBeNull()
    for (const name of ['loss', 'valLoss'])
      expect(
        historyOf(
          valLoss.map((each) => ({ [name]: each })),
          'valLoss',
        ).overfitsAfter,
      ).toBeNull()
  })

  it('has null where an epoch lacks a column', () => {
    expect(columnsOf([{ a: 1, b: 2 }, { a: 3 }])).toEqual({ a: [1, 3], b: [2, null] })
    expect(columnsOf([])).toEqual({})
  })

  it('smooths past gaps', () => {
    expect(smooth([null, 10, null, 20], 0.5)).toEqual([null, 10, 10, 15])
    expect(smooth([1, 2], 0)).toEqual([1, 2])
  })
})

describe('means and deviations of what is there', () => {
  it('leave nulls out', () => {
    expect([meanOfPresent([1, null, 3]), meanOfPresent([null]), meanOfPresent([])]).toEqual([2, null, null])
    expect([deviation([1, null, 3]), deviation([5]), deviation([null]), deviation([])]).toEqual([
      1,
      0,
      null,
      null,
    ])
    expect(deviation([1, 1, 4])).toBeCloseTo(Math.sqrt(2), 12)
  })
})

describe('folds', () => {
  const folds = [
    { loss: [4, 2, 1], valLoss: [5, 3, 4], valAccuracy: [0.5, null, 0.7] },
    { loss: [6, 4], valLoss: [7, 5], valAccuracy: [0.7, 0.9] },
  ]
  const metrics = (accuracy: number): Evaluation => ({ rows: 2, loss: 1, metrics: { accuracy } })
  const summed = () =>
    summarizeFolds(
      folds.map((columns, at) => ({
        history: { epochs: [1, 2], bestEpoch: 1, overfitsAfter: null, smoothed: {}, ...columns },
        evaluation: metrics(at),
      })),
      { monitor: 'valLoss', smoothing: 0.5 },
    )

  it('have the means of each epoch, as far as the shortest of them', () => {
    const history = kFoldHistory(folds, { monitor: 'valLoss', smoothing: 0.5 })
    expect(history).toMatchObject({
      epochs: [1, 2],
      loss: [5, 3],
      valLoss: [6, 4],
      bestEpoch: 2,
      smoothed: { valLoss: [6, 5] },
      folds,
    })
    expect(history['valAccuracy']).toEqual([0.6, 0.9])
    expect(kFoldHistory([], { monitor: 'valLoss', smoothing: 0.5 })).toMatchObject({ epochs: [], folds: [] })
    const final = [{ loss: 9 }]
    expect(kFoldHistory(folds, { monitor: 'valLoss', smoothing: 0.5, final }).final).toEqual({ loss: [9] })
  })

  it('have mean and deviation at the best epoch, by the plain names', () => {
    const { evaluation } = summed()
    expect(evaluation.best).toEqual({
      epoch: 2,
      mean: { loss: 4, accuracy: 0.9 },
      deviation: { loss: 1, accuracy: 0 },
    })
    expect(evaluation.metrics).toEqual({ accuracy: 0.5 })
    const none = summarizeFolds([], { monitor: 'valLoss', smoothing: 0.5 })
    expect(none.evaluation).not.toHaveProperty('best')
  })

  it('are evaluated as the version was trained, beside the scores after all epochs', () => {
    const { evaluation } = summed()
    const kept = keptEvaluation([metrics(0.2), metrics(0.4)], {
      epochs: 3,
      foldEpochs: [2, 4],
      last: evaluation,
    })
    expect(kept.folds?.map(({ epochs }) => epochs)).toEqual([2, 4])
    expect(kept.best?.epoch).toBe(3)
    expect(kept.best?.mean['accuracy']).toBeCloseTo(0.3, 12)
    expect(kept.best?.deviation['accuracy']).toBeCloseTo(0.1, 12)
    expect(kept.last).toEqual({ mean: evaluation.mean, deviation: evaluation.deviation })
    expect(keptEvaluation([metrics(0)], { epochs: 1, foldEpochs: [1], last: metrics(0) })).not.toHaveProperty(
      'last',
    )
  })
})

describe('the epochs that other folds choose', () => {
  const historyOfFolds = (...folds: (number | null)[][]) =>
    kFoldHistory(
      folds.map((valLoss) => ({ loss: valLoss.map(() => 1), valLoss })),
      { monitor: 'valLoss', smoothing: 0.9 },
    )
  const chosen = (history: ReturnType<typeof historyOfFolds>, kFold: number) =>
    epochsByOthers(history, { monitor: 'valLoss', kFold })

  it('are the best ones of the mean without the own fold', () => {
    // Means of the others: 5, 4, 3; 2, 3.5, 5 and 4, 3.5, 4.
    expect(chosen(historyOfFolds([1, 3, 6], [7, 4, 2], [3, 4, 4]), 3)).toEqual([3, 1, 2])
  })

  it('are those of the same repeat', () => {
    const history = historyOfFolds([1, 2, 3], [3, 2, 1], [2, 1, 2], [3, 2, 1])
    expect(chosen(history, 2)).toEqual([3, 1, 3, 2])
  })

  it('are none beyond the shortest fold', () => {
    expect(chosen(historyOfFolds([3, 2, 1], [3, 2]), 2)).toEqual([2, 2])
  })

  it('are the best one of all, or the last, where the others tell none', () => {
    expect(chosen(historyOfFolds([3, 1, 2], [null, null, null]), 2)).toEqual([2, 2])
    expect(chosen(historyOfFolds([null, null, null], [null, null, null]), 2)).toEqual([3, 3])
    expect(chosen(historyOfFolds([], []), 2)).toEqual([1, 1])
    expect(
      epochsByOthers({ ...historyOfFolds(), folds: undefined }, { monitor: 'valLoss', kFold: 2 }),
    ).toEqual([])
  })
})

describe('a bounded history', () => {
  const folds = (count: number, epochs: number) =>
    Array.from({ length: count }, (_, fold) => ({ loss: Array<number>(epochs).fill(fold), valLoss: [] }))
  const of = (count: number, epochs: number) =>
    kFoldHistory(folds(count, epochs), { monitor: 'valLoss', smoothing: 0.9 })

  it('has the first folds that fit, and tells how many there were', () => {
    const bounded = boundedHistory(of(1000, 1000))
    expect([bounded.folds?.length, bounded.foldCount, foldsBehind(bounded)]).toEqual([300, 1000, 1000])
    expect(bounded.folds?.[299]).toEqual({ loss: Array(1000).fill(299), valLoss: [] })
    expect(boundedHistory(bounded)).toEqual(bounded)
    expect(Object.keys(columnsIn(bounded))).toEqual(['loss', 'valLoss'])
  })

  it('is the history itself where all folds fit', () => {
    for (const history of [of(300, 1000), historyOf([{ loss: 1 }], 'loss')])
      expect(boundedHistory(history)).toBe(history)
  })

  it('has none where the first one does not fit', () => {
    const bounded = boundedHistory(of(1, 300_001))
    expect([bounded.folds, foldsBehind(bounded)]).toEqual([[], 1])
    expect(foldsBehind(historyOf([{ loss: 1 }], 'loss'))).toBe(0)
  })

  it('is made of the file of an earlier release, which has all folds', () => {
    const fileOf = (value: object) => Buffer.from(JSON.stringify(value))
    const large = of(900, 1000)
    const file = Buffer.concat([fileOf(large), Buffer.alloc(8 * 2 ** 20, ' ')])
    expect(JSON.parse(boundedHistoryFile(file).toString())).toEqual({
      ...JSON.parse(fileOf(large).toString()),
      folds: large.folds?.slice(0, 300),
      foldCount: 900,
    })
    const small = Buffer.alloc(8 * 2 ** 20, ' ')
    expect(boundedHistoryFile(small), 'a file of up to 8 MiB is a bounded one').toBe(small)
    expect(() => boundedHistoryFile(Buffer.alloc(8 * 2 ** 20 + 1, ' '))).toThrow(
      expect.objectContaining({ code: 'corrupt-artifact', cause: expect.anything() }),
    )
  })
})
