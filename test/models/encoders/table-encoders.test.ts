import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type NumberState, numberEncoder, numberFitter } from '../../../src/models/encoders/number.ts'
import { normalQuantile } from '../../../src/models/encoders/quantiles.ts'
import { SparseRow } from '../../../src/models/encoders/sparse-row.ts'
import type { Missing, Outside, Scaling } from '../../../src/recipe/index.ts'

// Made by table_encoders.py with scikit-learn and numpy.
const fixture = z
  .object({
    bins: z.int(),
    cases: z.array(
      z.object({
        name: z.string(),
        training: z.array(z.number()).nullable(),
        asked: z.array(z.number()),
        quantile: z.array(z.number()),
        piecewiseLinear: z.array(z.array(z.number())),
      }),
    ),
  })
  .parse(JSON.parse(readFileSync(new URL('../../fixtures/table_encoders.json', import.meta.url), 'utf8')))

/** The column that the fixture does not write out. */
const many = Array.from({ length: 1500 }, (_, i) => Math.round((((i * i) % 977) / 7) * 1e6) / 1e6)

function learn(
  values: readonly (number | null)[],
  scaling: Scaling,
  {
    missing = 'median',
    bins = fixture.bins,
    outside = 'extend',
  }: { missing?: Missing; bins?: number; outside?: Outside } = {},
): NumberState {
  const fitter = numberFitter({ scaling, missing, bins, outside })
  for (const value of values) fitter.add(value)
  return fitter.finish()
}

function piecewise(values: readonly (number | null)[]) {
  const state = learn(values, 'piecewiseLinear')
  if (state.kind !== 'piecewiseLinear' || !state.beyond) throw new Error('not piecewise linear')
  return { ...state, beyond: state.beyond }
}

function encoded(state: NumberState, value: number | null): number[] {
  const encoder = numberEncoder(state)
  const row = new SparseRow()
  encoder.encode(value, 0, row)
  const numbers = new Array<number>(encoder.width).fill(0)
  for (let at = 0; at < row.length; at++) numbers[row.indices[at] ?? 0] = row.values[at] ?? 0
  return numbers
}

function close(given: readonly number[], expected: readonly number[]) {
  expect(given.length).toBe(expected.length)
  for (const [at, value] of expected.entries())
    expect(Math.abs((given[at] ?? Number.NaN) - value)).toBeLessThan(1e-6 * Math.max(1, Math.abs(value)))
}

describe.each(fixture.cases)('the column $name', ({ training, asked, quantile, piecewiseLinear }) => {
  it("is scaled to a normal distribution as by scikit-learn's QuantileTransformer", () => {
    const state = learn(training ?? many, 'quantile')
    for (const [at, value] of asked.entries()) close(encoded(state, value), [quantile[at] ?? Number.NaN])
  })
  it('is parted into bins as Gorishniy et al. define it', () => {
    const { beyond: _, ...state } = piecewise(training ?? many)
    for (const [at, value] of asked.entries()) close(encoded(state, value), piecewiseLinear[at] ?? [])
  })
  it('is parted into bins that end at the edges, beside the number itself', () => {
    const state = piecewise(training ?? many)
    const { shift, scale } = state.beyond
    for (const [at, value] of asked.entries()) {
      const bins = (piecewiseLinear[at] ?? []).map((number) => Math.min(1, Math.max(0, number)))
      close(encoded(state, value), bins.length > 0 ? [...bins, (value - shift) / scale] : [])
    }
  })
})

