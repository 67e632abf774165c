import { expect, it } from 'vitest'
import { foreignFormat } from '../../../src/datasets/reader/foreign.ts'

const told = (hex: string) => foreignFormat(Buffer.from(hex, 'hex'), 'csv')

it('UTF-32 is told by its byte order mark, in either order', () => {
  const message = 'The file is UTF-32. Convert it: iconv -f UTF-32 -t UTF-8 FILE.'
  expect(told('fffe000061000000')).toBe(message)
  expect(told('0000feff00000061')).toBe(message)
  for (const hex of [
    'fffe6100',
    'fffe0061',
    'fefe0000',
    'ffff0000',
    '0000fe61',
    '000061ff',
    '6161feff',
    'efbbbf61',
  ])
    expect(told(hex), hex).not.toBe(message)
})

it('UTF-16 is told by every other byte, with the parameter that reads it', () => {
  const message = (encoding: string) =>
    `The file seems to be UTF-16 without a byte order mark. Upload it with encoding=${encoding}.`
  expect(told('61002c00')).toBe(message('utf-16le'))
  expect(told('0061002c')).toBe(message('utf-16be'))
  for (const hex of ['', '61', '00', '0000', '612c', '00002c00']) expect(told(hex), hex).toBeUndefined()
})

it('JSON is told of a file that is said to be CSV, and not of NDJSON', () => {
  for (const text of ['{"a": 1}\n', '[{"a": 1}]', '[', '[1, 2]']) {
    expect(foreignFormat(Buffer.from(text), 'csv')).toMatch(/^The file (holds JSON objects|is a JSON array)/)
    expect(foreignFormat(Buffer.from(text), 'ndjson')).toBeUndefined()
  }
})

it('a table that is drawn is told by a rule of dashes beside a line with bars', () => {
  const drawn = (text: string, format: 'csv' | 'ndjson' = 'csv') => foreignFormat(Buffer.from(text), format)
  const DRAWN = /^The file is a table that is drawn/
  expect(drawn('| a | b |\n|---|---|\n| 1 | 2 |\n')).toMatch(DRAWN)
  expect(drawn('+----+\r\n| a |\r\n')).toMatch(DRAWN)
  expect(drawn(' a | b\n---+---\n 1 | 2\n')).toMatch(DRAWN)
  expect(drawn('x\n'.repeat(8).concat('a|b\n---\n'))).toMatch(DRAWN)
  expect(drawn('x\n'.repeat(9).concat('a|b\n---\n'))).toBeUndefined()
  expect(drawn('a,b\n---\n1,2\n')).toBeUndefined()
  expect(drawn('a|b\n--\n1|2\n')).toBeUndefined()
  expect(drawn('a,b\n"| a |\n|---|\n",1\n')).toBeUndefined()
  expect(drawn('| a | b |\n|---|---|\n', 'ndjson')).toBeUndefined()
})
