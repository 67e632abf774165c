import { readFileSync } from 'node:fs'
import { link, mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import type { BaseColumn } from '../../../src/datasets/messages.ts'
import { openDuckDb } from '../../../src/datasets/reader/duckdb.ts'
import { readFile } from '../../../src/datasets/reader/read-file.ts'
import { refusal } from '../../helpers/refusal.ts'
import { temporaryFolder } from '../../helpers/temporary.ts'
import { baseColumn as column, csvTask } from './csv-task.ts'
import { reading } from './reading.ts'

let outer: string
beforeAll(async () => {
  outer = await temporaryFolder('reading')
})

const lines = (count: number, line: (row: number) => string) =>
  Array.from({ length: count }, (_, row) => `${line(row)}\n`).join('')
const eightBytes = (row: number) => `word ${String(row).padStart(3, '0')}`.repeat(4)
/** Returns the codes of the warnings with their columns. */
async function warned(...[content, more]: [string, Parameters<typeof reading>[2]?]) {
  const { told } = await reading(outer, content, more)
  return told.warnings.map(({ code, column }) => (column === undefined ? code : `${code} ${column}`))
}
const refused = (...[content, more]: [string, Parameters<typeof reading>[2]?]) =>
  refusal(() => reading(outer, content, more))

describe('what a file of lines tells', () => {
  it.each<[string, string, string[], Parameters<typeof reading>[2]?]>([
    ['nothing', `a,b\n${lines(8, (row) => `${row}.5,${row % 2}`)}`, []],
    ['another delimiter', `a;b\n${lines(8, (row) => `${row}.5;${row % 2}`)}`, ['delimiter-found']],
    [
      'a header that is a row',
      `1.5,b\n${lines(8, (row) => `${row}.5,${row % 2}`)}`,
      ['header-like-data 1.5'],
    ],
    ['spaces around a name', `a , b\n${lines(8, (row) => `${row}.5,${row % 2}`)}`, ['outer-spaces a ']],
    ['an index', `,b\n${lines(8, (row) => `${row},${row}.5`)}`, ['index-left-out']],
    ['rows that repeat', `a,b\n${lines(8, (row) => `${row}.5,${row % 2}`)}0.5,0\n`, ['duplicate-rows']],
    // DuckDB's own hash of many such texts is the same.
    ['nothing of texts that repeat eight bytes', `t,b\n${lines(60, (row) => `${eightBytes(row)},x`)}`, []],
    [
      'rows that repeat among such texts',
      `t,b\n${lines(60, (row) => `${eightBytes(row)},x`)}${eightBytes(23)},x\n`,
      ['duplicate-rows'],
    ],
    [
      'classes that differ in case only',
      `k,n\n${lines(12, (row) => `${['Red', 'red', 'blue'][row % 3]},${row}.5`)}`,
      ['similar-classes k'],
    ],
    [
      'days as numbers',
      `day,b\n${lines(8, (row) => `${20_260_101 + row},${row}.5`)}`,
      ['dates-as-numbers day'],
    ],
    ['rows that are numbered', `n,b\n${lines(20, (row) => `${row},${row}.5`)}`, ['row-number n']],
    ['bad lines', `a,b\n${lines(8, (row) => `${row}.5,${row % 2}`)}1\n`, ['rejected-lines']],
    // No name is at fault where the client says that there are none.
    ['no header', lines(8, (row) => `${row}.5,${row % 2}`), [], { header: false }],
  ])('%s', async (_, content, codes, more) => {
    expect(await warned(content, more)).toEqual(codes)
  })

  it('is not told of an index that is left out', async () => {
    const table = (name: string) =>
      `${name},b\n${lines(20, (row) => `${String(row).padStart(3, '0')},${row % 7}.5`)}`
    expect(await warned(table('code'))).toEqual(['leading-zeros code', 'identifier-column code'])
    expect(await warned(table(''))).toEqual(['index-left-out'])
  })
})

describe('a file that is refused', () => {
  it('has its bad lines, and one sentence about their number', async () => {
    const bad = (count: number) => `a,b\n1,2\n${'1\n'.repeat(count)}`
    const refuse = { onError: 'refuse' as const }
    const one = await refused(bad(1), refuse)
    expect([one.message, one.problems.length]).toEqual([
      'One line cannot be read. Correct it, or leave it out with onError=skip',
      1,
    ])
    const many = await refused(bad(100), refuse)
    expect([many.message, many.problems.length]).toEqual([
      '100 lines cannot be read. Correct them, or leave them out with onError=skip',
      100,
    ])
    const more = await refused(bad(101), refuse)
    expect([more.message, more.problems.length]).toEqual([
      'More than 100 lines cannot be read; the first 100 are listed. Correct them, or leave them out with onError=skip',
      100,
    ])
  })

  it('counts lines that are bad in themselves and those of a wrong type together', async () => {
    const error = await refused(`a,b\n${lines(200, (row) => `${row}.5,1`)}x,1\n1\n`, { onError: 'refuse' })
    expect(error.message).toMatch(/^2 lines cannot be read/)
    expect(error.problems.map(({ line, column }) => [line, column])).toEqual([
      [202, 'a'],
      [203, undefined],
    ])
  })

  it('has no rows, or none that can be read', async () => {
    const empty = await refused('a,b\n')
    expect([empty.message, empty.problems]).toEqual(['The file has no rows', []])
    const none = await refused('a,b\n1\n2\n')
    expect([none.message, none.problems.length]).toEqual(['No line of the file can be read', 2])
    const wrong = await refused('a,b\nx,1\ny,2\n', { types: [['a', 'number']] })
    expect([wrong.message, wrong.problems.length]).toEqual(['No line of the file can be read', 2])
  })
})

describe('values', () => {
  it('that count as missing by what the client says are none, whatever their column is', async () => {
    const { told, rows } = await reading(outer, 'a,b\n-1,x\n2.5,-1\n3.5,y\n', {
      missing: ['-1'],
      types: [['b', 'text']],
    })
    expect(rows).toEqual([
      [null, 'x'],
      [2.5, null],
      [3.5, 'y'],
    ])
    expect(told.columns.map(({ missing }) => missing)).toEqual([1, 1])
  })

  it('of a plain column of numbers are what the client says they are', async () => {
    const content = `a,b\n${lines(6, (row) => `0${row % 3},${row}`)}`
    const values = async (more: Parameters<typeof reading>[2]) =>
      (await reading(outer, content, more)).rows.map(([cell]) => cell)
    expect(await values({ types: [['a', 'category']] })).toEqual(['00', '01', '02', '00', '01', '02'])
    expect(await values({ types: [['a', 'number']] })).toEqual([0, 1, 2, 0, 1, 2])
    const days = `d,b\n20240301,1\n20240302,2\n`
    const dates = { dates: { any: [], columns: [['d', '%Y%m%d']] as [string, string][] } }
    expect((await reading(outer, days, dates)).rows).toEqual([
      ['2024-03-01', 1],
      ['2024-03-02', 2],
    ])
  })

  it('with a decimal comma in one column leave clear points of another as they are', async () => {
    const content = `a;b\n${lines(6, (row) => `${row},5;${row}.25`)}`
    expect((await reading(outer, content)).rows.slice(0, 2)).toEqual([
      [0.5, 0.25],
      [1.5, 1.25],
    ])
    const said = await reading(outer, 'a;b\n1.234;1\n12.500;2\n', { decimal: ',' })
    expect(said.rows).toEqual([
      [1234, 1],
      [12500, 2],
    ])
  })
})

describe('rows that are appended', () => {
  /** Appends to a table of one row, whose cells are SQL. */
  async function appended(cells: readonly string[], columns: BaseColumn[], content: string) {
    const file = join(outer, 'base.parquet')
    const db = await openDuckDb({ folder: outer })
    const row = cells.map((cell, index) => `${cell} AS c${index}`).join(', ')
    await db.rows(`COPY (SELECT ${row}) TO '${file}' (FORMAT parquet)`)
    db.close()
    return reading(outer, content, { base: { file, rows: 1, columns } })
  }

  it('are read as the columns before them, whatever their values look like', async () => {
    const texts = await appended(
      ["'1.50'", '2.5::DOUBLE'],
      [column('t', { type: 'text' }), column('n')],
      'n,t\n3.50,4.50\n',
    )
    expect(texts.rows).toEqual([
      ['1.50', 2.5],
      ['4.50', 3.5],
    ])
    expect(texts.told.columns.map(({ name, type }) => [name, type])).toEqual([
      ['t', 'text'],
      ['n', 'number'],
    ])
    const gaps = await appended(
      ["'x'", '2.5::DOUBLE'],
      [column('k', { type: 'category' }), column('n', { cells: { missing: ['-1'] } })],
      'k,n\ny,-1\nz,5\n',
    )
    expect(gaps.rows.slice(1)).toEqual([
      ['y', null],
      ['z', 5],
    ])
    const days = await appended(
      ["'2024-03-01'"],
      [column('d', { type: 'date', format: '%Y%m%d' })],
      'd\n20240302\n',
    )
    expect(days.rows).toEqual([['2024-03-01'], ['2024-03-02']])
  })

  it('are counted where they repeat rows of the whole table', async () => {
    const { told } = await appended(
      ['1::DOUBLE', "'x'"],
      [column('a'), column('k', { type: 'category' })],
      'k,a\nx,1\ny,2\ny,2\n',
    )
    expect([told.rows, told.duplicates]).toEqual([4, 2])
    expect(told.warnings.find(({ code }) => code === 'duplicate-rows')).toMatchObject({
      count: 1,
      lines: [4],
    })
    expect(told.columns[1]?.classes).toEqual({ x: 2, y: 2 })
  })
})

it('blank lines above the rows of a file without a header are left out, unless it has one column', async () => {
  const read = async (content: string, more: Parameters<typeof reading>[2] = {}) => {
    const { told, rows } = await reading(outer, content, { header: false, onError: 'refuse', ...more })
    return [rows, told.warnings.find(({ code }) => code === 'empty-rows')?.lines]
  }
  expect(await read('\n\n1,2\n\n3,4\n')).toEqual([
    [
      [1, 2],
      [3, 4],
    ],
    [1, 2, 4],
  ])
  expect(await read('Report\n\n1;2\n3;4\n', { skip: 1 })).toEqual([
    [
      [1, 2],
      [3, 4],
    ],
    [2],
  ])
  expect(await read('\n1\n2\n')).toEqual([[[null], [1], [2]], undefined])
})

it('texts that count as missing are also the numbers of a Parquet file that they stand for', async () => {
  const file = join(outer, 'numbers.parquet')
  const db = await openDuckDb({ folder: outer })
  await db.rows(
    `COPY (SELECT * FROM (VALUES (-999::DOUBLE, 1::INTEGER), (2.5, 99), (1e20, 3)) t(a, b)) TO '${file}' (FORMAT parquet)`,
  )
  db.close()
  const read = async (...missing: string[]) =>
    (await reading(outer, readFileSync(file), { format: 'parquet', missing })).rows
  expect(await read('-999', ' 99.0', 'none')).toEqual([
    [null, 1],
    [2.5, null],
    [1e20, 3],
  ])
  expect(await read('1E+20', '.25e1', '999', '9', '0x3', '')).toEqual([
    [-999, 1],
    [null, 99],
    [null, 3],
  ])
})

it.each([
  ['short texts', 'x'],
  ['long texts', 'a long text '.repeat(20)],
])(
  'a second reading of %s in the same folder leaves alone what the store has kept of the first',
  async (_, text) => {
    const folder = await mkdtemp(join(outer, 'twice-'))
    const file = join(folder, 'upload')
    const read = async (content: string) => {
      await writeFile(file, content)
      await readFile(csvTask(file, folder, { onError: 'skip' }))
    }
    const names = ['data.parquet', 'rejects.ndjson']
    await read(`a,b\n${lines(300, (row) => `${text}${row},${row % 2}`)}${text},x\n`)
    for (const name of names) await link(join(folder, name), join(folder, `kept ${name}`))
    const kept = () => names.map((name) => readFileSync(join(folder, `kept ${name}`)))
    const first = kept()
    await read(`a,b\n${lines(400, (row) => `${text}${row},${row % 3}`)}${text},other\n`)
    expect(kept()).toEqual(first)
    expect(names.map((name) => readFileSync(join(folder, name)))).not.toEqual(first)
  },
)
