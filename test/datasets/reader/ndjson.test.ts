import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { openDuckDb } from '../../../src/datasets/reader/duckdb.ts'
import { type JsonOptions, readNdjson } from '../../../src/datasets/reader/ndjson.ts'
import { Staging } from '../../../src/datasets/reader/staging.ts'
import { FitserveError } from '../../../src/errors.ts'
import { temporaryFolder } from '../../helpers/temporary.ts'

let folder: string
beforeAll(async () => {
  folder = await temporaryFolder('ndjson')
})

/**
 * Stages a file. Returns its columns, its rows behind their lines, the bad lines with the column at fault, and which columns
 * have lists; of a refusal its message and problems.
 */
async function staged(content: string | Uint8Array, more: Partial<JsonOptions> = {}) {
  const file = join(folder, 'file')
  await writeFile(file, content)
  const db = await openDuckDb({ folder })
  try {
    const staging = await Staging.open(db.connection, Number.POSITIVE_INFINITY)
    const options = { encoding: null, decimal: null, maxBad: 1_000, expected: null, hasLists: false, ...more }
    const { lists, warnings } = await readNdjson(file, staging, options)
    staging.close()
    return {
      columns: [...staging.columns],
      rows: staging.columns.length === 0 ? [] : await db.rows('SELECT * FROM staging ORDER BY line'),
      bad: await db.rows('SELECT line, col, message FROM rejects ORDER BY line'),
      lists: [...lists],
      codes: warnings.map(({ code }) => code),
    }
  } catch (error) {
    if (!(error instanceof FitserveError)) throw error
    return { code: error.code, message: error.message, problems: error.problems }
  } finally {
    db.close()
  }
}
const rowsOf = async (...args: Parameters<typeof staged>) => (await staged(...args)).rows
const badOf = async (...args: Parameters<typeof staged>) => (await staged(...args)).bad

