import { describe, expect, it } from 'vitest'
import { orderByColumns } from '../../../../src/models/encoders/words/radix-sort.ts'
import { congruential } from '../../../helpers/congruential.ts'

describe('the order of rows by columns of whole numbers', () => {
  const order = (...columns: number[][]) =>
    Array.from(orderByColumns(columns.map((each) => Uint32Array.from(each))))

  it('has the smallest number first, by all of its 32 bits', () => {
    const numbers = [2_048, 2_047, 0, 4_294_967_295, 4_194_304, 4_194_303, 1, 2_147_483_648, 2_049]
    expect(order(numbers)).toEqual([2, 6, 1, 0, 8, 5, 4, 7, 3])
  })

  it('is decided by a later column only where the earlier ones are equal', () => {
    expect(order([1, 0, 1, 0], [5, 9, 4, 8])).toEqual([3, 1, 2, 0])
    expect(order([0, 0, 0], [1, 1, 0], [3, 2, 9])).toEqual([2, 1, 0])
  })

  it('keeps equal rows as they came', () => {
    expect(order([7, 7, 7])).toEqual([0, 1, 2])
    expect(order([0, 0], [0, 0])).toEqual([0, 1])
    expect(order([])).toEqual([])
  })

  it('is that of a comparison, for many rows', () => {
    const numbers = congruential(3_000, 5)
    const columns = [3, 70, 2 ** 32].map((range, column) =>
      numbers.slice(column * 1_000, (column + 1) * 1_000).map((each) => Math.floor(each * range)),
    )
    const [first = [], second = [], third = []] = columns
    const at = (column: number[], row: number) => column[row] ?? 0
    const expected = Array.from({ length: 1_000 }, (_, row) => row).sort(
      (a, b) =>
        at(first, a) - at(first, b) || at(second, a) - at(second, b) || at(third, a) - at(third, b) || a - b,
    )
    expect(order(...columns)).toEqual(expected)
  })
})
