import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addCellFunctions } from '../../src/datasets/reader/cell-functions.ts'
import { openDuckDb } from '../../src/datasets/reader/duckdb.ts'
import { planColumns } from '../../src/datasets/reader/types.ts'
import type { ColumnDescription } from '../../src/recipe/table.ts'
import { type Bench, openBench } from './harness.ts'

let bench: Bench
beforeAll(async () => {
  bench = await openBench()
})
afterAll(() => bench.close())

/** A CSV file of one column `v` beside a number, so that no line is blank. */
const column = (values: readonly string[]) => `v,n\n${values.map((value) => `${value},1\n`).join('')}`
const times = (count: number, value: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => value(index))
/** Describes a column, but not by how many values its type was decided. */
const described = async (values: readonly string[], types?: string): Promise<ColumnDescription> => {
  const { dataset } = await bench.send(column(values), types === undefined ? {} : { types })
  const { decidedBy: _, ...rest } = dataset.columns[0]!
  return rest
}

describe('a number', () => {
  it('is a finite decimal, however it is written', async () => {
    const { rows, dataset } = await bench.table(
      column([
        '1',
        '-2',
        '+3',
        '1.',
        '.5',
        '1e3',
        '-1.5E-2',
        ' 7 ',
        '\t8',
        '1e-400',
        '007',
        '9007199254740993',
        '0.1',
      ]),
    )
    expect(rows.map((row) => row['v'])).toEqual([1, -2, 3, 1, 0.5, 1000, -0.015, 7, 8, 0, 7, 2 ** 53, 0.1])
    expect(dataset.columns[0]).toMatchObject({
      type: 'number',
      missing: 0,
      min: -2,
      max: 2 ** 53,
      integer: false,
      distinct: 11,
    })
  })

  it.each(['inf', '-Infinity', '1e400', '0x10', '1_000', '1e', '.', '+', '--1', '1f', '1/2', 'x'])(
    'is not %s, which among 199 numbers is a bad line',
    async (bad) => {
      const error = await bench.refusal(column([...times(150, String), bad, ...times(49, String)]))
      expect(error.problems).toEqual([
        { line: 152, column: 'v', message: `"${bad.replaceAll('"', '')}" is not a finite decimal number` },
      ])
    },
  )

  it('column needs 99% of the values that are there', async () => {
    const numbers = times(99, String)
    expect((await bench.refusal(column([...numbers, 'x']))).problems).toMatchObject([{ line: 101 }])
    expect((await described([...numbers, 'x', 'y'])).type).toBe('text')
    expect((await bench.refusal(column([...numbers, '', '', 'x']))).problems).toMatchObject([{ line: 103 }])
  })

  it('column is decided over all rows: an odd value first or last makes no difference', async () => {
    const numbers = times(300, String)
    expect((await bench.refusal(column(['x', ...numbers]))).problems).toMatchObject([{ line: 2 }])
    expect((await bench.refusal(column([...numbers, 'x']))).problems).toMatchObject([{ line: 302 }])
    const late = [...times(20_000, () => '1'), ...times(300, () => 'a')]
    expect((await described(late)).type).toBe('category')
  })

  it('column is described by its figures', async () => {
    const column = await described(['1', '2', '', '4', '4', '""'])
    expect(column).toEqual({
      name: 'v',
      type: 'number',
      missing: 2,
      min: 1,
      max: 4,
      mean: 2.75,
      distinct: 3,
      integer: true,
      quantiles: { '0.05': expect.closeTo(1.15, 12), '0.25': 1.75, '0.5': 3, '0.75': 4, '0.95': 4 },
      frequent: [
        { value: '4', rows: 2 },
        { value: '1', rows: 1 },
        { value: '2', rows: 1 },
      ],
    })
  })

  it('column of huge values has a finite mean', async () => {
    expect((await described(['1e308', '1.2e308', '1.4e308'])).mean).toBeCloseTo(1.2e308, -300)
  })
})

