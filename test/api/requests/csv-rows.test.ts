import { describe, expect, it } from 'vitest'
import { readCsvRows } from '../../../src/api/requests/csv-rows.ts'
import { FitserveError } from '../../../src/errors.ts'

const read = (text: string | Buffer, delimiter?: string, maxRows = 1_000) =>
  readCsvRows(Buffer.from(text), { delimiter, maxRows })
const refusal = async (text: string | Buffer, delimiter?: string) => {
  try {
    await read(text, delimiter)
  } catch (error) {
    if (error instanceof FitserveError) return [error.code, error.message, error.problems]
    throw error
  }
  throw new Error('Expected a refusal')
}

describe('rows of CSV in a body', () => {
  it('have the texts by column, and the lines on which they begin', async () => {
    expect(await read('\uFEFFa,b\n1,"x\ny"\n,""\n')).toEqual({
      rows: [
        { a: '1', b: 'x\ny' },
        { a: null, b: '' },
      ],
      lines: [2, 4],
    })
    // One mark is the file's, another one text.
    expect((await read('\uFEFF\uFEFFa\n1\n')).rows).toEqual([{ '\uFEFFa': '1' }])
    const { rows } = await read('__proto__,a\n1,2\n')
    expect(Object.entries(rows[0] ?? {})).toEqual([
      ['__proto__', '1'],
      ['a', '2'],
    ])
  })

  it('may have another delimiter, which the header or the address says', async () => {
    expect((await read('a;b\n1;2\n')).rows).toEqual([{ a: '1', b: '2' }])
    expect((await read('a;b,c\n1;2,3\n', ';')).rows).toEqual([{ a: '1', 'b,c': '2,3' }])
    expect((await read('sep=;\na;b\n1;2\n')).rows).toEqual([{ a: '1', b: '2' }])
    expect((await read('sep=;\na;b\n1;2\n')).lines).toEqual([3])
  })

  it('leave out a first column without a name', async () => {
    expect((await read(',a\n0,1\n1,2\n')).rows).toEqual([{ a: '1' }, { a: '2' }])
  })

  it('end once there are more than are wanted', async () => {
    expect((await read('a\n1\n2\n3\n4\n', undefined, 2)).rows).toHaveLength(3)
    expect((await read('a\n1\n2\n', undefined, 2)).rows).toHaveLength(2)
    expect((await read(`a\n${'\n'.repeat(50)}1\n`, undefined, 2)).rows).toHaveLength(3)
  })

  it('are read in steps, however long they are', async () => {
    const cell = 'x'.repeat(1_000)
    const { rows, lines } = await read(`a\n${`${cell}\n`.repeat(500)}`)
    expect(rows).toHaveLength(500)
    expect(new Set(rows.map(({ a }) => a))).toEqual(new Set([cell]))
    expect(lines.at(-1)).toBe(501)
  })

  it.each<[text: string | Buffer, message: string, problems: object[]]>([
    [Buffer.from([0x61, 0x0a, 0xff]), 'The body is not valid UTF-8.', []],
    ['', 'The body is empty. Its first line names the columns.', []],
    [
      'a,\n1,2\n',
      'The header is invalid. Column 2 has no name.',
      [{ line: 1, message: 'Column 2 has no name.' }],
    ],
    [
      ',,a\n1,2,3\n',
      'The header is invalid. Column 2 has no name.',
      [{ line: 1, message: 'Column 2 has no name.' }],
    ],
    [
      '""\n1\n',
      'The header is invalid. Column 1 has no name.',
      [{ line: 1, message: 'Column 1 has no name.' }],
    ],
    [
      'sep=,\na,b,a\n1,2,3\n',
      'The header is invalid. Two columns have the same name.',
      [{ line: 2, column: 'a', message: 'Two columns have the same name.' }],
    ],
    [
      'a,b\n1\n2,3\n4,5,6\n',
      'Some lines of the body are not valid CSV. Line 2: The line has 1 field, the header 2 fields.',
      [
        { line: 2, message: 'The line has 1 field, the header 2 fields.' },
        { line: 4, message: 'The line has 3 fields, the header 2 fields.' },
      ],
    ],
  ])('%j is refused', async (text, message, problems) => {
    expect(await refusal(text)).toEqual(['invalid-request', message, problems])
  })

  it('name the column of a field that is no CSV, and ten lines at most', async () => {
    const [, message, problems] = await refusal('a,b\n1,"x" y\n')
    expect(problems).toEqual([{ line: 2, column: 'b', message: expect.stringMatching(/\.$/) }])
    expect(message).toMatch(/^Some lines of the body are not valid CSV\. Line 2: /)
    const [, , many] = await refusal(`a,b\n${'1\n'.repeat(50)}`)
    expect(many).toHaveLength(10)
  })

  it('are read without blank lines, which are rows in a body of one column only', async () => {
    const rowsOf = (text: string) => readCsvRows(Buffer.from(text), { delimiter: undefined, maxRows: 10 })
    expect(await rowsOf('\n\na,b\n\n1,2\r\n\r\n3,4\n\n')).toEqual({
      rows: [
        { a: '1', b: '2' },
        { a: '3', b: '4' },
      ],
      lines: [5, 7],
    })
    expect((await rowsOf('a\n1\n\n3\n')).rows).toEqual([{ a: '1' }, { a: null }, { a: '3' }])
    // A column without a name makes a line of two fields, and a blank one no row.
    expect(await rowsOf('a,\n1,\n\n3,\n')).toEqual({ rows: [{ a: '1' }, { a: '3' }], lines: [2, 4] })
  })
})
