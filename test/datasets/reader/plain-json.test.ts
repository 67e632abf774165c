import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ReadTask } from '../../../src/datasets/messages.ts'
import { openDuckDb, parquet } from '../../../src/datasets/reader/duckdb.ts'
import { stagePlainJson } from '../../../src/datasets/reader/plain-json.ts'
import { readFile } from '../../../src/datasets/reader/read-file.ts'
import { Staging } from '../../../src/datasets/reader/staging.ts'
import { FitserveError } from '../../../src/errors.ts'
import { temporaryFolder } from '../../helpers/temporary.ts'
import { csvTask } from './csv-task.ts'

/*
 * The kernel reads a file of numbers, and JSON.parse the same file with blank lines at its end, which are no rows. Both must
 * find the same rows, types, descriptions, warnings and bad lines.
 */

const outer = await temporaryFolder()

/** Blank lines, more than the kernel passes over. */
const BLANK = '\n'.repeat(16)

/** Reads a file as an upload does. Returns all that is told and kept of it, or the refusal. */
async function read(content: string | Buffer, options: Partial<ReadTask>): Promise<unknown> {
  const folder = await mkdtemp(join(outer, 'read-'))
  try {
    const file = join(folder, 'upload')
    await writeFile(file, content)
    const result = await readFile(csvTask(file, folder, { format: 'ndjson', onError: 'skip', ...options }))
    const db = await openDuckDb({ folder })
    const rows = await db.rows(`SELECT * FROM ${parquet(join(folder, 'data.parquet'))}`)
    db.close()
    const rejects = result.rejected > 0 ? readFileSync(join(folder, 'rejects.ndjson'), 'utf8') : ''
    return { ...result, kept: rows, rejects }
  } catch (error) {
    if (!(error instanceof FitserveError)) throw error
    return { code: error.code, message: error.message, problems: error.problems }
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** Reads a file in both ways, and returns what both have found. */
async function expectSame(text: string, options: Partial<ReadTask> = {}): Promise<unknown> {
  const found = await read(text, options)
  expect(found).toEqual(await read(`${text}${text.endsWith('\n') ? '' : '\n'}${BLANK}`, options))
  return found
}

/** Stages a file by the kernel alone. Returns its rows with their lines; undefined where it leaves the file to others. */
async function staged(
  content: string | Buffer,
  mayBeNumber: (name: string) => boolean = () => true,
): Promise<{ names: readonly string[]; rows: unknown[][] } | undefined> {
  const folder = await mkdtemp(join(outer, 'staged-'))
  const db = await openDuckDb({ folder })
  try {
    const file = join(folder, 'upload')
    await writeFile(file, content)
    const staging = await Staging.open(db.connection, 10)
    if (!(await stagePlainJson(db, file, staging, mayBeNumber))) {
      expect(await db.rows('SELECT * FROM staging')).toEqual([])
      expect(staging.columns).toEqual([])
      return undefined
    }
    const rows = await db.rows('SELECT * FROM staging ORDER BY line')
    expect(staging.rows).toBe(rows.length)
    return { names: staging.columns, rows }
  } finally {
    db.close()
    await rm(folder, { recursive: true })
  }
}

const digits = fc.integer({ min: -2_000, max: 2_000 })
/** Numbers as programs write them. */
const written = fc.oneof(
  digits.map(String),
  digits.map((each) => (each / 100).toFixed(2)),
  digits.map((each) => String(each / 7)),
  fc.double({ noNaN: true, min: -1e15, max: 1e15 }).map((each) => JSON.stringify(each)),
  fc.double({ noNaN: true, min: -1, max: 1 }).map((each) => JSON.stringify(each)),
)
/** Any number in JSON's grammar. */
const anyNumber = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.oneof(
      fc.constant('0'),
      fc.bigInt({ min: 1n, max: 10n ** 24n }).map(String),
      fc.integer({ min: 1, max: 99 }).map(String),
    ),
    fc.oneof(
      fc.constant(''),
      fc.bigInt({ min: 0n, max: 10n ** 25n }).map((each) => `.${each}`),
      fc.integer({ min: 0, max: 1e9 }).map((each) => `.000000000000${each}`),
    ),
    fc.oneof(
      fc.constant(''),
      fc.integer({ min: -330, max: 320 }).map((each) => `e${each}`),
      fc.integer({ min: -45, max: 25 }).map((each) => `E${each >= 0 ? '+' : ''}${each}`),
    ),
  )
  .map((parts) => parts.join(''))

describe('a file of JSON objects with numbers only', () => {
  it('is read with its lines, names and numbers', async () => {
    const text = '{"b":1.5,"10":null,"a \\"x\\"":-2e-3}\n{"b":0,"10":7,"a \\"x\\"":-0.0}\n'
    expect(await staged(text)).toEqual({
      names: ['b', '10', 'a "x"'],
      rows: [
        [1, 1.5, null, -0.002],
        [2, 0, 7, 0],
      ],
    })
  })

  it('is read whatever spaces and line ends it has, if all rows have the same', async () => {
    const rows = [
      [1, 1, 2],
      [2, 3, 4],
    ]
    for (const text of [
      '{"a": 1, "b": 2}\n{"a": 3, "b": 4}',
      '\uFEFF{"a":1,"b":2}\r\n{"a":3,"b":4}\r\n',
      '{"a":1,"b":2}\n{"a":3,"b":4}\n\n\n',
      ' { "a" :\t1 , "b":2 } \r\n { "a" :\t3 , "b":4 }',
    ])
      expect(await staged(text), text).toEqual({ names: ['a', 'b'], rows })
  })

  it('has the nearest double of each number, as JSON.parse has', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(written, anyNumber), { minLength: 2, maxLength: 500, size: 'max' }),
        async (texts) => {
          const usual = texts.filter((text) => {
            const size = Math.abs(Number(text))
            return (size === 0 || (size >= 1e-300 && size < 2 ** 53)) && !/e[+-]?\d{4}/i.test(text)
          })
          fc.pre(usual.length > 1)
          const found = await staged(usual.map((text) => `{"a":${text}}\n`).join(''))
          expect(found?.rows.map(([, value]) => value)).toEqual(usual.map((text) => Number(text) + 0))
        },
      ),
      { numRuns: 40 },
    )
  })

  it('has the even one of two doubles that are equally near', async () => {
    const texts = [
      '9007199254740991',
      '4503599627370497.5',
      '4503599627370496.5',
      '4503599627370498.5',
      '1125899906842624.125',
      '1125899906842624.375',
      '0.000030517578125000001694065894508600678',
      '0.1000000000000000055511151231257827021181583404541015625',
      '8.5e-40',
      '1e22',
      '9e15',
      '1.7976931348623157e-300',
    ].filter((text) => Number(text) < 2 ** 53)
    const found = await staged(texts.map((text) => `{"a":${text}}\n`).join(''))
    expect(found?.rows.map(([, value]) => value)).toEqual(texts.map(Number))
  })

  it('is read across the pieces in which it comes', async () => {
    const names = Array.from({ length: 40 }, (_, column) => `column ${column}`)
    const row = (at: number) =>
      Object.fromEntries(names.map((name, column) => [name, (at * 40 + column) / 1_024]))
    const text = Array.from({ length: 5_000 }, (_, at) => `${JSON.stringify(row(at))}\n`).join('')
    const found = await staged(text)
    expect(found?.rows).toEqual(Array.from({ length: 5_000 }, (_, at) => [at + 1, ...Object.values(row(at))]))
  })

  it.each<[string, string | Buffer]>([
    ['one row', '{"a":1}\n'],
    ['no row', ''],
    ['a blank line', '{"a":1}\n\n{"a":2}\n'],
    ['many blank lines at the end', `{"a":1}\n{"a":2}\n${'\n'.repeat(16)}`],
    ['a text', '{"a":1}\n{"a":"2"}\n'],
    ['a boolean', '{"a":1}\n{"a":true}\n'],
    ['a list', '{"a":1}\n{"a":[2]}\n'],
    ['an object within', '{"a":1}\n{"a":{"b":2}}\n'],
    ['an object within each', '{"a":{"b":1}}\n{"a":{"b":2}}\n'],
    ['a key with a point', '{"a.b":1}\n{"a.b":2}\n'],
    ['a key twice', '{"a":1,"a":2}\n{"a":1,"a":2}\n'],
    ['a key twice in another writing', '{"a":1,"\\u0061":2}\n{"a":1,"\\u0061":2}\n'],
    ['a key without a name', '{"":1}\n{"":2}\n'],
    ['a key that is no NFC', '{"e\u0301":1}\n{"e\u0301":2}\n'],
    ['half a character in a key', '{"\\ud800":1}\n{"\\ud800":2}\n'],
    ['NUL in a key', '{"\\u0000":1}\n{"\\u0000":2}\n'],
    ['bytes that are not UTF-8', Buffer.from('{"\xe9":1}\n{"\xe9":2}\n', 'latin1')],
    ['another key', '{"a":1}\n{"b":2}\n'],
    ['one more key', '{"a":1}\n{"a":2,"b":3}\n'],
    ['a key less', '{"a":1,"b":2}\n{"a":3}\n'],
    ['keys in another order', '{"a":1,"b":2}\n{"b":3,"a":4}\n'],
    ['another space', '{"a":1}\n{"a": 2}\n'],
    ['a whole number beyond 2^53', '{"a":1}\n{"a":9007199254740992}\n'],
    ['a large number', '{"a":1}\n{"a":1e16}\n'],
    ['an infinite number', '{"a":1}\n{"a":1e400}\n'],
    ['a number beyond the least', '{"a":1}\n{"a":1e-310}\n'],
    ['a zero ahead', '{"a":1}\n{"a":01}\n'],
    ['a plus', '{"a":1}\n{"a":+1}\n'],
    ['a point without digits', '{"a":1}\n{"a":1.}\n'],
    ['a point ahead', '{"a":1}\n{"a":.5}\n'],
    ['an exponent without digits', '{"a":1}\n{"a":1e}\n'],
    ['a minus alone', '{"a":1}\n{"a":-}\n'],
    ['NaN', '{"a":1}\n{"a":NaN}\n'],
    ['nothing', '{"a":1}\n{"a":}\n'],
    ['null and more', '{"a":1}\n{"a":nullx}\n'],
    ['a row that is cut off', '{"a":1}\n{"a":2'],
    ['a number that is cut off', '{"a":1}\n{"a":2}\n{"a":'],
    ['text behind a row', '{"a":1}\n{"a":2} x\n'],
    ['two rows in a line', '{"a":1}\n{"a":2}{"a":3}\n'],
    ['a line without line end that has more', '{"a":1}\n{"a":2}\n3'],
    ['another line end', '{"a":1}\n{"a":2}\r\n'],
    ['a comma behind the last value', '{"a":1,}\n{"a":2,}\n'],
    ['an array', '[{"a":1},\n{"a":2}]\n'],
    ['a NUL behind the rows', '{"a":1}\n{"a":2}\n\0\n'],
    ['a line of two megabytes', `{"a":1}\n${' '.repeat(2_200_000)}{"a":2}\n`],
  ])('is left to JSON.parse with %s', async (_, content) => {
    expect(await staged(content)).toBeUndefined()
    // What is found then is what is found with blank lines behind the rows.
    const found = await read(content, {})
    expect(found).toEqual(await read(Buffer.concat([Buffer.from(content), Buffer.from(`\n${BLANK}`)]), {}))
  })

  it('is left to JSON.parse with more columns than the kernel takes', async () => {
    const rows = (columns: number) =>
      rowsOf(2, () => Object.fromEntries(wide(columns).map((name) => [name, 1])))
    expect((await staged(rows(1_000)))?.names).toHaveLength(1_000)
    expect(await staged(rows(1_001))).toBeUndefined()
  })

  it('is left to JSON.parse where a column means something else', async () => {
    expect(await staged('{"a":1,"b":2}\n{"a":3,"b":4}\n', (name) => name !== 'b')).toBeUndefined()
  })
})

