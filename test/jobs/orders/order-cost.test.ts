import { describe, expect, it } from 'vitest'
import { orderCost } from '../../../src/jobs/orders/order-cost.ts'
import { type CompleteRecipe, completeRecipe, estimateCost, RecipeInput } from '../../../src/recipe/index.ts'
import { atOnce } from '../../../src/runtime/steps.ts'

const table = {
  rows: 1_000,
  columns: ['x', 'y', 't'].map((name) => ({
    name,
    type: 'number' as const,
    missing: 0,
    distinct: 900,
    min: 0,
    max: 9,
  })),
}
const recipeOf = (input: object): CompleteRecipe => {
  const parsed = RecipeInput.parse({
    target: 'y',
    inputs: ['x'],
    layers: [{ units: 8 }],
    epochs: 3,
    ...input,
  })
  const { recipe, problems } = completeRecipe(parsed, table)
  if (!recipe) throw new Error(JSON.stringify(problems))
  return recipe
}
const costOf = (recipe: CompleteRecipe, parts: readonly CompleteRecipe[] = []) =>
  atOnce(orderCost(recipe, parts, table))
/** Seconds of the work of one training, without the start of its process. */
const workOf = (recipe: CompleteRecipe) => {
  const { seconds, startSeconds } = estimateCost(recipe, table)
  return seconds - startSeconds
}
/** Seconds to hand over one part. */
const HANDED = 0.2

describe('the cost of an order', () => {
  it('in one piece is that of one training', () => {
    const recipe = recipeOf({ validation: { split: 0.2 } })
    const whole = estimateCost(recipe, table)
    expect(costOf(recipe)).toEqual({ whole, partSeconds: 0, memoryMb: whole.memoryMb, networks: 1 })
  })

  it('with folds has each of them on its share of the rows', () => {
    const recipe = recipeOf({ validation: { kFold: 5 } })
    const { whole, partSeconds, memoryMb, networks } = costOf(recipe, Array(5).fill(recipe))
    expect(partSeconds).toBeCloseTo(5 * (HANDED + workOf(recipe) * 0.8), 9)
    expect([memoryMb, networks]).toEqual([whole.memoryMb, 5])
    const repeated = recipeOf({ validation: { kFold: 5, repeats: 3 } })
    expect(costOf(repeated, Array(15).fill(repeated)).networks).toBe(15)
    // In the order of time a fold has half of the rows in the mean.
    const inTime = recipeOf({ time: 't', validation: { kFold: 5 } })
    expect(costOf(inTime, Array(5).fill(inTime)).partSeconds).toBeCloseTo(
      5 * (HANDED + workOf(inTime) * 0.5),
      9,
    )
  })

  it('has the further points of a learning curve once, and in no fold', () => {
    const plain = recipeOf({ validation: { kFold: 2 } })
    const curve = recipeOf({ validation: { kFold: 2 }, learningCurve: true })
    expect(workOf(curve)).toBeGreaterThan(workOf(plain))
    const cost = costOf(curve, [curve, curve])
    expect(cost.whole).toEqual(estimateCost(curve, table))
    expect(cost.partSeconds).toBeCloseTo(2 * (HANDED + workOf(plain) / 2), 9)
  })

  it('counts the members of all candidates', () => {
    const members = recipeOf({ ensemble: 4, validation: { kFold: 3 } })
    expect(costOf(members, Array(3).fill(members)).networks).toBe(12)
    const candidates = recipeOf({ ensemble: 4, candidates: [{ epochs: 2 }], validation: { split: 0.2 } })
    expect(costOf(candidates).networks).toBe(8)
  })

  it('of a search is the sum of its trials, and the memory that of the largest', () => {
    const search = { type: 'grid' as const, over: { epochs: [1] } }
    const recipe = { ...recipeOf({ validation: { split: 0.2 } }), search }
    const small = recipeOf({ layers: [], ensemble: 2 })
    const large = recipeOf({ layers: [{ units: 3_000 }, { units: 3_000 }], epochs: 5 })
    const { whole, partSeconds, memoryMb, networks } = costOf(recipe, [small, large, small])
    expect(whole).toEqual(estimateCost(recipe, table))
    expect(partSeconds).toBeCloseTo(3 * HANDED + 2 * workOf(small) + workOf(large), 9)
    const largest = estimateCost(large, table).memoryMb
    expect(largest).toBeGreaterThan(whole.memoryMb)
    expect([memoryMb, networks]).toEqual([largest, 5])
    const kFold = recipeOf({ validation: { kFold: 4 } })
    const folds = costOf({ ...kFold, search }, [kFold])
    expect(folds.partSeconds, 'a trial runs all of its folds').toBeCloseTo(HANDED + workOf(kFold), 9)
    expect(folds.networks).toBe(4)
  })
})
