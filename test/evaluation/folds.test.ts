import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { assignFolds, foldRows, splitRows } from '../../src/evaluation/folds.ts'
import { deviation, kFoldHistory, meanOfPresent } from '../../src/evaluation/history.ts'

const anyPlan = fc.record({
  kFold: fc.integer({ min: 2, max: 12 }),
  shuffle: fc.boolean(),
  repeat: fc.integer({ min: 1, max: 3 }),
  seed: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
})
const anyClasses = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 12, maxLength: 200 })
const spread = (counts: readonly number[]) => Math.max(...counts) - Math.min(...counts)
const count = (folds: Uint32Array, plan: { kFold: number }, which: (row: number) => boolean) => {
  const counts = Array.from({ length: plan.kFold }, () => 0)
  for (const [row, fold] of folds.entries()) if (which(row)) counts[fold] = (counts[fold] ?? 0) + 1
  return counts
}

describe('folds', () => {
  it('are disjoint, cover all rows, and differ in size by at most one row', () => {
    fc.assert(
      fc.property(anyPlan, anyClasses, (plan, classes) => {
        const folds = assignFolds(classes.length, classes, plan)
        expect(spread(count(folds, plan, () => true))).toBeLessThanOrEqual(1)
        const validated: number[] = []
        for (let fold = 0; fold < plan.kFold; fold++) {
          const { training, validation } = foldRows(folds, fold)
          expect([...training, ...validation].sort((a, b) => a - b)).toEqual(classes.map((_, row) => row))
          validated.push(...validation)
        }
        expect(validated.sort((a, b) => a - b)).toEqual(classes.map((_, row) => row))
      }),
    )
  })

  it('when shuffled spread every class evenly, and each repeat and seed draws anew', () => {
    fc.assert(
      fc.property(anyPlan, anyClasses, (plan, classes) => {
        const folds = assignFolds(classes.length, classes, { ...plan, shuffle: true })
        for (const each of new Set(classes))
          expect(spread(count(folds, plan, (row) => classes[row] === each))).toBeLessThanOrEqual(1)
      }),
    )
    const draw = (more: object) =>
      assignFolds(100, null, { kFold: 4, shuffle: true, repeat: 1, seed: 1, ...more })
    expect(draw({})).toEqual(draw({}))
    expect(draw({ repeat: 2 })).not.toEqual(draw({}))
    expect(draw({ seed: 2 })).not.toEqual(draw({}))
  })

  it("in order are the book's blocks", () => {
    const plan = { kFold: 4, shuffle: false, repeat: 1, seed: 1 }
    const blocks = assignFolds(404, null, plan)
    expect([...foldRows(blocks, 1).validation]).toEqual(Array.from({ length: 101 }, (_, row) => 101 + row))
    // scikit-learn: [len(test) for _, test in KFold(4).split(range(10))] == [3, 3, 2, 2]
    expect([...assignFolds(10, null, plan)]).toEqual([0, 0, 0, 1, 1, 1, 2, 2, 3, 3])
  })
})

