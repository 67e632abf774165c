import { describe, expect, it } from 'vitest'
import { completeRecipe, RecipeInput } from '../../src/recipe/index.ts'
import { EarlyStop } from '../../src/training/early-stop.ts'
import { learningRates } from '../../src/training/learning-rates.ts'

/** Epochs as letters: `b` is the best so far, `s` the last one, `-` neither. */
function watch(options: { monitor?: string; patience?: number | null }, column: (number | null)[]): string {
  const { monitor = 'valLoss', patience = null } = options
  const stop = new EarlyStop({ monitor, patience, restoreBest: true })
  let told = ''
  for (const value of column) {
    const ended = stop.epochEnded({ [monitor]: value })
    told += ended.improved ? 'b' : ended.stop ? 's' : '-'
    if (ended.stop) return told
  }
  return told
}

describe('early stopping, as in Keras', () => {
  it.each<[number | null, number[], string]>([
    [null, [4, 3, 5, 5, 5], 'bb---'],
    [3, [4, 3, 5, 5, 5], 'bb--s'],
    [2, [4, 3, 5, 5, 5], 'bb-s'],
    [1, [4, 3, 5], 'bbs'],
    [0, [4, 3, 5], 'bbs'],
    [2, [4, 5, 3, 5, 4, 1], 'b-b-s'],
    [2, [4, 4, 4], 'b-s'],
  ])('with the patience %j ends a loss of %j: %s', (patience, losses, told) => {
    expect(watch({ patience }, losses)).toBe(told)
  })

  it('takes the larger accuracy and the smaller error as better', () => {
    expect(watch({ monitor: 'valAccuracy', patience: 2 }, [0.5, 0.6, 0.6, 0.4])).toBe('bb-s')
    expect(watch({ monitor: 'mae', patience: 2 }, [3, 2, 2, 4])).toBe('bb-s')
    expect(watch({ monitor: 'r2', patience: 1 }, [-2, -1, 0, -1])).toBe('bbbs')
  })

  it('counts an epoch without a value as no better', () => {
    expect(watch({ patience: 2 }, [null, 3, null, null])).toBe('-b-s')
    const stop = new EarlyStop({ monitor: 'valLoss', patience: 1, restoreBest: true })
    expect(stop.epochEnded({ loss: 1 })).toEqual({ improved: false, stop: true })
  })

  it('does nothing where the recipe has none', () => {
    const stop = new EarlyStop(null)
    for (const valLoss of [3, 5, 5])
      expect(stop.epochEnded({ valLoss })).toEqual({ improved: false, stop: false })
  })
})

describe('learning rates', () => {
  const of = (learningRateSchedule: unknown, steps = 8) => {
    const { recipe } = completeRecipe(
      RecipeInput.parse({ learningRateSchedule, optimizer: { type: 'sgd', learningRate: 0.5 }, layers: [] }),
      {
        rows: 90,
        columns: ['x', 'y'].map((name) => ({
          name,
          type: 'number',
          missing: 0,
          distinct: 80,
          min: 0,
          max: 9,
        })),
      },
    )
    return learningRates(recipe!, steps)
  }
  const next = (rates: ReturnType<typeof of>, count: number) =>
    Array.from({ length: count }, () => Number(rates.next().toFixed(6)))

  it('stay as they are without a schedule', () => {
    const rates = of(null)
    expect(next(rates, 2)).toEqual([0.5, 0.5])
    for (let epoch = 0; epoch < 30; epoch++) rates.epochEnded({ loss: 1 })
    expect(next(of('constant'), 2)).toEqual([0.5, 0.5])
    expect(next(rates, 2)).toEqual([0.5, 0.5])
  })

  it('fall along half a cosine', () => {
    // 0.5 · (1 + cos(π · step / 8)) / 2
    const cosine = [0.5, 0.48097, 0.426777, 0.345671, 0.25, 0.154329, 0.073223, 0.01903]
    expect(next(of('cosine'), 8)).toEqual(cosine)
    // The share 0.2 of the rate stays.
    expect(next(of({ type: 'cosine', alpha: 0.2 }), 8)).toEqual([
      0.5, 0.484776, 0.441421, 0.376537, 0.3, 0.223463, 0.158579, 0.115224,
    ])
    const rates = of('cosine')
    next(rates, 1)
    rates.skip(3)
    expect(next(rates, 2)).toEqual(cosine.slice(4, 6))
    for (let epoch = 0; epoch < 30; epoch++) rates.epochEnded({ loss: 1 })
    expect(next(rates, 2)).toEqual(cosine.slice(6))
  })

  const plateau = (values: Record<string, number | null>[], options: object = {}) => {
    const rates = of({ type: 'reduceOnPlateau', factor: 0.1, patience: 2, ...options })
    return values.map((each) => {
      rates.epochEnded(each)
      return next(rates, 1)[0]
    })
  }

  it('fall on a plateau after two epochs that are no better', () => {
    const losses = (list: number[]) => list.map((valLoss) => ({ valLoss, loss: 0 }))
    expect(plateau(losses([3, 3, 3, 3, 3]))).toEqual([0.5, 0.5, 0.05, 0.05, 0.005])
    expect(plateau(losses([3, 3, 2, 2, 2]))).toEqual([0.5, 0.5, 0.5, 0.5, 0.05])
    // A loss that is better by less than 0.0001 is no better.
    expect(plateau(losses([1, 0.99995, 0.9999]))).toEqual([0.5, 0.5, 0.05])
    expect(plateau(losses([1, 0.9998, 0.9996]))).toEqual([0.5, 0.5, 0.5])
    expect(plateau(losses([3, 3, 3, 3, 3]), { minLearningRate: 0.02 })).toEqual([0.5, 0.5, 0.05, 0.05, 0.02])
    expect(plateau(losses([3, 3, 3]), { patience: 1 })).toEqual([0.5, 0.05, 0.005])
  })

  it('fall on a plateau of the training loss without validation rows', () => {
    expect(plateau([{ loss: 3 }, { loss: 2 }, { loss: 1 }])).toEqual([0.5, 0.5, 0.5])
    expect(plateau([{ loss: 3 }, { loss: 3 }, { loss: 3 }])).toEqual([0.5, 0.5, 0.05])
    expect(plateau([{}, {}])).toEqual([0.5, 0.05])
    expect(plateau([{ valLoss: null, loss: 3 }, { valLoss: null, loss: 2 }, { loss: 1 }])).toEqual([
      0.5, 0.5, 0.5,
    ])
  })
})
