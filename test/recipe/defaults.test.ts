import { describe, expect, it } from 'vitest'
import {
  defaultBatchSize,
  defaultEpochs,
  defaultLayers,
  defaultValidation,
} from '../../src/recipe/defaults.ts'
import { sequence } from '../../src/recipe/encoders/sequence.ts'
import { completeOptimizer } from '../../src/recipe/optimizers.ts'
import { EarlyStoppingInput, Search, Validation } from '../../src/recipe/parts.ts'

describe('defaults', () => {
  it('have two layers of 16 units for two classes of texts, and of 64 otherwise', () => {
    const units = (...of: Parameters<typeof defaultLayers>) =>
      defaultLayers(...of).map((layer) => layer.units)
    expect(units('binary', true)).toEqual([16, 16])
    expect(units('binary', false)).toEqual([64, 64])
    expect(units('multiclass', true)).toEqual([64, 64])
    expect(units('regression', false)).toEqual([64, 64])
  })

  it.each([
    [1, 16],
    [960, 32],
    [30 * 90, 64],
    [30 * 91, 128],
    [15_360, 512],
    [1_000_000, 512],
  ])('have batches that give %i rows some thirty steps: %i', (rows, size) => {
    expect(defaultBatchSize(rows)).toBe(size)
  })

  it('have more epochs for small tables, and few for texts', () => {
    expect([999, 1_000].map((rows) => defaultEpochs(false, rows))).toEqual([200, 100])
    expect([999, 1_000].map((rows) => defaultEpochs(true, rows))).toEqual([20, 20])
  })

  it('validate on a fifth of 1,000 rows and more, and otherwise on folds, no more than there are rows or groups', () => {
    expect(defaultValidation(1_000)).toEqual({ split: 0.2 })
    const folds = { repeats: 1, shuffle: true, smoothing: 0.9 }
    expect(defaultValidation(999)).toEqual({ kFold: 4, ...folds })
    expect(defaultValidation(3)).toEqual({ kFold: 3, ...folds })
    expect(defaultValidation(999, 2)).toEqual({ kFold: 2, ...folds })
    expect(defaultValidation(1)).toEqual({ kFold: 2, ...folds })
  })

  it('of an optimizer stand for options that are left out or undefined', () => {
    expect(completeOptimizer({ type: 'sgd', learningRate: 0.5, momentum: undefined })).toStrictEqual({
      type: 'sgd',
      learningRate: 0.5,
      momentum: 0,
      nesterov: false,
    })
  })
})

describe('the cost of a sequence of words', () => {
  const encoder = { type: 'sequence' as const, ...sequence.defaults }
  it('is that of reading single words, which take half a byte for each character', () => {
    expect(sequence.nsPerCharacter(encoder)).toBe(30)
    expect(sequence.bytes(encoder, 1_000)).toBe(500)
  })
})

describe('parts of a recipe', () => {
  const issuesOf = (result: ReturnType<typeof Validation.safeParse>) =>
    result.error?.issues.map(({ path, message }) => [path.join('/'), message])

  it('have options of folds together with kFold only', () => {
    const folds = { repeats: 2, shuffle: false, smoothing: 0.5 }
    expect(Validation.safeParse({ kFold: 3, ...folds }).success).toBe(true)
    expect(issuesOf(Validation.safeParse({ split: 0.2, ...folds }))).toEqual(
      ['repeats', 'shuffle', 'smoothing'].map((key) => [
        key,
        `${key} applies together with kFold only. Remove it.`,
      ]),
    )
    expect(issuesOf(Validation.safeParse({ split: 0.2, rows: 3 }))).toEqual([
      ['', 'Give exactly one of split, rows, kFold and dataset, or set validation to null.'],
    ])
  })

  it('have a column of the history in any spelling, and nothing else', () => {
    expect(EarlyStoppingInput.parse({ monitor: 'val_loss' })).toEqual({ monitor: 'valLoss' })
    expect(EarlyStoppingInput.safeParse({ monitor: 7 }).error?.issues).toMatchObject([
      { path: ['monitor'], code: 'invalid_type' },
    ])
  })

  it('have a search over one path at least', () => {
    expect(Search.safeParse({ type: 'grid', over: {} }).error?.issues).toMatchObject([
      {
        path: ['over'],
        message: 'Give at least one path into the recipe, and the values to try there.',
      },
    ])
  })
})