const column = fc.oneof(
  fc.constant(written),
  fc.constant(fc.oneof({ arbitrary: written, weight: 10 }, { arbitrary: fc.constant('null'), weight: 1 })),
  fc.constant(fc.constant('null')),
  fc.constant(fc.constantFrom('0', '1')),
  fc.constant(fc.constantFrom('1.234', '12.500', '20260102')),
  fc.constant(
    fc.oneof(
      { arbitrary: written, weight: 200 },
      { arbitrary: fc.constantFrom('12345678901234567890', '"x"', '1e300', 'true', '01', '{}'), weight: 1 },
    ),
  ),
)

describe('a file of JSON objects with numbers, read by the kernel and by JSON.parse', () => {
  it('gives the same data set', async () => {
    const table = fc
      .tuple(column, column, column)
      .chain((columns) => fc.array(fc.tuple(...columns), { minLength: 1, maxLength: 120, size: 'max' }))
    const options = fc.constantFrom<Partial<ReadTask>>(
      {},
      {},
      { onError: 'refuse' },
      { types: [['b', 'category']] },
      { types: [['b', 'number']] },
      { types: [['b', 'list']] },
      { types: [['other', 'number']] },
      { missing: ['1', '0.5'] },
      { decimal: ',' },
      { decimal: '.' },
      { dates: { any: [], columns: [['b', '%Y%m%d']] } },
    )
    await fc.assert(
      fc.asyncProperty(table, options, fc.boolean(), async (rows, said, repeats) => {
        const lines = [...rows, ...(repeats ? rows.slice(0, 3) : [])]
        const text = lines.map(([a, b, id]) => `{"a": ${a}, "b": ${b}, "id": ${id}}`).join('\n')
        await expectSame(text, said)
      }),
      { numRuns: 60 },
    )
  })

  it.each<[string, string, Partial<ReadTask>?]>([
    ['rows that repeat', `${numbered(40)}{"a":0.001,"b":0}\n`],
    ['rows that count', rowsOf(30, (row) => ({ id: row + 1, b: row % 7 }))],
    ['days as numbers', rowsOf(28, (row) => ({ day: 20_260_101 + row, b: row }))],
    ['a constant whose sum is not exact', rowsOf(5_000, () => ({ a: 0.1, b: 1 }))],
    ['a column without values', rowsOf(30, (row) => ({ a: null, b: row }))],
    ['columns without values', rowsOf(30, () => ({ a: null, b: null }))],
    ['no values, whose type is said', rowsOf(30, (b) => ({ a: null, b })), { types: [['a', 'number']] }],
    ['gaps', rowsOf(5_000, (row) => ({ a: row % 3 ? row / 8 : null, b: row < 4_000 ? null : row }))],
    ['a name that JavaScript knows', '{"__proto__":1,"constructor":2}\n{"__proto__":3,"constructor":4}\n'],
    ['a bad line at the end', `${numbered(3_000)}{"a":0.5,"b":tru}\n`],
    ['a bad line that refuses the file', `${numbered(3_000)}{"a":0.5,"b":tru}\n`, { onError: 'refuse' }],
    ['many columns', rowsOf(70, (row) => Object.fromEntries(wide(200).map((name, at) => [name, row + at])))],
  ])('gives the same data set of %s', async (_, text, options) => {
    await expectSame(text, options)
  })

  it('measures many rows while it reads them as it does later, but for quantiles, which are of other samples', async () => {
    const told = async (text: string) =>
      JSON.stringify(await read(text, {}), (name, value: unknown) => (name === 'quantiles' ? null : value))
    const text = `${manyRows(120_000)}${manyRows(1)}`
    const found = await told(text)
    expect(found).toBe(await told(`${text}${BLANK}`))
    expect(found).toContain('"duplicates":1')
  })
})

function rowsOf(rows: number, row: (at: number) => object): string {
  return Array.from({ length: rows }, (_, at) => `${JSON.stringify(row(at))}\n`).join('')
}

/** Rows of two numbers, the first of which differs in each. */
function numbered(rows: number): string {
  return rowsOf(rows, (row) => ({ a: row / 1_000, b: row % 5 }))
}

/** Rows of four numbers: one with gaps, one with few different ones, and two by which rows differ. */
function manyRows(rows: number): string {
  return rowsOf(rows, (row) => ({
    gaps: row % 7 === 0 ? null : row / 8,
    few: row % 5,
    many: ((row * 7_919) % 50_021) / 1_000,
    more: -((row * 104_729) % 50_023),
  }))
}

function wide(columns: number): string[] {
  return Array.from({ length: columns }, (_, at) => `c${at}`)
}
