import { describe, expect, it } from 'vitest'
import {
  classifierBaseline,
  regressionBaseline,
  unansweredWarning,
  weaknessOf,
} from '../../src/evaluation/baseline.ts'
import { combineFolds } from '../../src/evaluation/combine.ts'
import { evaluateClassifier, evaluateRegression } from '../../src/evaluation/evaluation.ts'
import type { Evaluation } from '../../src/evaluation/schema.ts'

const BINARY = { task: 'binary', target: 'label', classWeights: null, threshold: 0.5 } as const
const NUMBER = { ...BINARY, task: 'regression', target: 'price' } as const
const CLASSES = ['no', 'yes']

/** The evaluation of a classifier that answers `answers` where `truth` is right, with its baseline. */
function classified(truth: number[], answers: number[], training = truth) {
  const logits = Float64Array.from(answers, (answer) => (answer === 1 ? 2 : -2))
  const scored = { rows: truth.length, outputs: 1, logits, truth: Float64Array.from(truth) }
  return {
    ...evaluateClassifier(scored, CLASSES, { loss: 0, threshold: 0.5, metrics: [] }),
    baseline: classifierBaseline(truth, training, { outputs: 1, metrics: [] }),
  }
}

function predicted(truth: number[], answers: number[], training = truth) {
  const evaluation = evaluateRegression(Float64Array.from(answers), Float64Array.from(truth), {
    loss: 0,
    metrics: [],
  })
  return { ...evaluation, baseline: regressionBaseline(truth, training, []) }
}

describe('a baseline', () => {
  it('answers the most frequent class of the training rows', () => {
    const metrics = [{ type: 'topK' as const, k: 2 }]
    expect(classifierBaseline([1, 1, 0, 0], [0, 0, 0, 1], { outputs: 1, metrics: [] })).toEqual({
      accuracy: 0.5,
      precision: 0,
      recall: 0,
      auc: 0.5,
    })
    expect(classifierBaseline([0, 1, 2, 2], [2, 2, 1], { outputs: 3, metrics })).toEqual({
      topK: 0.75,
      accuracy: 0.5,
    })
  })

  it('answers the median for absolute errors and the mean for squared ones', () => {
    const metrics = [{ type: 'mse' as const }]
    expect(regressionBaseline([1, 1, 1, 9], [1, 1, 1, 9], metrics)).toEqual({
      mse: 12,
      mae: 2,
      rmse: Math.sqrt(12),
      r2: 0,
    })
  })

  it('of folds is the mean over the folds', () => {
    const folds = [classified([0, 0, 1], [0, 0, 1]), classified([0, 1, 1], [0, 1, 1], [0, 0, 1])]
    expect(combineFolds(folds).baseline?.['accuracy']).toBeCloseTo((2 / 3 + 1 / 3) / 2, 12)
    const { baseline: _none, ...old } = classified([0, 1], [0, 1])
    expect(combineFolds([old, old])).not.toHaveProperty('baseline')
  })
})

describe('a weak model', () => {
  it('is a classifier that answers one class only', () => {
    expect(weaknessOf(BINARY, classified([0, 0, 0, 1], [0, 0, 0, 0]))).toMatchObject({
      code: 'answers-one-class',
      column: 'label',
      count: 4,
      message: expect.stringMatching(
        /answers "no" for each of the 4 validation rows, although 1 of them is of other/,
      ),
    })
    // An evaluation of an earlier release has no baseline to be held against.
    const { baseline: _none, ...old } = classified([0, 0, 0, 1], [0, 0, 1, 0])
    expect(weaknessOf(BINARY, old)).toBeUndefined()
    // Nothing can be said where the rows have one class themselves.
    expect(weaknessOf(BINARY, classified([0, 0, 0], [0, 0, 0]))).toBeUndefined()
  })

  it('is a classifier whose accuracy does not exceed the share of the most frequent class', () => {
    const truth = [0, 0, 0, 1, 1]
    expect(weaknessOf(BINARY, classified(truth, [0, 0, 1, 1, 0]))).toMatchObject({
      code: 'no-better-than-baseline',
      message: expect.stringContaining(
        'the accuracy is 0.6, and answering the most frequent class always reaches 0.6',
      ),
    })
    expect(weaknessOf(BINARY, classified(truth, [0, 0, 0, 1, 0]))).toBeUndefined()
  })

  it('is judged by the recalls of the classes where the recipe gives up accuracy for them', () => {
    const truth = [0, 0, 0, 0, 0, 0, 0, 1]
    const answers = [0, 0, 0, 0, 0, 1, 1, 1]
    expect(weaknessOf(BINARY, classified(truth, answers))?.code).toBe('no-better-than-baseline')
    for (const recipe of [
      { ...BINARY, classWeights: 'balanced' as const },
      { ...BINARY, threshold: 0.1 },
    ]) {
      expect(weaknessOf(recipe, classified(truth, answers))).toBeUndefined()
      expect(weaknessOf(recipe, classified(truth, [0, 0, 0, 0, 0, 1, 1, 0]))?.message).toContain(
        'mean recall',
      )
    }
  })

  it('is a regression that no metric sets apart from one number', () => {
    const truth = [1, 2, 3, 10]
    expect(weaknessOf(NUMBER, predicted(truth, [2.5, 2.5, 2.5, 2.5]))?.code).toBe('no-better-than-baseline')
    expect(weaknessOf(NUMBER, predicted(truth, [4, 4, 4, 4]))?.code).toBe('no-better-than-baseline')
    // Better by absolute errors alone: the loss may have been the absolute error.
    expect(weaknessOf(NUMBER, predicted(truth, [1, 2, 3, 2]))).toBeUndefined()
    expect(weaknessOf(NUMBER, predicted(truth, [1, 2, 3, 9]))).toBeUndefined()
  })

  it('is unknown where an evaluation has no baseline', () => {
    const { baseline: _none, ...old } = predicted([1, 2, 3], [2, 2, 2])
    expect(weaknessOf(NUMBER, old)).toBeUndefined()
  })
})

describe('a warning of classes that are never answered', () => {
  const evaluation = (matrix: number[][]): Evaluation => ({
    rows: 20,
    loss: 1,
    metrics: { accuracy: 0.75 },
    baseline: { accuracy: 0.6 },
    classes: ['a', 'b', 'c'],
    confusionMatrix: matrix,
    perClass: Object.fromEntries(
      ['a', 'b', 'c'].map((name, at) => [
        name,
        { precision: 0, recall: 0, f1: 0, support: matrix[at]?.reduce((sum, rows) => sum + rows, 0) ?? 0 },
      ]),
    ),
  })
  const recipe = { task: 'multiclass', target: 'topic' } as const
  const warned = (...matrix: number[][]) => unansweredWarning(recipe, evaluation(matrix))

  it('names them, with what the most frequent class alone would reach', () => {
    expect(warned([10, 2, 0], [1, 5, 0], [1, 1, 0])).toMatchObject({
      code: 'class-never-answered',
      column: 'topic',
      count: 2,
      message: expect.stringMatching(
        /^The model never answers "c", although 2 of the 20 .*accuracy is 0\.75; the most frequent class alone would reach 0\.6\./,
      ),
    })
  })

  it('stays away where all are answered, or only one, which another warning tells', () => {
    expect(warned([10, 2, 0], [1, 4, 1], [1, 1, 0])).toBeUndefined()
    expect(warned([12, 0, 0], [6, 0, 0], [2, 0, 0])).toBeUndefined()
  })
})
