import { describe, expect, it } from 'vitest'
import { categoryEncoder } from '../../../src/models/encoders/category.ts'
import type { ColumnEncoder } from '../../../src/models/encoders/column-encoder.ts'
import { countedRange, numberEncoder, numberFitter } from '../../../src/models/encoders/number.ts'
import { SparseRow } from '../../../src/models/encoders/sparse-row.ts'
import type { Cell } from '../../../src/recipe/table.ts'

function entries(encoder: ColumnEncoder, value: Cell, base = 0): [number, number][] {
  const row = new SparseRow()
  encoder.encode(value, base, row)
  return Array.from({ length: row.length }, (_, at) => [row.indices[at] ?? 0, row.values[at] ?? 0])
}

describe('the range of numbers that count as themselves', () => {
  it('ends at the training rows, half its width beyond them, or nowhere', () => {
    const range = { min: 10, max: 30 }
    expect(countedRange(range, 'clamp')).toEqual(range)
    expect(countedRange(range, 'margin')).toEqual({ min: 0, max: 40 })
    expect([countedRange(range, 'extend'), countedRange(range, undefined)]).toEqual([undefined, undefined])
    const most = { min: -Number.MAX_VALUE, max: Number.MAX_VALUE }
    expect(countedRange(most, 'margin')).toEqual(most)
  })

  it('is noted, with what a number outside of it counts as', () => {
    const state = (outside: 'clamp' | 'margin' | 'extend') => {
      const fitter = numberFitter({ scaling: 'none', missing: { value: 90 }, bins: 4, outside })
      for (const value of [10, 30, null]) fitter.add(value)
      return numberEncoder(fitter.finish())
    }
    const message = (outside: 'clamp' | 'margin' | 'extend', value: number) =>
      state(outside).unlearnt?.(value)?.message
    const OUTSIDE = "The number lies outside of the training rows' range from 10 to 30."
    expect(message('clamp', 31)).toBe(`${OUTSIDE} It counts as 30.`)
    expect(message('clamp', 9)).toBe(`${OUTSIDE} It counts as 10.`)
    expect(message('margin', 40)).toBe(OUTSIDE)
    expect(message('margin', 41)).toBe(`${OUTSIDE} It counts as 40.`)
    expect(message('extend', 1e6)).toBe(OUTSIDE)
    for (const value of [10, 30]) expect(message('clamp', value)).toBeUndefined()
    expect(state('clamp').gap?.(null)).toBe('The number is missing. It counts as 30.')
    expect(state('clamp').gap?.('NA')).toBe('The number is missing. It counts as 30.')
    expect(state('clamp').gap?.('12')).toBeUndefined()
    expect(entries(state('clamp'), null, 3)).toEqual([
      [3, 30],
      [4, 1],
    ])
    expect(entries(state('extend'), '12', 3)).toEqual([[3, 12]])
  })
})

describe('categories that a client sends', () => {
  const state = {
    kind: 'category' as const,
    valueType: 'string' as const,
    values: ['1', 'a', 'true'],
    indicator: true,
    refuseGaps: true,
    refuseUnseen: false,
  }
  const encoder = categoryEncoder(state)

  it('may be numbers and booleans, and an empty text is a gap', () => {
    expect([1, 'a', true, 'x', ''].map((value) => entries(encoder, value))).toEqual([
      [[0, 1]],
      [[1, 1]],
      [[2, 1]],
      [],
      [[3, 1]],
    ])
    expect(encoder.fault(' ')).toMatch(/refuses gaps/)
    expect(encoder.fault('x')).toBeUndefined()
    expect(encoder.unlearnt?.('x')).toEqual({
      code: 'unknown-category',
      message: 'No training row has this value.',
    })
    expect([encoder.unlearnt?.('a'), encoder.unlearnt?.(null), encoder.gap?.('a')]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
    expect(encoder.gap?.(null)).toBe('The value is missing. It counts as none of the known ones.')
    // An earlier release may have learnt the empty text.
    expect(entries(categoryEncoder({ ...state, values: [''] }), '')).toEqual([[0, 1]])
    expect([encoder.width, encoder.indicator]).toEqual([4, 3])
    const plain = categoryEncoder({ ...state, indicator: false })
    expect([plain.width, plain.indicator, entries(plain, null)]).toEqual([3, undefined, []])
  })

  it('are booleans by their words, and nothing else', () => {
    const boolean = categoryEncoder({ ...state, valueType: 'boolean', values: ['false', 'true'] })
    expect([true, 'FALSE', ' true ', false].map((value) => entries(boolean, value))).toEqual([
      [[1, 1]],
      [[0, 1]],
      [[1, 1]],
      [[0, 1]],
    ])
    expect(boolean.fault(1)).toBe('Expected true or false, got a number.')
    expect(boolean.fault('yes')).toMatch(/^Expected true or false, got /)
  })

  it('are one in all spellings where a recipe merges them', () => {
    const merged = categoryEncoder({ ...state, values: ['New York'], merged: true })
    for (const value of ['new york', 'NEW  YORK', 'New York '])
      expect(entries(merged, value)).toEqual([[0, 1]])
    expect(entries(categoryEncoder({ ...state, values: ['New York'] }), 'new york')).toEqual([])
  })
})
