import { describe, expect, it } from 'vitest'
import { categoryEncoder, categoryFitter } from '../../../src/models/encoders/category.ts'
import type { ColumnEncoder } from '../../../src/models/encoders/column-encoder.ts'
import { numberEncoder, numberFitter } from '../../../src/models/encoders/number.ts'
import { SparseRow } from '../../../src/models/encoders/sparse-row.ts'
import type { Cell } from '../../../src/recipe/table.ts'

function fitted<State>(fitter: { add(value: Cell): void; finish(): State }, values: readonly Cell[]): State {
  for (const value of values) fitter.add(value)
  return fitter.finish()
}

const numbers = numberEncoder(
  fitted(numberFitter({ scaling: 'standard', missing: 'median', bins: 4, outside: 'extend' }), [
    1,
    2.5,
    null,
  ]),
)
const categories = (values: readonly Cell[], refuseGaps = false) =>
  categoryEncoder(fitted(categoryFitter({ valueType: 'string', refuseGaps, refuseUnseen: true }), values))
const booleans = categoryEncoder(
  fitted(categoryFitter({ valueType: 'boolean', refuseGaps: false, refuseUnseen: false }), [
    true,
    false,
    null,
  ]),
)

/** What a value becomes, or why it is refused. */
function encoded(encoder: ColumnEncoder, value: Cell): unknown {
  const fault = encoder.fault(value)
  if (fault !== undefined) return fault
  const row = new SparseRow()
  encoder.encode(value, 0, row)
  return Array.from({ length: row.length }, (_, at) => [row.indices[at], row.values[at]])
}

describe('a value as it stands in a file is answered', () => {
  it.each([
    ['2.5', 2.5],
    [' 1e2\t', 100],
    ['+7.', 7],
    ['2,5', 2.5],
    ['', null],
    ['N/A', null],
    ['?', null],
  ])('where a number is expected: %j as %j', (sent, meant) => {
    expect(encoded(numbers, sent)).toEqual(encoded(numbers, meant))
    expect(numbers.unlearnt?.(sent)).toEqual(numbers.unlearnt?.(meant))
  })

  it('but no other text is a number', () => {
    for (const sent of ['x', '0x10', '1e400', '1,234', '1 000', 'Infinity', '9'.repeat(200), true])
      expect(encoded(numbers, sent)).toMatch(/^Expected a number, got a (text|boolean)\.$/)
  })

  it('where a category is expected', () => {
    const encoder = categories(['3', '00007', 'true'])
    expect(encoded(encoder, 3)).toEqual(encoded(encoder, '3'))
    expect(encoded(encoder, true)).toEqual(encoded(encoder, 'true'))
    expect(encoded(encoder, 7)).toMatch(/No training row has this value/)
    expect(encoded(encoder, ' ')).toEqual(encoded(encoder, null))
    expect(encoded(categories(['a'], true), '')).toMatch(/refuses gaps/)
    // A version of an earlier release has learnt it.
    expect(encoded(categories(['', 'a']), '')).toEqual([[0, 1]])
  })

  it('where a boolean is expected', () => {
    expect(encoded(booleans, 'TRUE ')).toEqual(encoded(booleans, true))
    expect(encoded(booleans, 'false')).toEqual(encoded(booleans, false))
    expect(encoded(booleans, 'null')).toEqual(encoded(booleans, null))
    expect(encoded(booleans, 'yes')).toBe('Expected true or false, got a text.')
    expect(encoded(booleans, 1)).toBe('Expected true or false, got a number.')
  })
})