describe('the history of a k-fold validation', () => {
  it('is the mean over the folds with its moving average and best epoch, as calculated by hand', () => {
    const folds = [
      { loss: [4, 2, 1, 1], valLoss: [5, 3, 4, 5] },
      { loss: [6, 4, 1, 0, 0.5], valLoss: [7, 3, 6, 8, 1] },
    ]
    const history = kFoldHistory(folds, { monitor: 'valLoss', smoothing: 0.9 })
    expect(history).toMatchObject({
      epochs: [1, 2, 3, 4],
      loss: [5, 3, 1, 0.5],
      valLoss: [6, 3, 5, 6.5],
      bestEpoch: 2,
      overfitsAfter: 2,
      folds,
    })
    // 6; 0.9 · 6 + 0.1 · 3 = 5.7; 0.9 · 5.7 + 0.1 · 5 = 5.63; 0.9 · 5.63 + 0.1 · 6.5 = 5.717
    expect(history.smoothed['valLoss']?.map((value) => Number(value?.toFixed(10)))).toEqual([
      6, 5.7, 5.63, 5.717,
    ])
    const half = kFoldHistory(folds, { monitor: 'valLoss', smoothing: 0.5 })
    expect(half.smoothed['valLoss']).toEqual([6, 4.5, 4.75, 5.625])
    expect(kFoldHistory([], { monitor: 'valLoss', smoothing: 0.9 })).toMatchObject({ epochs: [], folds: [] })
  })

  it('has mean and deviation as numpy.mean and numpy.std give them', () => {
    expect(meanOfPresent([2, 4, 4, 4, 5, 5, 7, 9])).toBe(5)
    expect(deviation([2, 4, 4, 4, 5, 5, 7, 9])).toBe(2)
    expect([meanOfPresent([null, 3]), deviation([null, 3]), meanOfPresent([null]), deviation([])]).toEqual([
      3,
      0,
      null,
      null,
    ])
  })
})

describe('splits', () => {
  it('keep every row once, the wanted number aside, and each class its share', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 2, maxLength: 200 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.nat(),
        (classes, share, seed) => {
          const count = Math.round(share * classes.length)
          const { training, validation } = splitRows(classes.length, count, classes, seed)
          expect(validation.length).toBe(count)
          expect([...training, ...validation].sort((a, b) => a - b)).toEqual(classes.map((_, row) => row))
          for (const label of new Set(classes)) {
            const size = classes.filter((each) => each === label).length
            const aside = [...validation].filter((row) => classes[row] === label).length
            expect(Math.abs(aside - (size * count) / classes.length)).toBeLessThan(1)
          }
        },
      ),
    )
  })
  it('are the same for the same seed and others for another', () => {
    expect(splitRows(100, 20, null, 1)).toEqual(splitRows(100, 20, null, 1))
    expect(splitRows(100, 20, null, 1)).not.toEqual(splitRows(100, 20, null, 2))
  })
  it('give what rounding leaves over to the classes with the largest remainders, the first ones of equal', () => {
    const classes = [2, 0, 1, 2, 2, 0, 1, 0, 2, 1, 2, 0]
    const aside = (count: number) => {
      const { validation } = splitRows(classes.length, count, classes, 1)
      return [0, 1, 2].map((each) => [...validation].filter((row) => classes[row] === each).length)
    }
    // Of 4, 3 and 5 rows: 4/12, 3/12, 5/12; 8/12, 6/12, 10/12; 16/12, 12/12, 20/12; 24/12, 18/12, 30/12.
    expect([0, 1, 2, 4, 6, 12].map(aside)).toEqual([
      [0, 0, 0],
      [0, 0, 1],
      [1, 0, 1],
      [1, 1, 2],
      [2, 2, 2],
      [4, 3, 5],
    ])
  })
})

// Versions of the service divide rows alike: a job that is tried again by a newer one goes on with the same folds.
describe('rows are divided as they have always been', () => {
  const plan = { kFold: 3, shuffle: true, repeat: 1, seed: 1 }
  const classes = [2, 0, 1, 2, 2, 0, 1, 0, 2, 1, 2, 0]

  it('into folds', () => {
    expect([...assignFolds(12, null, plan)]).toEqual([0, 2, 0, 1, 1, 0, 2, 2, 1, 2, 0, 1])
    expect([...assignFolds(12, null, { ...plan, repeat: 2 })]).toEqual([0, 1, 2, 0, 2, 1, 1, 0, 2, 1, 0, 2])
    expect([...assignFolds(12, classes, plan)]).toEqual([1, 1, 0, 2, 0, 0, 1, 0, 2, 2, 1, 2])
  })

  it('into those to train on and to validate on', () => {
    expect([...splitRows(12, 4, null, 1).validation]).toEqual([1, 3, 6, 9])
    expect([...splitRows(12, 4, classes, 1).validation]).toEqual([3, 4, 5, 6])
  })
})
