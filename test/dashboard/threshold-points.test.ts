import { describe, expect, it } from 'vitest'
import { pointAt } from '../../src/dashboard/pages/model/threshold-points.ts'

const evaluation = {
  classes: ['neg', 'pos'],
  thresholds: {
    positives: 10,
    negatives: 30,
    thresholds: [0.9, 0.6, 0.2],
    truePositives: [4, 8, 10],
    falsePositives: [0, 2, 15],
    bestF1: { threshold: 0.6, precision: 0.8, recall: 0.8, f1: 0.8 },
  },
  confusionMatrix: [
    [27, 3],
    [2, 8],
  ],
}

describe('what a threshold does', () => {
  it.each([
    [0.95, { precision: 0, recall: 0, accuracy: 0.75, falsePositives: 0, falseNegatives: 10 }],
    [0.9, { precision: 1, recall: 0.4, accuracy: 0.85, falsePositives: 0, falseNegatives: 6 }],
    [0.5, { precision: 0.8, recall: 0.8, accuracy: 0.9, falsePositives: 2, falseNegatives: 2 }],
    [0.1, { precision: 0.4, recall: 1, accuracy: 0.625, falsePositives: 15, falseNegatives: 0 }],
  ])('%d', (threshold, expected) => {
    expect(pointAt(evaluation, threshold, 0.51)).toEqual({ positive: 'pos', ...expected })
  })

  it('is at the own threshold of the version what the confusion matrix says', () => {
    expect(pointAt(evaluation, 0.51, 0.51)).toMatchObject({
      falsePositives: 3,
      falseNegatives: 2,
      accuracy: 0.875,
    })
    const weightedMatrix = [
      [20, 10],
      [1.5, 8.5],
    ]
    expect(pointAt({ ...evaluation, weightedMatrix }, 0.51, 0.51)).toMatchObject({
      falsePositives: 10,
      falseNegatives: 1.5,
    })
  })

  it('is unknown where there are not two classes, or no counts', () => {
    expect(pointAt({ ...evaluation, classes: ['a', 'b', 'c'] }, 0.5, 0.5)).toBeUndefined()
    expect(pointAt({ classes: ['neg', 'pos'] }, 0.5, 0.5)).toBeUndefined()
  })
})
