import { describe, expect, it } from 'vitest'
import { rounded, significant, thinned } from '../../src/evaluation/thin.ts'

const count = (length: number) => Array.from({ length }, (_, at) => at)

describe('thinning', () => {
  it('keeps all points where there are no more than four for each column', () => {
    expect(thinned([], [], 2)).toEqual([])
    expect(thinned(count(8), [0, 1, 2, 3, 4, 5, 6, 7], 2)).toEqual(count(8))
  })

  it('keeps the first, lowest, highest and last point of each column, once and in order', () => {
    //           column 0           | column 1
    const ys = [5, 9, 1, 6, 7, /**/ 3, 3, 3, 3, 3]
    expect(thinned(count(10), ys, 2)).toEqual([0, 1, 2, 4, 5, 9])
    // The first of equal extremes.
    expect(thinned(count(10), [5, 9, 9, 1, 1, /**/ 2, 1, 1, 4, 4], 2)).toEqual([0, 1, 3, 4, 5, 6, 8, 9])
    expect(thinned(count(5), [0, 3, 1, 2, 0], 1)).toEqual([0, 1, 4])
  })

  it('divides the axis, not the points, into equal parts from its first to its last value', () => {
    // From 10 to 20 the middle is 15, which belongs to the second half.
    const xs = [10, 10, 10, 10, 14, 14.9, 15, 16, 20]
    expect(thinned(xs, [1, 2, 3, 2, 2, 2, 7, 7, 7], 2)).toEqual([0, 2, 5, 6, 8])
    expect(thinned([0, 1, 2, 3, 4, 5, 6, 7, 100], count(9), 2)).toEqual([0, 7, 8])
  })

  it('takes an axis of one value for one column', () => {
    expect(thinned([3, 3, 3, 3, 3, 3], [2, 9, 1, 5, 5, 5], 1)).toEqual([0, 1, 2, 5])
    expect(thinned([3, 3, 3, 3, 3, 3, 3, 3, 3], [2, 9, 1, 5, 5, 5, 5, 5, 5], 2)).toEqual([0, 1, 2, 8])
  })
})

describe('rounding', () => {
  it('keeps seven digits behind the point, or seven that count', () => {
    expect([0.123456789, 1.00000004, 1.00000006, 12345678.9].map(rounded)).toEqual([
      0.1234568, 1, 1.0000001, 12345678.9,
    ])
    expect([0.000123456789, 123456789, -1.23456789].map(significant)).toEqual([
      0.0001234568, 123456800, -1.234568,
    ])
  })
})
