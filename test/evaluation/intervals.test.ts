import { describe, expect, it } from 'vitest'
import { intervals95, wilson } from '../../src/evaluation/intervals.ts'
import { Random } from '../../src/evaluation/random.ts'

/** Rows with a value each, of which the mean is measured. */
function meanOf(values: Float64Array, groupOf: Uint32Array | null = null) {
  const mean = (rows: Uint32Array) => rows.reduce((sum, row) => sum + (values[row] ?? 0), 0) / rows.length
  const told = { mae: mean(Uint32Array.from(values.keys())) }
  return {
    rows: values.length,
    outputs: 1,
    groupOf,
    weighted: false,
    told,
    measure: (rows: Uint32Array) => ({ mae: mean(rows) }),
  }
}

function drawn(count: number, seed: number): Float64Array {
  const random = new Random(seed, 'values')
  return Float64Array.from({ length: count }, () => random.next())
}

describe('the 95% interval', () => {
  it("of a share is Wilson's", () => {
    // Calculated in Python by the formula in Wilson 1927.
    expect(wilson(45 / 50, 50).low).toBeCloseTo(0.7863977, 6)
    expect(wilson(45 / 50, 50).high).toBeCloseTo(0.9565242, 6)
    expect(wilson(1, 20).low).toBeCloseTo(0.8388748, 6)
    expect(wilson(1, 20).high).toBe(1)
    const measured = { ...meanOf(drawn(50, 1)), told: { accuracy: 0.9 }, measure: () => ({ accuracy: 0.9 }) }
    expect(intervals95(measured, 1)['accuracy']).toEqual(wilson(0.9, 50))
  })

  it.each([300, 50_000])('of a mean of %i rows is as wide as its standard error says', (count) => {
    const measured = meanOf(drawn(count, 2))
    const { low = 0, high = 0 } = intervals95(measured, 1)['mae'] ?? {}
    // The deviation of uniform numbers is the root of 1/12; 400 samples know the quantiles to some 8%.
    const width = (2 * 1.96 * Math.sqrt(1 / 12)) / Math.sqrt(count)
    expect((high - low) / width).toBeGreaterThan(0.8)
    expect((high - low) / width).toBeLessThan(1.2)
    expect((low + high) / 2).toBeCloseTo(measured.told.mae, 1)
  })

  it('covers the true figure about 95 times out of 100', () => {
    let covered = 0
    for (let seed = 1; seed <= 200; seed++) {
      const { low = 1, high = 0 } = intervals95(meanOf(drawn(200, seed)), seed)['mae'] ?? {}
      if (low <= 0.5 && high >= 0.5) covered += 1
    }
    expect(covered).toBeGreaterThan(180)
    expect(covered).toBeLessThan(200)
  })

  it('is wider where the rows of a group say the same', () => {
    const values = drawn(40, 3)
    const rows = Float64Array.from({ length: 400 }, (_, row) => values[Math.floor(row / 10)] ?? 0)
    const groupOf = Uint32Array.from(rows, (_, row) => Math.floor(row / 10))
    const widthOf = (groups: Uint32Array | null) => {
      const { low = 0, high = 0 } = intervals95(meanOf(rows, groups), 1)['mae'] ?? {}
      return high - low
    }
    expect(widthOf(groupOf) / widthOf(null)).toBeGreaterThan(2)
  })

  it.each([
    // Samples whose figure is anything from 0 to 1 reach 0.5 below and above what is told.
    ['f1', 0.1, { low: 0, high: 0.6 }],
    ['auc', 0.9, { low: 0.4, high: 1 }],
    ['mae', 0.1, { low: 0, high: 0.6 }],
    ['rmse', 5, { low: 4.5, high: 5.5 }],
    ['r2', 0.1, { low: -0.4, high: 0.6 }],
    ['quadraticKappa', 0.9, { low: 0.4, high: 1 }],
  ])('of %s, which is %f, stays where there are values', (name, value, wanted) => {
    const values = drawn(1_000, 9)
    let next = 0
    const measure = (rows: Uint32Array) => {
      const isWhole = rows.every((row, at) => row === at)
      return { [name]: isWhole ? 0.5 : (values[next++] ?? 0) }
    }
    const measured = { ...meanOf(drawn(100, 8)), told: { [name]: value }, measure }
    const { low = Number.NaN, high = Number.NaN } = intervals95(measured, 1)[name] ?? {}
    expect(Math.abs(low - wanted.low)).toBeLessThan(0.1)
    expect(Math.abs(high - wanted.high)).toBeLessThan(0.1)
    if (wanted.low === 0) expect(low).toBe(0)
    if (wanted.high === 1) expect(high).toBe(1)
  })

  it('is the same for the same seed, around the figure that is told, and null without a value', () => {
    const measured = { ...meanOf(drawn(100, 4)), told: { mae: 7, auc: null } }
    const first = intervals95(measured, 5)
    expect(intervals95(measured, 5)).toEqual(first)
    expect(intervals95(measured, 6)).not.toEqual(first)
    expect(first['mae']?.low).toBeLessThan(7)
    expect(first['mae']?.high).toBeGreaterThan(7)
    expect(first['auc']).toBeNull()
    expect(intervals95({ ...measured, rows: 1 }, 5)).toEqual({ mae: null, auc: null })
  })
})