describe('a boolean', () => {
  it('is true or false in any case', async () => {
    const { rows, dataset } = await bench.table(column(['true', 'FALSE', '', 'True', 'fAlse', 'TRUE']))
    expect(rows.map((row) => row['v'])).toEqual([true, false, null, true, false, true])
    expect(dataset.columns[0]).toEqual({
      name: 'v',
      type: 'boolean',
      missing: 1,
      classes: { false: 2, true: 3 },
      decidedBy: { values: 5, fitting: 5 },
    })
  })

  it.each(['yes', '1', 't', 'tru'])('is not %s', async (other) => {
    expect((await described([...times(99, () => 'true'), other])).type).toBe('category')
  })
})

describe('a category', () => {
  it('has values that repeat: fewer than half as many as rows', async () => {
    expect(await described(['x', 'y', 'x', 'y', 'x'])).toEqual({
      name: 'v',
      type: 'category',
      missing: 0,
      classes: { x: 3, y: 2 },
    })
    expect(await described(['x', 'y', 'x', 'y'])).toEqual({
      name: 'v',
      type: 'text',
      missing: 0,
      meanLength: 1,
    })
  })

  it('has at most 1,000 of them', async () => {
    const values = (classes: number) => times(2_100, (index) => `value ${index % classes}`)
    expect(Object.keys((await described(values(1_000))).classes!)).toHaveLength(1_000)
    expect((await described(values(1_001))).type).toBe('text')
  })

  it('has a mean length of at most 64 characters, counted as people do', async () => {
    const values = (length: number) => times(10, (index) => (index % 2 ? '😀' : '최').repeat(length))
    expect((await described(values(64))).type).toBe('category')
    expect((await described(values(65))).type).toBe('text')
    const mean = [...times(5, () => 'x'.repeat(100)), ...times(5, () => 'y'.repeat(28))]
    expect((await described(mean)).type).toBe('category')
  })

  it('is no sentence, however often it repeats: its different values have less than 3 words on average', async () => {
    const repeated = (...values: string[]) => times(40, (index) => values[index % values.length] ?? '')
    expect(await described(repeated('where is my parcel', 'reset my password'))).toEqual({
      name: 'v',
      type: 'text',
      missing: 0,
      meanLength: 18,
      classes: { 'reset my password': 20, 'where is my parcel': 20 },
    })
    expect((await described(repeated('한국 영화 최고', '정말 재미 없다'))).type).toBe('text')
    for (const values of [
      ['NEAR BAY', '<1H OCEAN', 'INLAND', 'NEAR OCEAN', 'ISLAND'],
      ['United States of America', 'Spain', 'United Kingdom', 'New Zealand'],
      ['Strongly disagree', 'Disagree', 'Neither agree nor disagree', 'Agree', 'Strongly agree'],
      // Neither a number in front of a level nor a sign is a word.
      ['1. < HS Grad', '2. HS Grad', '3. Some College', '4. College Grad', '5. Advanced Degree'],
    ])
      expect((await described(repeated(...values))).type).toBe('category')
    expect(await described(repeated('where is my parcel'), 'v:category')).toMatchObject({ type: 'category' })
    expect(await described(repeated('where is my parcel'), 'v:text')).not.toHaveProperty('classes')
  })

  it('lists its classes by code point, whatever their look', async () => {
    const values = ['b', '10', '9', 'B', 'é', '😀', '\uFFFD', 'a', 'constructor']
    const { classes } = await described([...values, ...values, ...values])
    // Keys that look like integers come first in every JavaScript object.
    expect(Object.keys(classes!)).toEqual(['9', '10', 'B', 'a', 'b', 'constructor', 'é', '\uFFFD', '😀'])
    expect(new Set(Object.values(classes!))).toEqual(new Set([3]))
  })

  it('is one whatever its normal form, in the table and among its classes; texts stay as they are', async () => {
    const composed = 'caf\u00e9'
    const decomposed = 'cafe\u0301'
    const values = [composed, decomposed, 'x', composed, decomposed]
    const { rows, dataset } = await bench.table(
      `${decomposed},t\n${values.map((value) => `${value},${value}`).join('\n')}`,
      { types: `${decomposed}:category,t:text` },
    )
    expect(dataset.columns[0]).toMatchObject({ name: composed, classes: { [composed]: 4, x: 1 } })
    expect(rows.map((row) => row[composed])).toEqual([composed, composed, 'x', composed, composed])
    expect(rows.map((row) => row['t'])).toEqual(values)
  })

  it('stays as it is if it is very long, since a normal form of many marks would take minutes', async () => {
    const endless = `e${'\u0301\u0327'.repeat(100_000)}`
    const { rows } = await bench.table(column([endless, 'x', endless, 'x', 'x']))
    expect(rows.map((row) => String(row['v']).length)).toEqual([200_001, 1, 200_001, 1, 1])
    const { dataset } = await bench.send(column([endless, 'x']), { types: 'v:category' })
    expect(Object.values(dataset.columns[0]!.classes!)).toEqual([1, 1])
  })

  it('has no class without a character: an empty text is a missing value', async () => {
    const { rows, dataset } = await bench.table(column(['""', 'x', '" "', 'x', '', 'x', 'x', 'x']))
    expect(dataset.columns[0]).toEqual({
      name: 'v',
      type: 'category',
      missing: 3,
      classes: { x: 5 },
      decidedBy: { values: 5, fitting: 5 },
    })
    expect(rows.map((row) => row['v'])).toEqual([null, 'x', null, 'x', null, 'x', 'x', 'x'])
  })
})

