import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  counted,
  isRounding,
  logSumExp,
  mean,
  meanOfShares,
  median,
  quantile,
  runningMean,
  sigmoid,
  softplus,
  weightedQuantile,
} from '../src/numbers.ts'

const MOST = Number.MAX_VALUE

describe('the median', () => {
  it.each([
    [[], 0],
    [[7], 7],
    [[1, 2], 1.5],
    [[1, 2, 9], 2],
    [[1, 2, 3, 9], 2.5],
    [[-5, -1, 0, 3, 100], 0],
    [[MOST, MOST], MOST],
  ])('of %j is %d', (sorted, wanted) => {
    expect(median(sorted)).toBe(wanted)
    if (sorted.length > 0) {
      expect(quantile(Float64Array.from(sorted), 0.5)).toBe(wanted)
      expect(weightedQuantile(Float64Array.from(sorted), 0.5)).toBe(wanted)
    }
  })
})

describe('a mean', () => {
  it('of no values is NaN, or 0 where it says so', () => {
    expect([mean([]), meanOfShares([]), runningMean([])]).toEqual([Number.NaN, 0, 0])
  })

  it('is the sum over the number of values, each way', () => {
    for (const each of [mean, meanOfShares, runningMean]) expect(each([1, 2, 6])).toBeCloseTo(3, 12)
  })

  it('does not overflow where the sum does', () => {
    expect(mean([MOST, MOST])).toBe(Number.POSITIVE_INFINITY)
    expect([meanOfShares([MOST, MOST]), runningMean([MOST, MOST])]).toEqual([MOST, MOST])
    expect(runningMean([-MOST, MOST])).toBe(0)
    expect(runningMean([MOST, -MOST, 0])).toBeCloseTo(0, 12)
  })
})

describe('a quantile', () => {
  it.each([
    [0, 10],
    [0.25, 17.5],
    [0.5, 25],
    [0.75, 42.5],
    [0.9, 65],
    [1, 80],
  ])('at %d lies between two neighbours, as in NumPy', (share, wanted) => {
    const sorted = Float64Array.of(10, 20, 30, 80)
    expect(quantile(sorted, share)).toBeCloseTo(wanted, 12)
    expect(weightedQuantile(sorted, share)).toBeCloseTo(wanted, 12)
  })

  it('of equal values is exactly their value', () => {
    for (const share of [0, 0.1, 0.3, 0.5, 0.7, 0.9, 1])
      expect(quantile(Float64Array.of(0.1, 0.1, 0.1), share)).toBe(0.1)
  })

  it('does not overflow', () => {
    const sorted = Float64Array.of(-MOST, MOST)
    expect([0, 0.5, 1].map((share) => quantile(sorted, share))).toEqual([-MOST, 0, MOST])
    expect(quantile(sorted, 0.75) / (MOST / 2)).toBeCloseTo(1, 12)
  })

  it('of no values is 0, and of one value always that one', () => {
    expect([quantile(new Float64Array(), 0.5), weightedQuantile(new Float64Array(), 0.5)]).toEqual([0, 0])
    for (const share of [0, 0.5, 1]) {
      expect(quantile(Float64Array.of(4), share)).toBe(4)
      expect(weightedQuantile(Float64Array.of(4), share)).toBe(4)
    }
  })

  it('lies between the smallest and the largest value, and rises with the share', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 20 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (values, share) => {
          const sorted = Float64Array.from(values).sort()
          const found = quantile(sorted, share)
          expect(found).toBeGreaterThanOrEqual(sorted[0] ?? 0)
          expect(found).toBeLessThanOrEqual(sorted.at(-1) ?? 0)
        },
      ),
    )
  })
})

describe('a spread', () => {
  it.each([
    [0, 0, 1, true],
    [Number.NaN, 1, 5, true],
    [1e-12, 1, 5, true],
    [1.001e-12, 1, 5, false],
    [1.001e-12, -1, 5, false],
    [1e-300, 0, 5, false],
    [5e-11, 100, 5, true],
    [2e-10, 100, 5, false],
    // The error of a sum grows with the number of its terms.
    [2e-10, 1, 1_000_000, true],
    [3e-10, 1, 1_000_000, false],
  ])('of %d about a mean of %d over %d rows is rounding: %s', (deviation, center, count, wanted) => {
    expect(isRounding(deviation, center, count)).toBe(wanted)
  })
})

describe('the logarithm of a sum', () => {
  it('is that of the range, without overflow', () => {
    expect(logSumExp([0, 0])).toBeCloseTo(Math.log(2), 12)
    expect(logSumExp([5, 1, 2, 7], 1, 3)).toBeCloseTo(Math.log(Math.E + Math.E ** 2), 12)
    expect(logSumExp([1000, 1000])).toBeCloseTo(1000 + Math.log(2), 9)
    expect(logSumExp([-1000, -1001])).toBeCloseTo(-1000 + Math.log(1 + Math.exp(-1)), 9)
  })
})

describe('sigmoid and softplus', () => {
  it('are exact at 0 and finite at both ends', () => {
    expect([sigmoid(0), sigmoid(1000), sigmoid(-1000)]).toEqual([0.5, 1, 0])
    expect([softplus(1000), softplus(-1000)]).toEqual([1000, 0])
    expect(softplus(0)).toBeCloseTo(Math.log(2), 15)
    expect(softplus(2)).toBeCloseTo(Math.log(1 + Math.exp(2)), 12)
    for (const x of [-3, -0.5, 0.5, 3]) expect(sigmoid(x) + sigmoid(-x)).toBeCloseTo(1, 15)
    expect(sigmoid(2)).toBeCloseTo(1 / (1 + Math.exp(-2)), 15)
  })
})

describe('a number with its noun', () => {
  it('has the right form of it, and separators of thousands', () => {
    expect([0, 1, 2, 12_000].map((count) => counted(count, 'row'))).toEqual([
      '0 rows',
      '1 row',
      '2 rows',
      '12,000 rows',
    ])
    expect([1, 2].map((count) => counted(count, 'entry', 'entries'))).toEqual(['1 entry', '2 entries'])
  })
})
