import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { foldStarts, timeWindows } from '../../src/evaluation/time-windows.ts'

describe('windows of time', () => {
  it("are those of scikit-learn's TimeSeriesSplit where no two rows have one time", () => {
    for (const [rows, kFold, sizes] of [
      [23, 4, [7, 4, 4, 4, 4]],
      [20, 3, [5, 5, 5, 5]],
      [11, 5, [6, 1, 1, 1, 1, 1]],
    ] as const) {
      // In the file the newest row is the first.
      const times = Float64Array.from({ length: rows }, (_, row) => -row)
      const windows = timeWindows(times, foldStarts(rows, kFold))
      expect([...windows].reverse()).toEqual(
        sizes.flatMap((size, window) => Array.from({ length: size }, () => window)),
      )
    }
  })

  it('are in order, hold rows each, and never part a time', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 2, maxLength: 80 }),
        fc.integer({ min: 1, max: 8 }),
        (values, wanted) => {
          const different = new Set(values).size
          fc.pre(different >= 2)
          const kFold = Math.min(wanted, different - 1)
          const windows = timeWindows(Float64Array.from(values), foldStarts(values.length, kFold))
          expect(new Set(windows).size).toBe(kFold + 1)
          for (const [a, time] of values.entries())
            for (const [b, other] of values.entries()) {
              if (time === other) expect(windows[a]).toBe(windows[b])
              if (time < other) expect(windows[a]).toBeLessThanOrEqual(windows[b] ?? 0)
            }
        },
      ),
    )
  })

  it('begin at the change of times that is nearest', () => {
    const times = Float64Array.of(1, 1, 1, 1, 2, 3, 3, 3, 3, 3)
    expect([...timeWindows(times, [6])]).toEqual([0, 0, 0, 0, 0, 1, 1, 1, 1, 1])
    expect([...timeWindows(times, [2])]).toEqual([0, 0, 0, 0, 1, 1, 1, 1, 1, 1])
    expect([...timeWindows(times, [9])]).toEqual([0, 0, 0, 0, 0, 1, 1, 1, 1, 1])
  })
})
