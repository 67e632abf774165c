import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { answerInOwnUnit, fitTarget, ownUnit, targetNumbers, trueNumbers } from '../../src/models/target.ts'
import { completeRecipe, RecipeInput } from '../../src/recipe/index.ts'

function recipeFor(targetTransform: string, min: number, validationMin?: number) {
  const columns = [
    { name: 'x', type: 'number' as const, missing: 0, distinct: 9, min: 0, max: 1 },
    { name: 'y', type: 'number' as const, missing: 0, distinct: 9, min, max: 1e6 },
  ]
  const input = { targetTransform, ...(validationMin === undefined ? {} : { validation: { dataset: 'v' } }) }
  const validation = {
    rows: 100,
    columns: columns.map((each) => (each.name === 'y' ? { ...each, min: validationMin ?? 0 } : each)),
  }
  return completeRecipe(RecipeInput.parse(input), { rows: 2000, columns }, { validation })
}

function transformed(targetTransform: string, values: readonly number[]) {
  const { recipe } = recipeFor(targetTransform, 0)
  if (!recipe) throw new Error('a wrong recipe')
  const state = fitTarget(recipe, values, values)
  if (state.task !== 'regression') throw new Error('no regression')
  return { state, numbers: values.map((value) => targetNumbers(state)(value)) }
}

describe('the target of a regression', () => {
  const prices = [100, 250, 80, 12_000, 400]

  it('is standardized to mean 0 and deviation 1, of its logarithm where that is asked for', () => {
    for (const transform of ['standardize', 'log']) {
      const { numbers } = transformed(transform, prices)
      const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length
      const variance = numbers.reduce((sum, value) => sum + (value - mean) ** 2, 0) / numbers.length
      expect([mean, variance]).toEqual([expect.closeTo(0, 10), expect.closeTo(1, 10)])
    }
    // (ln 101 − mean of ln(1 + y)) / deviation, by scipy.stats.zscore(np.log1p(y)).
    expect(transformed('log', prices).numbers[0]).toBeCloseTo(-0.759967761244087, 6)
    expect(transformed('none', prices).numbers).toEqual(prices)
  })

  it('comes back in its own unit', () => {
    const value = fc.double({ min: 0, max: 1e9, noNaN: true })
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1, maxLength: 9 }),
        fc.constantFrom('none', 'standardize', 'log'),
        (values, transform) => {
          const { state, numbers } = transformed(transform, values)
          for (const [at, number] of numbers.entries()) {
            const truth = values[at] ?? 0
            expect(Math.abs(ownUnit(state, number) - truth)).toBeLessThan(1e-9 * Math.max(1, ...values))
          }
        },
      ),
    )
  })

  it('is standardized where squares are beyond the range of numbers', () => {
    const { numbers } = transformed('standardize', [1e300, 2e300, 3e300, 6e300])
    // By hand: mean 3, variance (4 + 1 + 0 + 9) / 4 = 3.5.
    for (const [at, distance] of [-2, -1, 0, 3].entries())
      expect(numbers[at]).toBeCloseTo(distance / Math.sqrt(3.5), 10)
  })

  it('is finite, whatever the network gives', () => {
    const { state } = transformed('log', prices)
    for (const output of [1e30, -1e30, 1e300]) expect(Number.isFinite(ownUnit(state, output))).toBe(true)
  })

  it('goes no farther beyond the training rows than these reach, under a logarithm', () => {
    const { state } = transformed('log', prices)
    // ln(1 + y) of the prices reaches from ln 81 to ln 12,001, and as far again to ln(12,001² / 81).
    for (const output of [50, 1e30])
      expect(answerInOwnUnit(state, output)).toBeCloseTo(12_001 ** 2 / 81 - 1, 3)
    for (const output of [-50, -1e30]) expect(answerInOwnUnit(state, output)).toBe(0)
    expect(answerInOwnUnit(state, 0.3)).toBe(ownUnit(state, 0.3))
    const { range: _, ...before } = state
    expect(answerInOwnUnit(before, 50)).toBe(ownUnit(before, 50))
    const plain = transformed('standardize', prices).state
    expect(answerInOwnUnit(plain, 50)).toBe(ownUnit(plain, 50))
  })

  it('has a logarithm of values above -1 only', () => {
    expect(recipeFor('log', -0.5).problems).toEqual([])
    expect(recipeFor('log', -1).problems).toMatchObject([{ path: '/recipe/targetTransform' }])
  })

  it('is refused in a validation data set whose values have no logarithm', () => {
    expect(recipeFor('log', 0, -0.5).problems).toEqual([])
    expect(recipeFor('none', 0, -1).problems).toEqual([])
    expect(recipeFor('log', 0, -1).problems).toEqual([
      {
        path: '/recipe/validation/dataset',
        message: expect.stringMatching(/smallest value of the target in this data set is -1/),
      },
    ])
  })

  it('is measured in its own unit where it has no logarithm, and its loss is finite', () => {
    const { state } = transformed('log', prices)
    for (const value of [-1, -5, -1e300]) {
      expect(Number.isFinite(targetNumbers(state)(value))).toBe(true)
      expect(trueNumbers(state)(value)).toBe(value)
    }
    expect(trueNumbers(state)(400)).toBe(ownUnit(state, Math.fround(targetNumbers(state)(400))))
  })

  it('is not scaled by rounding errors where it is constant', () => {
    for (const count of [50, 100_000]) {
      const { numbers } = transformed('standardize', new Array<number>(count).fill(0.1))
      expect(Math.max(...numbers.slice(0, 10).map(Math.abs))).toBeLessThan(1e-9)
    }
  })
})