describe('lines of JSON', () => {
  it('are rows of texts under the keys that come', async () => {
    expect(await staged('{"a":1,"b":"x"}\n{"c":true,"a":null}\n{"b":""}')).toEqual({
      columns: ['a', 'b', 'c'],
      rows: [
        [1, '1', 'x', null],
        [2, null, null, 'true'],
        [3, null, '', null],
      ],
      bad: [],
      lists: [],
      codes: [],
    })
  })

  it('may end in blank lines, and those between others are no rows', async () => {
    const found = await staged('\n{"a":1}\n\n \t\n{"a":2}\n\n\r\n')
    expect(found.rows?.map(([line]) => line)).toEqual([2, 5])
    expect(found.bad).toEqual([])
  })

  it('are bad with the place of the column at fault, or its key where there is no such column', async () => {
    const first = '{"a":1,"b":2,"l":["x"]}\n'
    expect(
      await badOf(`${first}{"a":1e999}\n{"b":1e999}\n{"l":[null]}\n{"c":1e999}\n{"a":[],"b":1}\n`),
    ).toEqual([
      [2, 0, 'The number is too large'],
      [3, 1, 'The number is too large'],
      [4, 2, expect.stringMatching(/^Expected an array of single values, .* upload this array alone$/)],
      [5, null, 'The number is too large (key "c")'],
      [6, 0, 'Expected a single value as in the lines before, got an array'],
    ])
    expect(await badOf(`${first}{"l":1,"b":1}\n`)).toEqual([
      [2, 2, 'Expected an array as in the lines before, got a single value'],
    ])
    const long = 'k'.repeat(101)
    expect(await badOf(`${first}{"${long}":1e999}\n`)).toEqual([
      [2, null, `The number is too large (key "${'k'.repeat(100)}")`],
    ])
  })

  it('are bad where a text or a list has what no cell has', async () => {
    const first = '{"a":"x","l":["x"]}\n'
    const reasons = async (...lines: string[]) =>
      (await badOf(first + lines.join('\n')))?.map((row) => row.slice(1))
    expect(
      await reasons(
        '{"a":"\\u0000"}',
        '{"a":"\\ud800"}',
        '{"l":["\\u0000"]}',
        '{"l":["\\ud800"]}',
        '{"l":["a"," "]}',
        '{"l":[[]]}',
        '{"l":[{}]}',
      ),
    ).toEqual([
      [0, 'The text contains a NUL character'],
      [0, 'The text is not valid Unicode'],
      [1, 'The text contains a NUL character'],
      [1, 'The text is not valid Unicode'],
      [1, 'An array has an empty text'],
      [1, expect.stringContaining('Expected an array of single values')],
      [1, expect.stringContaining('Expected an array of single values')],
    ])
    // Other escapes are texts.
    expect((await rowsOf('{"a":"\\u0041\\ud83d\\ude00"}\n'))?.[0]?.[1]).toBe('A😀')
  })

  it('are no rows where they are no objects', async () => {
    expect(await badOf('{"a":1}\n7\nnull\n"x"\n[1]\n{"a":\n')).toEqual([
      [2, null, 'The line is not a JSON object'],
      [3, null, 'The line is not a JSON object'],
      [4, null, 'The line is not a JSON object'],
      [5, null, expect.stringMatching(/^The line is not a JSON object but an array.*records/)],
      [6, null, 'The line is not valid JSON'],
    ])
  })

  it('end after as many bad ones as are wanted, and one more', async () => {
    const found = await staged(`{"a":1}\n${'x\n'.repeat(9)}{"a":2}\n`, { maxBad: 3 })
    expect([found.bad?.length, found.rows?.length]).toEqual([4, 1])
    const array = await staged(`[{"a":1}${',x'.repeat(9)},{"a":2}]`, { maxBad: 3 })
    expect([array.bad?.length, array.rows?.length]).toEqual([4, 1])
    const all = await staged(`{"a":1}\n${'x\n'.repeat(3)}{"a":2}\n`, { maxBad: 3 })
    expect([all.bad?.length, all.rows?.length]).toEqual([3, 2])
  })

  it('that are one for want of line ends are told, which one object or a later line is not', async () => {
    const lost = {
      code: 'invalid-dataset',
      message: expect.stringContaining('The file has no line ends'),
      problems: [],
    }
    expect(await staged('{"a":1}{"a":2}')).toEqual(lost)
    expect(await staged('{"a":1} \t{"a":2}')).toEqual(lost)
    expect((await staged('{"a":1}\n{"a":1}{"a":2}\n')).bad).toHaveLength(1)
    expect((await staged('{"a":1}\n')).bad).toEqual([])
    expect((await staged('x}\n{"a":1}\n')).bad).toHaveLength(1)
    // Not one of the lines before the last chunk.
    const long = `${JSON.stringify({ a: 'x'.repeat(1_000) })}\n`.repeat(1_000)
    expect((await staged(`${long}{"a":"1"}{"a":"2"}\n`)).rows).toHaveLength(1_000)
  })

  it('that have no key are no table', async () => {
    const EMPTY = 'The file is empty; expected a JSON object with at least one key on each line'
    for (const content of ['', '\n', '{}\n{}\n', '{}'])
      expect(await staged(content), content).toEqual({
        code: 'invalid-dataset',
        message: EMPTY,
        problems: [],
      })
    expect(await staged('[{}]')).toMatchObject({ message: expect.stringContaining('The array is empty') })
    expect((await staged('7\n')).bad).toHaveLength(1)
  })
})