describe('a text', () => {
  it('is all else, and what has no values at all', async () => {
    expect(await described(['a b', 'c', 'd e f'])).toEqual({
      name: 'v',
      type: 'text',
      missing: 0,
      meanLength: 3,
    })
    expect(await described(['', '', ''])).toEqual({ name: 'v', type: 'text', missing: 3, meanLength: 0 })
  })

  it('tells how many of its letters are of scripts in which a few characters make a word', async () => {
    const share = async (...values: string[]) => (await described(values)).compactScript
    expect(await share('영화는 정말 좋았다!! 123', '또 보고 싶다')).toBe(1)
    expect(await share('この映画は最高', '电影很好', 'หนังดี')).toBe(1)
    expect(await share('abc 한', '…')).toBe(0.25)
    expect(await share('No word of it', 'ни слова', '123', '')).toBeUndefined()
    expect(await share('', '…', '1')).toBeUndefined()
  })
})

describe('?types=', () => {
  it('takes the place of a decision', async () => {
    const content = 'zip,n,b,"a:b"\n007,1,true,1\n008,2,false,2\n'
    const { dataset, rows } = await bench.table(content, { types: 'zip:category,n:text,b:text,a:b:category' })
    expect(dataset.columns.map(({ type }) => type)).toEqual(['category', 'text', 'text', 'category'])
    expect(rows).toEqual([
      { zip: '007', n: '1', b: 'true', 'a:b': '1' },
      { zip: '008', n: '2', b: 'false', 'a:b': '2' },
    ])
  })

  it('makes what does not fit a bad line, however much that is', async () => {
    const numbers = await bench.refusal(column(['x', '1', 'y', '']), { types: 'v:number' })
    expect(numbers.problems.map(({ line, column }) => [line, column])).toEqual([
      [2, 'v'],
      [4, 'v'],
    ])
    const booleans = await bench.refusal(column(['perhaps', 'true']), { types: 'v:boolean' })
    expect(booleans.problems).toEqual([
      { line: 2, column: 'v', message: '"perhaps" is neither true nor false' },
    ])
    const { rows, rejects } = await bench.table(column(['x', '1', 'y']), {
      types: 'v:number',
      onError: 'skip',
    })
    expect([rows, rejects.map(({ line }) => line)]).toEqual([[{ v: 1, n: 1 }], [2, 4]])
  })

  it('counts a row once that is bad in any column, under the first of them', async () => {
    const file = 'a,b,c\n1,2,3\nx,2,3\n1,x,3\n1,2,x\nx,x,3\n1,x,x\nx,x,x\n4,5,6\n'
    const types = 'a:number,b:number,c:number'
    const places = ['3a', '4b', '5c', '6a', '7b', '8a']
    const { dataset, rows, rejects } = await bench.table(file, { types, onError: 'skip' })
    expect(rows).toEqual([
      { a: 1, b: 2, c: 3 },
      { a: 4, b: 5, c: 6 },
    ])
    expect([dataset.rows, dataset.rejected]).toEqual([2, 6])
    expect(rejects.map(({ line, column }) => `${line}${column}`)).toEqual(places)
    expect(rejects.map(({ text }) => text)).toEqual(['x,2,3', '1,x,3', '1,2,x', 'x,x,3', '1,x,x', 'x,x,x'])
    const refused = await bench.refusal(file, { types })
    expect(refused.message).toContain('6 lines cannot be read')
    expect(refused.problems.map(({ line, column }) => `${line}${column}`)).toEqual(places)
  })

  it('counts lines that are no rows beside rows with a bad value', async () => {
    const { dataset, rejects } = await bench.table('a,b\n1\nx,2\n1,2,3\n5,6\n', {
      types: 'a:number',
      onError: 'skip',
    })
    expect([dataset.rows, dataset.rejected]).toEqual([1, 3])
    expect(rejects.map(({ line, column }) => [line, column])).toEqual([
      [2, undefined],
      [3, 'a'],
      [4, undefined],
    ])
  })

  it('is part of the identity, its order is not', async () => {
    const send = async (types?: string) =>
      (await bench.send('x,y\n1,2\n', types === undefined ? {} : { types })).dataset.id
    const ids = [await send(), await send('x:text'), await send('x:text,y:text'), await send('y:text,x:text')]
    expect(new Set(ids).size).toBe(3)
    expect(ids[2]).toBe(ids[3])
  })

  it('names columns that there are', async () => {
    const error = await bench.refusal('a\nx\n', { types: 'b/c:number,__proto__:text' })
    expect(error).toMatchObject({
      code: 'invalid-dataset',
      problems: [{ path: '/types/b~1c' }, { path: '/types/__proto__' }],
    })
  })

  it('takes a category of many classes, within limits', async () => {
    expect(
      Object.keys(
        (
          await described(
            times(20_000, (index) => `k${index}`),
            'v:category',
          )
        ).classes!,
      ),
    ).toHaveLength(20_000)
    const error = await bench.refusal(column(times(100_001, (index) => `k${index}`)), { types: 'v:category' })
    expect(error.problems).toMatchObject([{ path: '/types/v', message: expect.stringMatching(/100,000/) }])
  })
})

