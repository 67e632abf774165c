import { createHash } from 'node:crypto'
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
    '0061feff',
    '6100feff',
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
  for (const hex of ['', '61', '612c']) expect(told(hex), hex).toBeUndefined()
})

/** Bytes that a hash makes of a number: random ones, the same in every run. */
const noise = (length: number, seed: number) =>
  Buffer.concat(
    Array.from({ length: Math.ceil(length / 32) }, (_, n) =>
      createHash('sha256').update(`${seed} ${n}`).digest(),
    ),
  ).subarray(0, length)

it('bytes that are no text are told as such, and not as a text in another encoding or without line ends', () => {
  for (const format of ['csv', 'ndjson'] as const) {
    const nuls = foreignFormat(Buffer.alloc(100), format)
    expect(nuls).toBe(
      'This is not text: 100 of its first 100 bytes are control characters. Upload the table as CSV, NDJSON, JSON, Parquet, Arrow or a workbook (.xlsx).',
    )
    for (let seed = 0; seed < 200; seed += 1) {
      // As in the head of a program or a picture, the first bytes may look like UTF-16 in either order.
      for (const begin of ['', '0041', '4100']) {
        const bytes = Buffer.concat([Buffer.from(begin, 'hex'), noise(500, seed)])
        expect(foreignFormat(bytes, format), `${seed} ${begin}`).toMatch(
          /^This is not text: \d+ of its first 50\d /,
        )
      }
    }
  }
  expect(told('00000000')).toMatch(/^This is not text: 4 of its first 4 bytes /)
})

it('a text with some control characters is a text', () => {
  const file = (text: string) => foreignFormat(Buffer.from(text), 'csv')
  expect(file('a\u0001b\n1\u00012\n'), 'one as the delimiter').toBeUndefined()
  expect(file('\u0004,\u0002\u0005\u0001é\n'), 'UTF-8 with several').toBeUndefined()
  expect(file('a,b\n\u001b[1mx\u001b[0m,\f\n'), 'colours of a terminal').toBeUndefined()
  expect(
    file(`text\n${'word '.repeat(100)}\u0000\u0001\u0002\u0003\n`),
    'four in a long text',
  ).toBeUndefined()
})

it('UTF-16 may have a few characters of a private use, and pairs', () => {
  const text = `name,price\n${'사과 🍎,1\n'.repeat(20)}\ue000,2\n`
  expect(foreignFormat(Buffer.from(text, 'utf16le'), 'csv')).toContain('encoding=utf-16le')
  expect(foreignFormat(Buffer.from(text, 'utf16le').swap16(), 'csv')).toContain('encoding=utf-16be')
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

it.each([
  ['53514c69746520666f726d6174203300', 'an SQLite database'],
  ['4f626a0104', 'Avro'],
  ['4f52431108', 'ORC'],
  ['894844460d0a1a0a00', 'HDF5'],
  ['934e554d50590100', 'a NumPy array'],
  ['24464c3240282329', 'an SPSS file'],
])('%s is the beginning of %s', (hex, what) => {
  expect(told(hex)).toMatch(`The file is ${what}`)
  expect(told(hex.slice(2)) ?? '').not.toMatch(`The file is ${what}`)
})

it.each<[text: string, what: string | undefined]>([
  ['ORCID,name\n0000-0001,x\n', undefined],
  ['<stata_dta><header>', 'a Stata file'],
  ['<table border="1" class="dataframe">\n', 'a table in HTML'],
  ['<tables>\n', undefined],
  ['@relation iris\n@attribute x numeric\n', 'ARFF'],
  ['% made by hand\n\n@RELATION iris\n', 'ARFF'],
  ['@relation,b\n1,2\n', undefined],
  ['1 1:0.5 3:2\n', 'in the format of LIBSVM'],
  ['-1 2:1e-3\r\n', 'in the format of LIBSVM'],
  ['1 08:30\n', 'in the format of LIBSVM'],
  ['__label__2 great sound, really\n__label__1 bad\n', 'in the format of fastText'],
  ['__label__x,b\n1,2\n', undefined],
  ['__label__2 of all\n1\n', undefined],
  ['1 |f price:0.2 sqft:1 year\n-1 |f price:0.1\n', 'in the format of Vowpal Wabbit'],
  ["0 2.0 'id7 |words a b c\n1 1.0 'id8 |words d\n", 'in the format of Vowpal Wabbit'],
  ['1|2 |3\n4|5 |6\n', undefined],
  ['1,1:0.5\n', undefined],
  ['time 1:2\n', undefined],
])('%j is %s', (text, what) => {
  if (what === undefined) expect(foreignFormat(Buffer.from(text), 'csv')).toBeUndefined()
  else expect(foreignFormat(Buffer.from(text), 'csv')).toMatch(`The file is ${what}`)
})