describe('the numbers of JSON', () => {
  it('keep their digits where they are whole, whatever stands around them', async () => {
    const big = '12345678901234567890'
    const cell = async (line: string, at = 1) => (await rowsOf(`${line}\n{"z":0}\n`))?.[0]?.[at]
    expect(await cell(`{"n":${big}}`)).toBe(big)
    expect(await cell(`{"n":-${big} }`)).toBe(`-${big}`)
    expect(await cell('{"n":9007199254740993}')).toBe('9007199254740993')
    expect(await cell('{"n":9007199254740991}')).toBe('9007199254740991')
    // What is written with an exponent is a number as JavaScript writes it.
    expect(await cell('{"n":1e20}')).toBe('100000000000000000000')
    expect(await cell(`{"t":"\\"n\\":7,","n":${big}}`, 2)).toBe(big)
    expect(await cell(`{"t":"\\\\","n":${big}}`, 2)).toBe(big)
    expect(await cell(`{"t":"\\\\\\"","n" : ${big}}`, 2)).toBe(big)
    expect(await cell(`{"l":["n]","\\"",[]],"n":${big}}`.replace(',[]', ''), 2)).toBe(big)
    expect(await cell(`{"o":{"p":{"q":1}},"n":${big}}`, 2)).toBe(big)
    expect(await cell(`{"o":{"n":${big}},"n":7}`)).toBe(big)
    expect(await cell(`{"n":1,"n":${big}}`)).toBe(big)
  })

  it('have a point that is no separator of thousands where the client says that the comma is the decimal sign', async () => {
    const cells = async (decimal: JsonOptions['decimal']) =>
      (
        await rowsOf('{"a":1.234}\n{"a":-123.456}\n{"a":1234.567}\n{"a":1.5}\n{"a":"1.234"}\n', { decimal })
      )?.map(([, cell]) => cell)
    expect(await cells(',')).toEqual(['1.2340', '-123.4560', '1234.567', '1.5', '1.234'])
    expect(await cells('.')).toEqual(['1.234', '-123.456', '1234.567', '1.5', '1.234'])
    expect(await cells(null)).toEqual(['1.234', '-123.456', '1234.567', '1.5', '1.234'])
  })
})

describe('the keys of JSON', () => {
  it('are columns in their order, also those that look like numbers', async () => {
    const columns = async (content: string) => (await staged(content)).columns
    expect(await columns('{"b":1,"10":2,"2":3}\n{"7":1,"a":2,"1":{"x":1}}\n')).toEqual([
      'b',
      '10',
      '2',
      '7',
      'a',
      '1.x',
    ])
    expect(await columns('{"b":{"2":1,"x":2},"1":3}\n{}\n')).toEqual(['b.2', 'b.x', '1'])
  })

  it('may be missing in the first rows', async () => {
    expect(await rowsOf('{}\n{"a":1}\n')).toEqual([
      [1, null],
      [2, '1'],
    ])
    // More than a chunk of them.
    const many = await rowsOf(`${'{}\n'.repeat(5_000)}{"a":1}\n`)
    expect(many).toHaveLength(5_001)
    expect(many?.at(-1)).toEqual([5_001, '1'])
  })

  it('of one name are refused, by whatever way they come to it', async () => {
    const twice = expect.stringContaining('once nested objects are flattened')
    expect(await badOf('{"x":1}\n{"a.b":1,"a":{"b":2}}\n')).toEqual([[2, null, twice]])
    expect(await badOf('{"a":{"b":2}}\n{"a.b":1}\n')).toEqual([[2, 0, twice]])
    expect(await badOf('{"a":{"b":2}}\n{"a":{"b":1}}\n')).toEqual([])
    expect(await badOf('{"x":1}\n{"\u00e9":1,"e\u0301":2}\n')).toEqual([
      [2, null, 'Two keys are the same name in Unicode normal form NFC (key "\u00e9")'],
    ])
    expect((await staged('{"\u00e9":1}\n{"e\u0301":2}\n')).columns).toEqual(['\u00e9'])
  })

  it('of a bad line make no column', async () => {
    expect(await staged('{"a":1}\n{"b":1,"":2}\n{"b":1,"c":{"d":[{}]}}\n')).toMatchObject({
      columns: ['a'],
      bad: [
        [2, null, 'A column has no name'],
        [3, null, expect.stringContaining('(key "c.d")')],
      ],
    })
  })

  it('may be 4,000', async () => {
    const object = (count: number) =>
      JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, key) => [`k${key}`, null])))
    expect((await staged(`${object(4_000)}\n{"k0":1}\n`)).columns).toHaveLength(4_000)
    expect(await badOf(`{"k0":1}\n${object(4_001)}\n`)).toEqual([
      [2, null, 'The table exceeds the limit of 4,000 columns. Leave out columns'],
    ])
  })
})

