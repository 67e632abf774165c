import { expect, it } from 'vitest'
import { beginning, isWellFormed } from '../../src/datasets/unicode.ts'

it('the beginning of a text has as many characters as asked for, and no half of one', () => {
  expect(beginning('abc', 2)).toBe('ab')
  expect(beginning('abc', 3)).toBe('abc')
  expect(beginning('abc', 4)).toBe('abc')
  expect(beginning('', 2)).toBe('')
  expect(beginning('a😀b', 2)).toBe('a')
  expect(beginning('a😀b', 3)).toBe('a😀')
  expect(beginning('😀', 1)).toBe('')
})

it('half of a surrogate pair alone is no text', () => {
  expect(['', 'a', '😀', '\u0000'].map(isWellFormed)).toEqual([true, true, true, true])
  expect(['\ud83d', 'a\ude00', '\ude00\ud83d', '😀\ud83d'].map(isWellFormed)).toEqual([
    false,
    false,
    false,
    false,
  ])
})