it('has the exact number of different texts up to 2,000', async () => {
  const letters = (index: number) => [...String(index)].map((digit) => 'abcdefghij'[Number(digit)]).join('')
  for (const count of [1_150, 1_390])
    expect(await described(times(count, letters))).toMatchObject({ type: 'text', distinct: count })
})

it('asks about the texts of a wide table in few statements, since each of them takes milliseconds', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fitserve-test-'))
  const db = await openDuckDb({ folder }, 512)
  addCellFunctions(db.connection)
  try {
    const columns = Array.from({ length: 300 }, (_, index) => ({ name: `n${index}`, kind: 'text' as const }))
    const cells = columns.map((_, index) => `concat('word ', i) AS c${index}`)
    await db.rows(`CREATE TABLE staging AS SELECT i::DOUBLE AS line, ${cells} FROM range(10) t(i)`)
    let statements = 0
    const rows = (sql: string) => {
      statements += 1
      return db.rows(sql)
    }
    const plans = await planColumns({ ...db, rows }, { columns, rows: 10, rejected: 0 }, new Map())
    expect(new Set(plans.map(({ type }) => type))).toEqual(new Set(['text']))
    expect(statements).toBeLessThan(columns.length / 10)
  } finally {
    db.close()
    await rm(folder, { recursive: true })
  }
})