describe('an array of JSON', () => {
  it('has items as lines, by their places', async () => {
    expect(await staged('\uFEFF [ {"a":"x,]"},\n{"a":"\\"}]\\\\"} , {"l":[1,2]}]\r\n')).toMatchObject({
      columns: ['a', 'l'],
      rows: [
        [1, 'x,]', null],
        [2, '"}]\\', null],
        [3, null, '\u001f1\u001f2'],
      ],
      bad: [],
      lists: [1],
    })
  })

  it('has items at fault', async () => {
    const nested = (depth: number) => `{"l":${'['.repeat(depth)}${']'.repeat(depth)}}`
    expect(await badOf(`[{"a":1},,7,${nested(63)},{"a":2,},{"a":3`)).toEqual([
      [2, null, 'The line is not valid JSON'],
      [3, null, 'The line is not a JSON object'],
      [4, null, 'Objects and arrays are nested more than 64 deep'],
      [5, null, 'The line is not valid JSON'],
      [6, null, 'The array is not closed: the file ends within it'],
    ])
    // 64 deep is read, though no cell is a list in a list.
    expect(await badOf(`[{"a":1},${nested(62)}]`)).toEqual([
      [2, null, expect.stringMatching(/^Expected an array of single values.*\(key "l"\)$/)],
    ])
    expect(await badOf('[{"a":1},]')).toEqual([[2, null, 'The line is not valid JSON']])
  })

  it('has an item of up to 16 MiB, and goes on behind a longer one', async () => {
    const item = (length: number) => `{"a":"${'x'.repeat(length - 8)}"}`
    const found = await staged(`[${item(2 ** 24)},${item(2 ** 24 + 1)},{"a":"y"}]`)
    expect(found.rows?.map(([line]) => line)).toEqual([1, 3])
    expect(found.bad).toEqual([[2, null, 'The item exceeds the limit of 16 MiB']])
  })

  it.each([
    ['[]', 'The array is empty; expected objects with at least one key'],
    ['[ \n]', 'The array is empty; expected objects with at least one key'],
    ['[{"a":1}] x', 'There is text behind the JSON array. Send one array, or one object per line.'],
    ['[{"a":1}]\n[{"a":2}]', 'There is text behind the JSON array. Send one array, or one object per line.'],
  ])('%s is refused', async (content, message) => {
    expect(await staged(content)).toEqual({ code: 'invalid-dataset', message, problems: [] })
  })

  it('is refused by the item at which it is no UTF-8, with the encoding that was said', async () => {
    const content = Buffer.from('[{"a":"x"},{"a":"caf\u00e9"}]', 'latin1')
    for (const [encoding, said] of [
      [null, 'UTF-8'],
      ['utf-8', 'UTF-8'],
      ['cp949', 'cp949'],
    ] as const) {
      const message = `The array is not ${said} near its item 1. JSON has to be UTF-8; if it is not, name its encoding with encoding=.`
      expect(await staged(content, { encoding })).toEqual({
        code: 'invalid-dataset',
        message,
        problems: [{ line: 1, message }],
      })
    }
    // Half a character at its end.
    const cut = Buffer.from('[{"a":"x"},{"a":"\u00e9').subarray(0, -1)
    expect(await staged(cut)).toMatchObject({ problems: [{ line: 2 }] })
  })
})
