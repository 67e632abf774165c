import { describe, expect, it } from 'vitest'
import { residualsOf } from '../../src/evaluation/residuals.ts'

const zeros = (length: number) => new Float64Array(length)
const of = (residuals: ArrayLike<number>) => residualsOf(residuals, zeros(residuals.length))

describe('residuals', () => {
  it('are predicted minus true values, with their quantiles', () => {
    const { residuals, residualQuantiles } = residualsOf([1, 2, 3, 4, 10], [0, 0, 0, 0, 20])
    expect(residuals.predicted).toEqual([1, 2, 3, 4, 10])
    expect(residuals.truth).toEqual([0, 0, 0, 0, 20])
    expect(residualQuantiles).toMatchObject({ 0: -10, 0.25: 1, 0.5: 2, 0.75: 3, 1: 4 })
    expect(Object.keys(residualQuantiles)).toEqual(expect.arrayContaining(['0.05', '0.95']))
    expect(residualQuantiles['0.05']).toBeCloseTo(-7.8, 12)
    expect(residualQuantiles['0.95']).toBeCloseTo(3.8, 12)
  })

  it('that are equal have one bin, wide enough to see', () => {
    expect(of([0, 0]).residuals.histogram).toEqual({ edges: [-0.5, 0.5], counts: [2], below: 0, above: 0 })
    expect(of([100, 100, 100]).residuals.histogram).toEqual({
      edges: [95, 105],
      counts: [3],
      below: 0,
      above: 0,
    })
    expect(of([-100]).residuals.histogram.edges).toEqual([-105, -95])
  })

  it('lie in bins that include their lower end, and the last one both', () => {
    // Two values: the tails are 0.05 and 9.95, so both are outside of them.
    expect(of([0, 10]).residuals.histogram).toMatchObject({ below: 1, above: 1 })
    const { edges, counts, below, above } = of(Array.from({ length: 101 }, (_, at) => at)).residuals.histogram
    // From 0.5 to 99.5 by a width of 2 · 50 / ∛101 = 21.5: five bins of 19.8.
    expect(edges).toEqual([0.5, 20.3, 40.1, 59.9, 79.7, 99.5])
    expect([below, counts, above]).toEqual([1, [20, 20, 19, 20, 20], 1])
    const halves = of([0, 0, 0, 1, 2, 2, 2]).residuals.histogram
    expect(halves.counts.reduce((sum, each) => sum + each, 0)).toBe(7)
    expect([halves.counts[0], halves.counts.at(-1), halves.edges[0], halves.edges.at(-1)]).toEqual([
      3, 3, 0, 2,
    ])
  })

  it('have no more than 60 bins, also with outliers that stretch the axis', () => {
    const values = Float64Array.from({ length: 1000 }, (_, at) => (at < 20 ? 1000 * at : at / 1000))
    const { edges, counts, above } = of(values).residuals.histogram
    expect([edges.length, counts.length, above]).toEqual([61, 60, 5])
    const flat = Float64Array.from({ length: 100 }, (_, at) => (at < 10 ? at : 5))
    // The middle half is one value, so no width follows from it: the fewest bins.
    expect(of(flat).residuals.histogram.counts).toHaveLength(5)
  })

  it('have bins of a width that follows from the middle half and the number of rows', () => {
    // Between 1005 and 1995 by 2 · 500 / ∛1001 = 99.97: ten bins of 99.
    const { edges, counts, below, above } = of(Float64Array.from({ length: 1001 }, (_, at) => 1000 + at))
      .residuals.histogram
    expect(edges).toEqual([1005, 1104, 1203, 1302, 1401, 1500, 1599, 1698, 1797, 1896, 1995])
    expect([below, counts, above]).toEqual([5, [99, 99, 99, 99, 99, 99, 99, 99, 99, 100], 5])
  })

  it('keep up to 1,000 rows, and of more a sample of as many, always the same and in order', () => {
    const rows = (length: number) => Float64Array.from({ length }, (_, at) => at)
    expect(of(rows(1000)).residuals.predicted).toEqual([...rows(1000)])
    const { predicted, truth } = of(rows(1001)).residuals
    expect([predicted.length, truth.length, new Set(predicted).size]).toEqual([1000, 1000, 1000])
    expect([...predicted].sort((a, b) => a - b)).toEqual(predicted)
    expect(of(rows(5000)).residuals).toEqual(of(rows(5000)).residuals)
    expect(of(rows(5000)).residuals.predicted.at(-1)).toBeGreaterThan(4900)
  })
})
