import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readCsv } from '../../../src/datasets/reader/csv.ts'
import { CsvScanner, type Field } from '../../../src/datasets/reader/csv-scanner.ts'
import { openDuckDb, wholeText } from '../../../src/datasets/reader/duckdb.ts'
import { type LookOptions, lookThrough, type PlainCsv } from '../../../src/datasets/reader/plain-csv.ts'
import { stagePlainCsv } from '../../../src/datasets/reader/stage-plain.ts'
import { Staging } from '../../../src/datasets/reader/staging.ts'
import { temporaryFolder } from '../../helpers/temporary.ts'

const folder = await temporaryFolder()

/** Rows with their lines, as the scanner reads a text without a header. */
function scanned(text: string, delimiter: string): [number, ...Field[]][] {
  const rows: [number, ...Field[]][] = []
  const scanner = new CsvScanner(delimiter, {
    record: (line, fields) => rows.push([line, ...fields]),
    bad: (line) => rows.push([line, 'bad']),
  })
  scanner.feed({ text, line: 1, faults: new Map(), last: true })
  while (scanner.read());
  return rows
}

async function fileOf(content: string | Uint8Array): Promise<string> {
  const file = join(folder, 'upload')
  await writeFile(file, content)
  return file
}

/** What is known of a file by its bytes. */
async function look(
  content: string | Uint8Array,
  { delimiter = ',', skip = 0, gaps = [] }: Partial<LookOptions> = {},
): Promise<PlainCsv | undefined> {
  return lookThrough(await fileOf(content), { delimiter, skip, gaps })
}

/** Rows with their lines, as an upload stages them. */
async function staged(content: string, delimiter: string): Promise<unknown[][]> {
  const file = await fileOf(content)
  const db = await openDuckDb({ folder })
  try {
    const staging = await Staging.open(db.connection, 100)
    const dialect = { delimiter, separatorLine: false, rowNames: false, fields: 3 }
    const options = { dialect, header: true, skip: 0, encoding: null, maxBad: 100, missing: [] }
    await readCsv(db, file, staging, { ...options, mayBeNumber: () => false })
    staging.close()
    const columns = staging.columns.map((_, index) => wholeText(`c${index}`))
    expect(staging.rejected).toBe(0)
    const rows = await db.rows(`SELECT line, ${columns.join(', ')} FROM staging ORDER BY line`)
    expect(rows.length).toBe(staging.rows)
    return rows
  } finally {
    db.close()
  }
}

const cell = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    '1.5',
    '-2e3',
    'a b',
    '#',
    "'",
    '\\',
    '\\N',
    'NULL',
    '﻿x',
    '한국',
    '👍',
    '\u0085',
    '\u2028',
    '\t',
  ),
  fc.string({ unit: 'binary', maxLength: 4 }),
)