describe('piecewise-linear numbers', () => {
  it('have no input where all values are equal, but tell gaps', () => {
    expect(encoded(learn([5, 5, 5], 'piecewiseLinear'), 7)).toEqual([])
    expect(encoded(learn([5, null, 5], 'piecewiseLinear'), null)).toEqual([1])
    expect(encoded(learn([null, null], 'piecewiseLinear'), 3)).toEqual([0])
  })
  it('fill a gap with what the recipe says, in bins', () => {
    const state = learn([0, 1, 2, 3, 4, null], 'piecewiseLinear', { missing: { value: 3 }, bins: 4 })
    // Mean 2, deviation √2.
    const scaled = (value: number) => expect.closeTo((value - 2) / Math.SQRT2, 6)
    expect(encoded(state, null)).toEqual([1, 1, 1, 0, scaled(3), 1])
    expect(encoded(state, 2.5)).toEqual([1, 1, 0.5, 0, scaled(2.5), 0])
    expect(encoded(state, -1)).toEqual([0, 0, 0, 0, scaled(-1), 0])
    expect(encoded(state, 6)).toEqual([1, 1, 1, 1, scaled(6), 0])
  })
  it('refuse no number that counts as an end of the range', () => {
    const state = learn([0, 1e-20, 2e-20], 'piecewiseLinear', { outside: 'clamp' })
    expect(numberEncoder(state).fault(1e300)).toBeUndefined()
    expect(encoded(state, 1e300)).toEqual(encoded(state, 2e-20))
  })
  it('refuse a number that leaves the range of 32-bit floats', () => {
    const encoder = numberEncoder(learn([0, 1e-20, 2e-20], 'piecewiseLinear'))
    expect(encoder.fault(1e300)).toMatch(/too large/)
    expect(encoder.fault(1e-20)).toBeUndefined()
  })
})

describe.each(['quantile', 'piecewiseLinear', 'standard', 'minMax'] as const)('%s', (scaling) => {
  it('gives finite numbers for any column and any value that is not refused', () => {
    const number = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.integer({ min: -3, max: 3 }),
    )
    fc.assert(
      fc.property(fc.array(fc.option(number), { maxLength: 12 }), number, (values, asked) => {
        const state: NumberState = JSON.parse(JSON.stringify(learn(values, scaling)))
        if (numberEncoder(state).fault(asked) !== undefined) return
        expect(encoded(state, asked).every(Number.isFinite)).toBe(true)
        expect(encoded(state, null).every(Number.isFinite)).toBe(true)
      }),
      {
        numRuns: 500,
        examples: [
          [[-3.49e293, Number.MAX_VALUE], 0],
          [[-Number.MAX_VALUE, Number.MAX_VALUE, Number.MAX_VALUE], 0],
          // Neighbouring subnormal numbers, whose halves are equal.
          [[1, 4.4e-323, 0, 3.5e-323], 0],
          [[0, 5e-324, 1e-323, 1], 5e-324],
        ],
      },
    )
  })
})

it('normal quantiles are those of tables', () => {
  // From scipy.stats.norm.ppf.
  for (const [share, value] of [
    [0.5, 0],
    [0.975, 1.959963984540054],
    [0.01, -2.3263478740408408],
    [0.0001, -3.719016485455709],
    [0, -5.199337582192817],
    [1, 5.199337582192817],
  ] as const)
    expect(normalQuantile(share)).toBeCloseTo(value, 8)
})

it('numbers whose squares are beyond the range of numbers are brought to mean 0 and deviation 1', () => {
  const values = [1e300, 2e300, 3e300, 6e300]
  const state = learn(values, 'standard')
  for (const [at, distance] of [-2, -1, 0, 3].entries())
    expect(encoded(state, values[at] ?? 0)[0]).toBeCloseTo(distance / Math.sqrt(3.5), 6)
})

describe.each(['standard', 'minMax', 'none', 'quantile', 'piecewiseLinear'] as const)(
  'outside, %s',
  (scaling) => {
    const clamped = learn([1, 2, 4, 9], scaling, { outside: 'clamp' })

    it('counts as the nearer end of the range, or goes on', () => {
      for (const [value, end] of [
        [-1e9, 1],
        [1e9, 9],
      ] as const)
        expect(encoded(clamped, value)).toEqual(encoded(clamped, end))
      if (scaling === 'quantile') return
      const extended = learn([1, 2, 4, 9], scaling)
      expect(encoded(extended, 20).at(-1)).toBeGreaterThan(encoded(extended, 9).at(-1) ?? 0)
    })

    it('is told, with the range', () => {
      const { unlearnt } = numberEncoder(clamped)
      expect(unlearnt?.(20)).toEqual({
        code: 'outside-range',
        min: 1,
        max: 9,
        message: expect.stringContaining('from 1 to 9'),
      })
      expect([unlearnt?.(1), unlearnt?.(9), unlearnt?.(null)]).toEqual([undefined, undefined, undefined])
    })

    it('goes on where an earlier release learnt the column', () => {
      const { range: _range, outside: _outside, ...before } = clamped
      expect(numberEncoder(before).unlearnt?.(20)).toBeUndefined()
      if (scaling !== 'quantile') expect(encoded(before, 20)).not.toEqual(encoded(before, 9))
    })
  },
)
