import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withFrequent } from '../../src/datasets/frequent.ts'
import { type Bench, openBench, type Sending } from './harness.ts'

let bench: Bench
beforeAll(async () => {
  bench = await openBench()
})
afterAll(() => bench.close())

const sent = async (lines: readonly unknown[], sending?: Sending) =>
  (await bench.send(lines.join('\n'), sending)).dataset
const columnOf = async (lines: readonly unknown[], sending?: Sending) =>
  (await sent(lines, sending)).columns[0]
const numbers = (count: number, of: (row: number) => unknown) =>
  Array.from({ length: count }, (_, row) => of(row))

describe('quantiles of a column of numbers', () => {
  it("lie between values by linear interpolation, as NumPy's do", async () => {
    // numpy.quantile([1, 2, 4, 4], [0.05, 0.25, 0.5, 0.75, 0.95])
    expect((await columnOf(['v', 4, 1, '', 4, 2, '""']))?.quantiles).toEqual({
      '0.05': expect.closeTo(1.15, 12),
      '0.25': 1.75,
      '0.5': 3,
      '0.75': 4,
      '0.95': 4,
    })
  })

  it('of numbers with decimal commas, of NDJSON and of one number are there too', async () => {
    const commas = await columnOf(['v;w', '1,5;a', '2,5;b', '3,5;a'], { delimiter: ';' })
    expect(commas?.quantiles?.['0.5']).toBe(2.5)
    const json = await columnOf(['{"v":7}'], { format: 'ndjson' })
    expect(json?.quantiles).toEqual({ '0.05': 7, '0.25': 7, '0.5': 7, '0.75': 7, '0.95': 7 })
  })

  it('of a large table are those of a sample, and of a column with many gaps those of its values', async () => {
    const rows = 120_000
    const lines = numbers(rows, (row) => `${(row * 7_919) % rows},${row % 1_000 === 0 ? row / 1_000 : ''}`)
    const [dense, sparse] = (await sent(['dense,sparse', ...lines])).columns
    // Three standard errors of a quantile of about 40,000 rows.
    for (const [share, value] of Object.entries(dense?.quantiles ?? {}))
      expect(Math.abs(value / rows - Number(share))).toBeLessThan(0.0075)
    expect(Object.keys(dense?.quantiles ?? {})).toHaveLength(5)
    expect(sparse?.quantiles).toMatchObject({ '0.25': 29.75, '0.5': 59.5, '0.75': 89.25 })
  })

  it('are absent without a value, and where they are beyond the range of numbers', async () => {
    expect(await columnOf(['v', '""', '""'], { types: 'v:number' })).not.toHaveProperty('quantiles')
    const huge = await columnOf(['v', '-1.7e308', '1.7e308'])
    expect(huge?.min).toBe(-1.7e308)
    for (const value of Object.values(huge?.quantiles ?? {})) expect(Number.isFinite(value)).toBe(true)
  })
})

describe('the most frequent values', () => {
  it('are those of at most 20 different numbers, ten of them', async () => {
    const few = await columnOf(['v', ...numbers(40, (row) => (row < 21 ? 0.5 : row % 20))])
    expect(few?.frequent).toHaveLength(10)
    expect(few?.frequent?.slice(0, 2)).toEqual([
      { value: '0.5', rows: 21 },
      { value: '1', rows: 1 },
    ])
    expect(await columnOf(['v', ...numbers(21, (row) => row * 1.5)])).not.toHaveProperty('frequent')
  })

  it('are those of categories, booleans and items of lists, with their number', async () => {
    const row = (kind: string, yes: boolean, tags: string[]) => JSON.stringify({ kind, yes, tags })
    const rows = [
      ...numbers(3, () => row('b', true, ['x', 'y'])),
      ...numbers(3, () => row('a', false, ['y'])),
      row('c', true, []),
    ]
    const dataset = await sent(rows, { format: 'ndjson', types: 'kind:category,tags:list' })
    const [kind, yes, tags] = withFrequent(dataset).columns
    expect(kind).toMatchObject({
      distinct: 3,
      frequent: [
        { value: 'a', rows: 3 },
        { value: 'b', rows: 3 },
        { value: 'c', rows: 1 },
      ],
    })
    expect(yes?.frequent?.[0]).toEqual({ value: 'true', rows: 4 })
    expect(tags?.frequent).toEqual([
      { value: 'y', rows: 6 },
      { value: 'x', rows: 3 },
    ])
  })
})

it('the most frequent values of equal counts stand by code point', async () => {
  const classes = { 9: 5, 10: 5, 100: 5, '\u{FFFD}': 1, '\u{1F600}': 1, '\u{FF5E}': 7 }
  const column = { name: 'v', type: 'category' as const, missing: 0, classes }
  const someData = await sent(['v', 1, 2])
  const known = { ...someData, columns: [column] }
  const [found] = withFrequent(known).columns
  expect(found?.frequent?.map(({ value }) => value)).toEqual([
    '\u{FF5E}',
    '10',
    '100',
    '9',
    '\u{FFFD}',
    '\u{1F600}',
  ])
})