const quotedCell = fc
  .tuple(
    fc.array(
      fc.constantFrom(
        'a',
        '1',
        '.',
        '""',
        ',',
        ';',
        '\n',
        '\r\n',
        '\r',
        ' ',
        "'",
        '\\',
        '한',
        '👍',
        '\u2028',
      ),
      {
        maxLength: 6,
      },
    ),
    fc.boolean(),
  )
  .map(([parts, isQuoted]) =>
    isQuoted ? `"${parts.join('')}"` : parts.join('').replaceAll(/["\r\n,;]/g, '') || '1',
  )

describe('a plain CSV file', () => {
  it('is staged as the scanner reads it', async () => {
    let plain = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(cell, { minLength: 3, maxLength: 3 }), { minLength: 1, maxLength: 8 }),
        fc.constantFrom(',', ';', '\t', '|'),
        fc.constantFrom('\n', '\r\n'),
        fc.boolean(),
        async (rows, delimiter, lineEnd, ends) => {
          const clean = (each: string) => each.replaceAll(/[\r\n\0",;\t|]/g, '')
          const lines = [['a', 'b', 'c'], ...rows.map((row) => row.map(clean))]
          const text = lines.map((line) => line.join(delimiter)).join(lineEnd) + (ends ? lineEnd : '')
          if (await look(text, { delimiter, skip: 1 })) plain += 1
          expect(await staged(text, delimiter)).toEqual(scanned(text, delimiter).slice(1))
        },
      ),
      { numRuns: 100 },
    )
    expect(plain).toBeGreaterThan(60)
  })

  it('with quoted fields is staged as the scanner reads it', async () => {
    let plain = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(quotedCell, { minLength: 2, maxLength: 2 }), { minLength: 1, maxLength: 8 }),
        fc.constantFrom(',', ';', '\t'),
        fc.constantFrom('\n', '\r\n'),
        fc.boolean(),
        async (rows, delimiter, lineEnd, ends) => {
          const lines = [['"a"', 'b'], ...rows].map((line) => line.join(delimiter))
          const text = lines.join(lineEnd) + (ends ? lineEnd : '')
          if (await look(text, { delimiter, skip: 1 })) plain += 1
          expect(await staged(text, delimiter)).toEqual(scanned(text, delimiter).slice(1))
        },
      ),
      { numRuns: 100 },
    )
    expect(plain).toBeGreaterThan(60)
  })

  it('is read by DuckDB where fields with line ends are more than it reads at once', async () => {
    const row = (at: number) => `"${'""Hi,"" he said.\n'.repeat(20)}",${at}\n`
    const text = Array.from({ length: 60_000 }, (_, at) => row(at)).join('')
    const plain = await look(text)
    expect(plain?.starts.length).toBeGreaterThan(1)
    expect(plain?.bytes).toBe(text.length)
    const starts = plain?.starts.map((start) => `\n${text}`.slice(start, start + 4))
    expect(new Set(starts)).toEqual(new Set(['\n"""']))
    const file = { file: join(folder, 'upload'), delimiter: ',', skip: 0, gaps: [], plain: plain! }
    const db = await openDuckDb({ folder }, 512, { cores: 2 })
    try {
      const staging = await Staging.open(db.connection, 100)
      await staging.addColumns(['a', 'b'])
      expect(await stagePlainCsv(db, staging, { ...file, asNumbers: [false, true] })).toBeDefined()
      staging.close()
      const sums = 'count(*), count(DISTINCT c0), sum(c1), bool_and(line = 20 * c1 + c1 + 1)'
      expect(await db.rows(`SELECT ${sums} FROM staging`)).toEqual([[60_000n, 1n, 1_799_970_000, true]])
    } finally {
      db.close()
    }
  })

  it('is read across the borders of chunks', async () => {
    const cell = '"한국 👍, ""x""\n'.padEnd(700, 'é')
    const rows = Array.from({ length: 3_000 }, (_, row) => `${row},${cell}${row}"`)
    const text = `a,b\n${rows.join('\n')}\n`
    const found = await look(text, { skip: 1 })
    expect(found).toMatchObject({ records: 3_000, areNumbers: [true, false] })
    expect([...(found?.lines ?? [])]).toEqual(rows.map((_, row) => 2 + 2 * row))
    expect(await staged(text, ',')).toEqual(scanned(text, ',').slice(1))
  })

  it.each([
    ['1,2\n3,4\n', 2],
    ['1,2\n3,4', 2],
    ['1,2\n3,4\n\n', 2],
    ['a\n1\n""\n\n', 3],
    [`1,2\n3,4${'\n'.repeat(15)}`, 2],
    ['1,2\r\n3,4\r\n\r\n\r\n', 2, '\r\n'],
    ['1,2\r\n3,4\r\n', 2, '\r\n'],
    ['1,2\r\n3,4', 2, '\r\n'],
    [',\n,', 2],
    ['a\nb', 2],
    ['a\n""\n', 2],
    ['"a",b\n"1\n",2\n', 2],
    ['a,b\n1,"\r"\n', 2],
    ['a\n"x ""y"" z"', 2],
    [`1,2\n3,${'x'.repeat(2 ** 20 - 2)}\n`, 2],
    [`1,2\n3,${'é'.repeat(500_000)}\n5,6`, 3],
    [`${'x'.repeat(2 ** 20)}`, 1],
    [`1\r\n${'x'.repeat(2 ** 20 - 1)}\r\n`, 2, '\r\n'],
    ['"1\n",2\n3,4\n', 2],
    ['\uFEFF1,2\n3,4\n', 2],
    ['\uFEFF"1",2\n3,4\n', 2],
    ['\uFEFF\uFEFF1,2\n3,4\n', 2],
  ] as const)('is one whose lines are alike: %#', async (content, records, lineEnd: string = '\n') => {
    expect(await look(content)).toMatchObject({ records, lineEnd })
  })

  it('tells on which lines its records begin, where they are not one a line', async () => {
    const lines = async (content: string) => (await look(content))?.lines
    expect(await lines('a\n1\n2\n')).toBeNull()
    expect(await lines('a\n"1\n\n"\n2\n"3\n"\n4')).toEqual(Uint32Array.of(1, 2, 5, 6, 8))
  })

  it('begins behind the lines that are skipped, whatever they hold', async () => {
    const above = `\uFEFF"a" "\r\n\n${'x'.repeat(3 * 2 ** 20)}\0\n`
    const found = await look(`${above}1,"x\ny"\n2,z\n`, { skip: 3 })
    expect(found).toMatchObject({ records: 2, areNumbers: [true, false], lines: Uint32Array.of(4, 6) })
    expect(await look('1\n2\n', { skip: 2 })).toMatchObject({ records: 0 })
    expect(await look('1\n2\n', { skip: 9 })).toMatchObject({ records: 0 })
  })

  it.each<[string, boolean]>([
    ['1\nNA\n2', true],
    ['1\n-9\n2\nNA', true],
    ['NA\n-9', false],
    ['1\nNa\n', false],
    ['1\n"NA"\n', false],
    ['1\n"-9"\n', false],
    ['1\n"2"\n', true],
    ['1\n-99\n-9\n', true],
    ['1\nNAN\n', false],
    ['1\n-9 \n', false],
  ])('has gaps in columns of numbers: %j', async (content, isNumber) => {
    expect((await look(content, { gaps: ['NA', '-9', '없음'] }))?.areNumbers).toEqual([isNumber])
  })

  it.each([
    ['0', '-0', '12', '-3.5', '.5', '-.5', '0.25', '1e5', '1E-5', '2.5e+10', '9'.repeat(40)],
    ['', '1', '"2"'],
  ])('has columns of numbers: %#', async (...values) => {
    const text = `a,b\n${values.map((value) => `${value},x\n`).join('')}`
    expect((await look(text, { skip: 1 }))?.areNumbers).toEqual([true, false])
  })

  it.each([
    ['1.'],
    ['+1'],
    ['01'],
    ['-'],
    ['.'],
    ['1e'],
    ['1e100'],
    ['1e5.5'],
    ['1 '],
    [' 1'],
    ['NaN'],
    ['inf'],
    ['1_000'],
    ['0x1'],
    ['""'],
    ['"1,5"'],
    ['9'.repeat(41)],
    ['1-1'],
    ['--1'],
    ['1.2.3'],
    ['12a'],
    ['１'],
  ])('leaves %s to be judged as a text', async (value) => {
    const text = `a\n1\n${value}\n2\n`
    expect((await look(text, { skip: 1 }))?.areNumbers).toEqual([false])
  })

  it.each([
    ['1,2\n3\n'],
    ['1,2\n3,4,\n'],
    ['1,2\n3,4,5'],
    ['1,2\n\n3,4\n'],
    [`1,2\n3,4${'\n'.repeat(16)}`],
    ['1,2\n3,4\n\r\n\n3,4'],
    ['1\r\n\r\n2\r\n'],
    ['1,2\r\n3,4\n'],
    ['1,2\n3,4\r\n'],
    ['1,2\n3\r,4\n'],
    ['1,2\r\n3,4\r'],
    ['1,2\n3,"4" \n'],
    ['1,2\n3, "4"\n'],
    ['1,2\n3,4"\n'],
    ['1,2\n3,"4\n'],
    ['1,2\n3,"4\n\n'],
    ['1,2\n3,\0\n'],
    ['1,2\n3,4\uFEFF"\n'],
    [Buffer.from('1,2\n3,\xff\n', 'latin1')],
    [Buffer.from('1,2\n3,\xc3', 'latin1')],
    [`1,2\n3,${'x'.repeat(2 ** 20)}\n`],
    [`1,2\n3,${'x'.repeat(3_000_000)}`],
  ])('is no other: %#', async (content) => {
    expect(await look(content)).toBeUndefined()
  })

  it('has a delimiter of one character of ASCII', async () => {
    expect(await look('1¦2\n', { delimiter: '¦' })).toBeUndefined()
    expect(await look('1||2\n', { delimiter: '||' })).toBeUndefined()
  })
})
