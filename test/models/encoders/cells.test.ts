import { describe, expect, it } from 'vitest'
import { categoryEncoder } from '../../../src/models/encoders/category.ts'
import { withCells } from '../../../src/models/encoders/cells.ts'
import type { ColumnEncoder, InputCell } from '../../../src/models/encoders/column-encoder.ts'
import { countedRange, numberEncoder, numberFitter } from '../../../src/models/encoders/number.ts'
import { SparseRow } from '../../../src/models/encoders/sparse-row.ts'
import { JsonText } from '../../../src/models/encoders/words/json-text.ts'
import { WordTexts } from '../../../src/models/encoders/words/word-texts.ts'
import type { Cell } from '../../../src/recipe/table.ts'

function entries(encoder: ColumnEncoder, value: Cell, base = 0): [number, number][] {
  const row = new SparseRow()
  encoder.encode(value, base, row)
  return Array.from({ length: row.length }, (_, at) => [row.indices[at] ?? 0, row.values[at] ?? 0])
}

/** All inputs of a value, those that are 0 included. */
function inputsOf(encoder: ColumnEncoder, value: Cell): number[] {
  const inputs = new Array<number>(encoder.width).fill(0)
  for (const [index, number] of entries(encoder, value)) inputs[index] = number
  return inputs
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

describe('a number in bins', () => {
  const state = {
    kind: 'piecewiseLinear' as const,
    edges: [0, 10, 20, 40],
    fill: 0,
    indicator: false,
    refuseGaps: false,
  }

  it('fills the bins below it, and a share of its own', () => {
    const encoder = numberEncoder({ ...state, beyond: { shift: 10, scale: 5 } })
    expect(encoder.width).toBe(4)
    const cases: [number, number[]][] = [
      [-5, [0, 0, 0, -3]],
      [5, [0.5, 0, 0, -1]],
      [10, [1, 0, 0, 0]],
      [15, [1, 0.5, 0, 1]],
      [30, [1, 1, 0.5, 4]],
      [60, [1, 1, 1, 10]],
    ]
    for (const [value, inputs] of cases) expect([value, inputsOf(encoder, value)]).toEqual([value, inputs])
  })

  it('goes on along the outer bins in a version of an earlier release', () => {
    const encoder = numberEncoder(state)
    expect(encoder.width).toBe(3)
    const cases: [number, number[]][] = [
      [-5, [-0.5, 0, 0]],
      [0, [0, 0, 0]],
      [5, [0.5, 0, 0]],
      [10, [1, 0, 0]],
      [15, [1, 0.5, 0]],
      [30, [1, 1, 0.5]],
      [60, [1, 1, 2]],
    ]
    for (const [value, inputs] of cases) expect([value, inputsOf(encoder, value)]).toEqual([value, inputs])
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
    // A code is a text: the number 3 is not 03, and is told as the unseen value that it is.
    const codes = categoryEncoder({ ...state, values: ['03', '10'] })
    expect(codes.unlearnt?.(3)?.code).toBe('unknown-category')
    expect([codes.unlearnt?.('03'), codes.unlearnt?.(10)]).toEqual([undefined, undefined])
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

describe('a column whose values are read as its file was', () => {
  /** What an encoder was asked, and with which value. */
  function asked(type: 'number' | 'text' | 'boolean', rules: Parameters<typeof withCells>[2]) {
    const calls: [string, unknown][] = []
    const note = (name: string, value: unknown) => {
      calls.push([name, value])
    }
    const encoder = withCells(
      {
        width: 7,
        indicator: 6,
        memoryBytes: 99,
        fault(value) {
          note('fault', value)
          return 'a fault'
        },
        encode(value, base, into) {
          note('encode', value)
          into.add(base, 1)
        },
        sum(value, start) {
          note('sum', value)
          return start + 1
        },
        gap(value) {
          note('gap', value)
          return 'a gap'
        },
        unlearnt(value) {
          note('unlearnt', value)
          return { code: 'outside-range', message: 'a message' }
        },
      },
      type,
      rules,
    )
    return { encoder, calls }
  }

  it('answers each question about the value that was read', () => {
    const { encoder, calls } = asked('number', { decimal: ',', units: ['EUR'], missing: ['n/s'] })
    expect(encoder.fault('1.234,5 €')).toBe('a fault')
    expect(encoder.gap?.('n/s')).toBe('a gap')
    expect(encoder.unlearnt?.('12,5 €')).toEqual({ code: 'outside-range', message: 'a message' })
    expect(encoder.sum?.('3 €', 4)).toBe(5)
    expect(entries(encoder, ' N/S ', 2)).toEqual([[2, 1]])
    expect(encoder.fault('3 $')).toBe('a fault')
    expect(calls).toEqual([
      ['fault', 1234.5],
      ['gap', null],
      ['unlearnt', 12.5],
      ['sum', 3],
      ['encode', null],
      ['fault', '3 $'],
    ])
    expect([encoder.width, encoder.indicator, encoder.memoryBytes]).toEqual([7, 6, 99])
  })

  it('leaves texts in JSON and texts cut into words as they are, but for missing ones', () => {
    const { encoder, calls } = asked('text', { missing: ['none'] })
    const json = (text: string) => new JsonText(Buffer.from(text), 0, text.length)
    const cut = new WordTexts({ lowercase: true, stripHtml: false })
    cut.add('none')
    const values: InputCell[] = [json('good'), json('None'), cut.reader()(0), 'NONE', 'good', 5]
    for (const value of values) encoder.encode(value, 0, new SparseRow())
    for (const value of values) encoder.sum?.(value, 0)
    const expected = [values[0], null, values[2], null, 'good', 5]
    for (const [at, call] of calls.entries()) {
      expect(call[0]).toBe(at < 6 ? 'encode' : 'sum')
      expect(call[1]).toBe(expected[at % 6])
    }
    expect(calls).toHaveLength(12)
  })

  it('cannot tell what its own encoder cannot tell', () => {
    const { sum: _, gap: _gap, unlearnt: _unlearnt, ...plain } = asked('boolean', {}).encoder
    const encoder = withCells(plain, 'boolean', { words: true })
    expect([encoder.sum, encoder.gap, encoder.unlearnt]).toEqual([undefined, undefined, undefined])
    expect('sum' in encoder || 'gap' in encoder || 'unlearnt' in encoder).toBe(false)
  })

  it('knows the numbers of its training rows in any form that the file had', () => {
    const fitter = numberFitter({ scaling: 'none', missing: { value: 0 }, bins: 4, outside: 'clamp' })
    for (const value of [10, 30]) fitter.add(value)
    const encoder = withCells(numberEncoder(fitter.finish()), 'number', { decimal: ',' })
    expect(entries(encoder, '12,5')).toEqual([[0, 12.5]])
    expect(encoder.unlearnt?.('30,0')).toBeUndefined()
    expect(encoder.unlearnt?.('30,5')?.code).toBe('outside-range')
  })
})