it('of very many classes the ten most frequent are named', async () => {
  const counts = Array.from({ length: 30_000 }, (_, row) => [`c${row}`, (row * 7_919) % 30_011] as const)
  const column = { name: 'v', type: 'category' as const, missing: 0, classes: Object.fromEntries(counts) }
  const someData = await sent(['v', 1, 2])
  const [found] = withFrequent({ ...someData, columns: [column] }).columns
  const sorted = counts.toSorted(([, a], [, b]) => b - a).slice(0, 10)
  expect(found?.frequent).toEqual(sorted.map(([value, rows]) => ({ value, rows })))
  expect(found?.distinct).toBe(30_000)
})

describe('repeated rows are counted', () => {
  it('without the columns that identify rows', async () => {
    const lines = numbers(40, (row) => `${row},${row % 30}.5,x`)
    expect((await sent(['id,v,w', ...lines])).duplicates).toBe(10)
  })

  it('also where rows are equal by chance, which no warning tells', async () => {
    const dataset = await sent(['a,b', ...numbers(100, (row) => `${row % 2},${row % 3}`)])
    expect(dataset.duplicates).toBe(94)
    expect(dataset.warnings.map(({ code }) => code)).not.toContain('duplicate-rows')
  })

  it('without rows that are left out', async () => {
    const lines = numbers(200, (row) => `${row}.5,x${row % 3}`)
    const dataset = await sent(['v,w', ...lines, 'bad,x1', 'bad,x1'], { onError: 'skip' })
    expect(dataset).toMatchObject({ rejected: 2, rows: 200, duplicates: 0 })
    expect(dataset.warnings.map(({ code }) => code)).not.toContain('duplicate-rows')
  })

  it('whose numbers are equal, however they are written, whether or not another line is bad', async () => {
    const lines = ['v,w', ...numbers(200, (row) => `${row}.5,a`), '1,b', '1.0,b']
    const told = { code: 'duplicate-rows', count: 1, lines: [203] }
    const clean = await sent(lines)
    expect(clean).toMatchObject({ duplicates: 1, warnings: [told] })
    const withBad = await sent([...lines, 'bad,c', 'bad,c'], { onError: 'skip' })
    expect(withBad).toMatchObject({ rejected: 2, duplicates: 1 })
    expect(withBad.warnings).toContainEqual(expect.objectContaining(told))
  })

  it('over the whole table where rows are appended', async () => {
    await sent(['v,w', ...numbers(30, (row) => `${row * 1.5},a`)], { name: 'grown' })
    const { dataset } = await bench.append('grown', ['v,w', '3,a', '4,a', '4,a'].join('\n'))
    expect(dataset).toMatchObject({ rows: 33, duplicates: 2 })
    expect(dataset.columns[0]?.quantiles?.['0.5']).toBe(19.5)
  })
})

it('rows with a bad value in an index that is left out are left out too', async () => {
  const options: Sending = { onError: 'skip', types: '__index_level_0__:number' }
  const { dataset, rows, rejects } = await bench.table('__index_level_0__,a\nx,1\n2,2\n3,3\n', options)
  expect(dataset).toMatchObject({ rows: 2, rejected: 1, columns: [{ name: 'a', missing: 0, min: 2 }] })
  expect(rows).toEqual([{ a: 2 }, { a: 3 }])
  expect(rejects).toMatchObject([{ line: 2, column: '__index_level_0__' }])
})

it('a list shows none of these facts of columns, and data sets of earlier releases lack them', async () => {
  const lines = numbers(9, (row) => `${row % 5},${row % 2 ? 'b' : 'a'}`)
  const dataset = await sent(['v,w', ...lines], { name: 'listed' })
  const { items } = await bench.datasets.history('listed', { limit: 1 })
  for (const column of items[0]?.columns ?? []) {
    expect(column).not.toHaveProperty('quantiles')
    expect(column).not.toHaveProperty('frequent')
  }
  const file = join(bench.folder, 'store', 'datasets', dataset.id, 'description.json')
  const { seal: _, duplicates: _duplicates, ...kept } = JSON.parse(await readFile(file, 'utf8'))
  for (const column of kept.columns) {
    delete column.quantiles
    delete column.frequent
  }
  await writeFile(file, JSON.stringify(kept))
  const old = withFrequent(await bench.datasets.get(dataset.id))
  expect(old).not.toHaveProperty('duplicates')
  expect(old.columns[0]).not.toHaveProperty('quantiles')
  expect(old.columns[1]?.frequent?.[0]).toEqual({ value: 'a', rows: 5 })
})
