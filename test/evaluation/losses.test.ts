import { describe, expect, it } from 'vitest'
import { meanLoss } from '../../src/evaluation/losses.ts'
import type { Loss } from '../../src/recipe/index.ts'

const scored = (logits: number[], truth: number[], outputs = 1) => ({
  rows: truth.length,
  outputs,
  logits: Float64Array.from(logits),
  truth: Float64Array.from(truth),
})
const logit = (probability: number) => Math.log(probability / (1 - probability))

describe('the mean loss', () => {
  it.each<[Loss, number[], number[], number]>([
    [{ type: 'meanSquaredError' }, [1, 5], [2, 2], 5],
    [{ type: 'meanAbsoluteError' }, [1, 5], [2, 2], 2],
    // At delta the two parts meet: 0.5 · 1² = 1 · (1 − 0.5).
    [{ type: 'huber' }, [1], [0], 0.5],
    [{ type: 'huber' }, [0.5], [0], 0.125],
    [{ type: 'huber' }, [-3], [0], 2.5],
    [{ type: 'huber', delta: 2 }, [2], [0], 2],
    [{ type: 'huber', delta: 2 }, [0], [5], 8],
    [{ type: 'huber', delta: 0.5 }, [1], [0], 0.375],
  ])('%j of the values %j for %j is %d', (loss, values, truth, wanted) => {
    expect(meanLoss(scored(values, truth), loss, false)).toBeCloseTo(wanted, 12)
  })

  it('of a classifier with one output takes the errors of probabilities', () => {
    const rows = scored([logit(0.75), logit(0.25)], [1, 1])
    expect(meanLoss(rows, { type: 'meanAbsoluteError' }, true)).toBeCloseTo(0.5, 12)
    expect(meanLoss(rows, { type: 'meanSquaredError' }, true)).toBeCloseTo((0.25 ** 2 + 0.75 ** 2) / 2, 12)
  })

  it('by cross-entropy is the mean of −ln of what the true class was given', () => {
    const rows = scored([logit(0.75), logit(0.25), logit(0.2)], [1, 1, 0])
    const wanted = -(Math.log(0.75) + Math.log(0.25) + Math.log(0.8)) / 3
    expect(meanLoss(rows, { type: 'binaryCrossentropy' }, true)).toBeCloseTo(wanted, 12)
    const logits = [0.5, 0.3, 0.2, 0.1, 0.1, 0.8].map(Math.log)
    const three = scored(logits, [0, 1], 3)
    for (const type of ['categoricalCrossentropy', 'sparseCategoricalCrossentropy'] as const)
      expect(meanLoss(three, { type }, false)).toBeCloseTo(-(Math.log(0.5) + Math.log(0.1)) / 2, 12)
  })

  it('stays finite where the network is certain and wrong', () => {
    expect(meanLoss(scored([800, -800], [0, 1]), { type: 'binaryCrossentropy' }, true)).toBe(800)
    expect(meanLoss(scored([800, -800], [1, 0]), { type: 'binaryCrossentropy' }, true)).toBe(0)
    expect(meanLoss(scored([800, 0], [1], 2), { type: 'categoricalCrossentropy' }, false)).toBe(800)
  })
})
