import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { ReadTask } from '../../../src/datasets/messages.ts'
import { openDuckDb, parquet } from '../../../src/datasets/reader/duckdb.ts'
import { readFile } from '../../../src/datasets/reader/read-file.ts'
import { FitserveError } from '../../../src/errors.ts'
import { temporaryFolder } from '../../helpers/temporary.ts'
import { csvTask } from './csv-task.ts'

/*
 * DuckDB reads a plain file, and the scanner the same file behind a byte order mark. Both must find the same rows, types,
 * descriptions, warnings and bad lines.
 */

const BOM = '\uFEFF'
const outer = await temporaryFolder()

type Options = Partial<Pick<ReadTask, 'onError' | 'types' | 'decimal' | 'missing' | 'dates'>>

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
  expect(found).toEqual(await read(BOM + text, options))
  return found
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

describe('a plain file and the same file as it is scanned', () => {
  it('give the same data set', async () => {
    const options: fc.Arbitrary<Options> = fc.constantFrom<Options>(
      {},
      {},
      { onError: 'refuse' },
      { types: [['b', 'category']] },
      { types: [['b', 'text']] },
      { types: [['b', 'number']] },
      { missing: ['1', '0.5'] },
      { decimal: ',' },
      { decimal: '.' },
    )
    let kept = 0
    await fc.assert(
      fc.asyncProperty(table, options, fc.boolean(), async (rows, said, repeats) => {
        const lines = [['a', 'b', 'id'], ...rows, ...(repeats ? rows.slice(0, 3) : [])]
        const found = await expectSame(lines.map((line) => line.join(',')).join('\n'), said)
        if (z.looseObject({ kept: z.unknown() }).safeParse(found).success) kept += 1
      }),
      { numRuns: 40 },
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
    ['a header alone', 'a,b\n'],
    ['many columns', wide(70, ['1.50', '2', 'x'])],
    ['many columns with a bad row', wide(70, [...Array.from({ length: 150 }, (_, row) => `${row}.50`), 'x'])],
  ])('give the same data set of %s', async (_, text, options) => {
    await expectSame(text, options)
  })
})

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
