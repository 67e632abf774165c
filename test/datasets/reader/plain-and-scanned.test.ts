import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { ReadTask } from '../../../src/datasets/messages.ts'
import { openDuckDb, parquet } from '../../../src/datasets/reader/duckdb.ts'
import { lookThrough } from '../../../src/datasets/reader/plain-csv.ts'
import { readFile } from '../../../src/datasets/reader/read-file.ts'
import { FitserveError } from '../../../src/errors.ts'
import { temporaryFolder } from '../../helpers/temporary.ts'
import { csvTask } from './csv-task.ts'

/*
 * DuckDB reads a plain file, and the scanner the same file with many blank lines at its end, which are no rows. Both must find
 * the same rows, types, descriptions, warnings and bad lines.
 */

const outer = await temporaryFolder()

type Options = Partial<
  Pick<
    ReadTask,
    'onError' | 'types' | 'decimal' | 'missing' | 'dates' | 'header' | 'skip' | 'delimiter' | 'index'
  >
>

/** Reads a file as an upload does. Returns all that is told and kept of it, or the refusal. */
async function read(content: string, options: Options): Promise<unknown> {
  const folder = await mkdtemp(join(outer, 'read-'))
  try {
    const file = join(folder, 'upload')
    await writeFile(file, content)
    const task = csvTask(file, folder, { onError: 'skip', ...options })
    const result = await readFile(task)
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

/** Returns what both read. */
async function expectSame(text: string, options: Options = {}): Promise<unknown> {
  const found = await read(text, options)
  expect(found).toEqual(await read(withBlankLines(text), options))
  expect(found, 'one blank line').toEqual(await read(`${text}\n`, options))
  return found
}

function withBlankLines(text: string): string {
  return `${text}${text.endsWith('\n') ? '' : '\n'}${'\n'.repeat(16)}`
}

/** Returns whether DuckDB reads a text. @param skip lines ahead of its rows */
async function isPlain(text: string, skip: number): Promise<boolean> {
  const file = join(outer, 'looked')
  await writeFile(file, text)
  return (await lookThrough(file, { delimiter: ',', skip, gaps: [] })) !== undefined
}

const digits = fc.integer({ min: -2_000, max: 2_000 })
const number = fc.oneof(
  digits.map(String),
  digits.map((each) => (each / 100).toFixed(2)),
  digits.map((each) => (each / 7).toString()),
  digits.map((each) => `${each}e-3`),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
)
const odd = fc.constantFrom(
  '',
  'NA',
  'na',
  '"NA"',
  ' NA',
  'ＮＡ',
  '없음',
  '-1',
  '"-1"',
  '1E5',
  '007',
  '1.',
  '+1',
  ' 1',
  '"1"',
  '"1,5"',
  'x',
  'inf',
  '""',
  '"a\nb"',
  '2026-01-02',
)
/** A column of one kind, with few values of another. */
const column = fc.oneof(
  fc.constant(number),
  fc.constant(fc.oneof({ arbitrary: number, weight: 40 }, { arbitrary: odd, weight: 1 })),
  fc.constant(fc.oneof({ arbitrary: number, weight: 10 }, { arbitrary: fc.constant(''), weight: 1 })),
  fc.constant(fc.constantFrom('red', 'green', '"blue, dark"', '')),
  fc.constant(fc.constantFrom('1,5', '2,25', '1.234').map((each) => `"${each}"`)),
  fc.constant(fc.constantFrom('1.234', '12.500')),
  fc.constant(fc.constantFrom('0', '1')),
)
const table = fc
  .tuple(column, column, column)
  .chain((columns) =>
    fc.array(fc.tuple(...columns), { minLength: 1, maxLength: 120, size: 'max' }).map((rows) => rows),
  )

/** What stands ahead of a table, and the options for it. */
const form = fc.constantFrom<{ above: string; more?: Options }>(
  { above: '' },
  { above: '' },
  { above: '\uFEFF' },
  { above: '', more: { header: false } },
  { above: '\uFEFF', more: { header: false } },
  { above: 'A "note"\r\n\n', more: { skip: 2 } },
  { above: '\uFEFF"\n', more: { skip: 1, header: false } },
  { above: 'sep=,\n' },
)

describe('a plain file and the same file as it is scanned', () => {
  it('are read by DuckDB and by the scanner', async () => {
    expect(await isPlain('a,b\n1,2\n', 1)).toBe(true)
    expect(await isPlain(withBlankLines('a,b\n1,2\n'), 1)).toBe(false)
  })

  it('give the same data set', async () => {
    const options: fc.Arbitrary<Options> = fc.constantFrom<Options>(
      {},
      {},
      { onError: 'refuse' },
      { types: [['b', 'category']] },
      { types: [['b', 'text']] },
      { types: [['b', 'number']] },
      { missing: ['1', '0.5'] },
      { missing: ['NA', '-1', 'red'] },
      { missing: ['1e5', 'ｎａ', '없음'] },
      { missing: ['na', '0'], types: [['b', 'category']] },
      { decimal: ',' },
      { decimal: '.' },
    )
    let kept = 0
    await fc.assert(
      fc.asyncProperty(table, options, form, fc.boolean(), async (rows, said, { above, more }, repeats) => {
        const names = more?.header === false ? [] : [['a', 'b', 'id']]
        const lines = [...names, ...rows, ...(repeats ? rows.slice(0, 3) : [])]
        const text = above + lines.map((line) => line.join(',')).join('\n')
        const found = await expectSame(text, { ...said, ...more })
        if (z.looseObject({ kept: z.unknown() }).safeParse(found).success) kept += 1
      }),
      { numRuns: 60 },
    )
    expect(kept).toBeGreaterThan(20)
  })

  it.each<[string, string, Options?]>([
    ['rows that repeat', `a,b\n${numbered(40)}0.001,0\n`],
    ['rows that differ in the writing of a number only', `a,b\n${numbered(40)}0.0010,0\n`],
    ['a bad row, whose text is kept as it was written', `a,b\n${numbered(300)}1.50,x\n`],
    ['a bad row that refuses the file', `a,b\n${numbered(300)}1.50,x\n`, { onError: 'refuse' }],
    ['an infinite number', `a,b\n${numbered(300)}1e999,1\n`],
    ['decimal commas beside unclear points', `a;b\n${'1.234;1,5\n12.500;2,5\n'.repeat(20)}`],
    [
      'codes with leading zeros',
      `a,b\n${Array.from({ length: 30 }, (_, row) => `00${100 + row},${row}\n`).join('')}`,
    ],
    ['a row number', `id,b\n${Array.from({ length: 30 }, (_, row) => `${row + 1},${row % 7}\n`).join('')}`],
    [
      'an index without a name',
      `,b\n${Array.from({ length: 30 }, (_, row) => `${row},${row % 7}\n`).join('')}`,
    ],
    ['a row of sums', `a,b\n${numbered(30)}total,5\n`],
    [
      'days as numbers',
      `day,b\n${Array.from({ length: 28 }, (_, row) => `${20_260_101 + row},${row}\n`).join('')}`,
    ],
    ['a constant whose sum is not exact', `a,b\n${'0.1,1\n'.repeat(5_000)}`],
    ['huge numbers', `a,b\n${`${'9'.repeat(40)}e99,1\n-${'9'.repeat(39)}e99,2\n`.repeat(20)}`],
    ['a column without values', 'a,b\n,1\n,2\n'],
    ['a column whose only values are missing', `a,b\n${'-9,1\n,2\n'.repeat(20)}`, { missing: ['-9'] }],
    ['a missing number in quotes', `a,b\n${numbered(60)}"-9",2\n`, { missing: ['-9'] }],
    [
      'missing texts in numbers and words',
      `a,b\n${numbered(60)}NA,none\nna,"None"\n-99, none\n`,
      { missing: ['NA', '-99', 'none'] },
    ],
    [
      'a missing text beside a bad row',
      `a,b\n${numbered(300)}NA,1\n1.50,x\n`,
      { missing: ['NA'], types: [['b', 'number']] },
    ],
    [
      'missing texts with delimiters and quotes',
      `a,b\n${numbered(40)}"x,y",1\n`,
      { missing: ['x', 'x,y', '"'] },
    ],
    [
      'names of rows',
      `"a","b"\n${Array.from({ length: 30 }, (_, row) => `"${row + 1}",${row}.5,${row % 3}\n`).join('')}`,
    ],
    ['a name with a line end', `"a\nb",c\n${'1,2\n3,4\n'.repeat(20)}`],
    ['last columns without a name', `a,b,\n${'1,2,\n3,4,\n'.repeat(20)}`],
    ['blank lines above the header', `\n\na,b\n${'1,2\n3,4\n'.repeat(20)}`],
    ['blank lines behind those left out', `x\n\na,b\n${'1,2\n3,4\n'.repeat(20)}`, { skip: 1 }],
    ['one row without a header', '1,2', { header: false }],
    ['more lines left out than there are', 'a,b\n1,2\n', { skip: 5 }],
    ['lines of several ends left out', `x\r\ny\rz\n\na,b\n${'1,2\n3,4\n'.repeat(20)}`, { skip: 3 }],
    ['a header with another line end', `a,b\r\n${'1,2\n3,4\n'.repeat(20)}`],
    ['a header alone', 'a,b\n'],
    ['many columns', wide(70, ['1.50', '2', 'x'])],
    ['many columns with a bad row', wide(70, [...Array.from({ length: 150 }, (_, row) => `${row}.50`), 'x'])],
  ])('give the same data set of %s', async (_, text, options) => {
    await expectSame(text, options)
  })
})

describe('a plain file of long texts and the same file as it is scanned', () => {
  const header = 'text,label\n'
  it.each<[string, string, Options?]>([
    ['two classes', header + reviews(60)],
    ['texts that repeat', header + reviews(60) + reviews(7)],
    ['classes in two normal forms', header + reviews(40, (row) => (row % 2 ? 'ja\u0308' : 'j\u00e4'))],
    ['classes with gaps', header + reviews(60, (row) => ['', '" "', 'pos', 'neg'][row % 4] ?? '')],
    ['booleans', header + reviews(60, (row) => ['true', 'False'][row % 2] ?? '')],
    ['days', header + reviews(60, (row) => `2026-01-${10 + (row % 20)}`)],
    ['numbers', header + reviews(60, (row) => `${row}.50`)],
    ['numbers and placeholders', header + reviews(60, (row) => (row % 9 ? `${row}.50` : 'NA'))],
    ['missing texts', header + reviews(60), { missing: ['pos', 'NA'] }],
    ['a row number', `text,id\n${reviews(60, (row) => String(row))}`],
    ['an index without a name', `,text\n${reviews(60).replaceAll(/^("(?:[^"]|"")*"),(.*)$/gm, '7,$1')}`],
    ['a bad row', header + reviews(300, (row) => (row === 77 ? 'x' : `${row}.50`))],
    [
      'a bad row that refuses the file',
      header + reviews(300, (row) => (row === 77 ? 'x' : '1.50')),
      { onError: 'refuse' },
    ],
    ['a number as a text', header + reviews(60, (row) => `${row}.50`), { types: [['label', 'text']] }],
    ['texts as a category', header + reviews(60), { types: [['text', 'category']] }],
    ['lines that end with CR LF', (header + reviews(60)).replaceAll('\n', '\r\n')],
    ['no header, behind lines left out', `a "note"\n\n${reviews(60)}`, { skip: 2, header: false }],
    ['a byte order mark', `\uFEFF${header}${reviews(60)}`],
    ['gaps in texts', `${header},pos\n"",neg\n${reviews(60)}`],
    ['sentences that repeat', header + reviews(4).repeat(30)],
    ['a row of sums', `${header}${reviews(60)}Total,60\n`],
    ['no line ends within', header + reviews(60).replaceAll(/\n(?!")/g, ' ')],
  ])('give the same data set of %s', async (_, text, options) => {
    await expectSame(text, options)
  })

  it('give the same data set where DuckDB reads it in pieces', async () => {
    const found = await expectSame(header + reviews(60_000) + reviews(3))
    expect(found).toMatchObject({ rows: 60_003, duplicates: 3, warnings: [{ code: 'duplicate-rows' }] })
  })
})

/** Rows of a long text in quotes, with quotes, delimiters and line ends in it, and a label. */
function reviews(rows: number, label = (row: number): string => (row % 2 ? 'pos' : 'neg')): string {
  const sentence = 'He said ""no"" – and, well, left.\n'
  return Array.from(
    { length: rows },
    (_, row) => `"Review ${row}. ${sentence.repeat(5 + (row % 9))}",${label(row)}\n`,
  ).join('')
}

/** Rows of two numbers, the first of which differs in each. */
function numbered(rows: number): string {
  return Array.from({ length: rows }, (_, row) => `0.${String(row).padStart(3, '0')},${row % 5}\n`).join('')
}

/** Rows of one value in all columns. */
function wide(columns: number, values: readonly string[]): string {
  const line = (cell: (column: number) => string) =>
    `${Array.from({ length: columns }, (_, at) => cell(at)).join(',')}\n`
  return (
    line((at) => `c${at}`) +
    values.map((value) => line((at) => (at === 0 ? value : value.replace('x', '7')))).join('')
  )
}
