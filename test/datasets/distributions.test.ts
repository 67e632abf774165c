import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Bench, openBench, type Sending } from './harness.ts'

let bench: Bench
beforeAll(async () => {
  bench = await openBench()
})
afterAll(() => bench.close())

const of = async (content: string, sending?: Sending) => {
  const { dataset } = await bench.send(content, sending)
  return bench.datasets.distributions(dataset.id, { limit: 100 })
}

describe('how the values of a column are distributed', () => {
  it('is a histogram of numbers, whose whole edges hold all rows', async () => {
    // 0 to 99, each twice, and two gaps.
    const numbers = Array.from({ length: 200 }, (_, row) => `${row % 100},x`)
    const { items, rows, sampled } = await of(['n,t', ...numbers, ',x', ',x'].join('\n'))
    expect([rows, sampled]).toEqual([202, 202])
    expect(items[0]).toEqual({
      column: 'n',
      type: 'number',
      missing: 2,
      histogram: {
        edges: Array.from({ length: 21 }, (_, bar) => bar * 5),
        counts: Array.from({ length: 20 }, () => 10),
        below: 0,
        above: 0,
      },
    })
  })

  it('keeps fractions apart, and counts the few values that lie far from all others', async () => {
    const numbers = Array.from({ length: 1000 }, (_, row) => row / 1000 + 0.0005)
    const { items } = await of(['n', -1e6, ...numbers, 1e6].join('\n'))
    const { edges = [], counts = [], below, above } = items[0]?.histogram ?? {}
    expect(edges[0]).toBeCloseTo(0.0095, 2)
    expect(edges.at(-1)).toBeCloseTo(0.99, 2)
    // What is not in between lies before and behind: the two far ones, and 1% at each end.
    expect(counts.reduce((sum, count) => sum + count, 0) + Number(below) + Number(above)).toBe(1002)
    expect(below).toBeGreaterThan(5)
    expect(above).toBeGreaterThan(5)
    for (const count of counts) expect(Math.abs(count - 49)).toBeLessThanOrEqual(1)
  })

  it('lists the most frequent values of few numbers, of categories and of lists, and counts the others', async () => {
    const rows = Array.from({ length: 300 }, (_, row) =>
      JSON.stringify({
        few: row % 3,
        kind: row % 2 ? 'often' : `seldom ${row % 60}`,
        tags: row % 2 ? ['a', 'b'] : ['b'],
      }),
    )
    const { items } = await of(rows.join('\n'), { format: 'ndjson', types: 'kind:category,tags:list' })
    expect(items[0]).toMatchObject({
      values: ['0', '1', '2'].map((value) => ({ value, rows: 100 })),
      others: { values: 0, rows: 0 },
    })
    // 150 rows of `often`, and 30 kinds of 5 rows each, of which 19 are listed.
    expect(items[1]?.values?.[0]).toEqual({ value: 'often', rows: 150 })
    expect(items[1]?.values).toHaveLength(20)
    expect(items[1]?.others).toEqual({ values: 11, rows: 55 })
    expect(items[2]?.values).toEqual([
      { value: 'b', rows: 300 },
      { value: 'a', rows: 150 },
    ])
  })

  it('has the lengths and the words of texts, each word once for a text, in any script', async () => {
    const content = 'text\n"Good, good film"\n"A film"\n"좋은 영화 film"\n"It isn\'t"\n'
    const { items } = await of(content, { types: 'text:text' })
    expect(items[0]?.words?.slice(0, 2)).toEqual([
      { value: 'film', rows: 3 },
      { value: 'a', rows: 1 },
    ])
    expect(items[0]?.words?.map(({ value }) => value)).toEqual(
      expect.arrayContaining(['good', "isn't", '좋은', '영화']),
    )
    // Lengths 15, 6, 10 and 8, in intervals of one character.
    const { edges = [], counts = [] } = items[0]?.lengths ?? {}
    expect(edges.slice(0, 2)).toEqual([6, 7])
    expect(counts.map((count, bar) => [edges[bar], count]).filter(([, count]) => count)).toEqual([
      [6, 1],
      [8, 1],
      [10, 1],
      [15, 1],
    ])
  })

  it('has the dates in intervals, as they are written', async () => {
    const days = Array.from({ length: 40 }, (_, day) => new Date(Date.UTC(2024, 0, 1 + day)).toISOString())
    const rows = days.map((iso) => `${iso.slice(0, 10)},${iso}`)
    const { items } = await of(['day,at', ...rows].join('\n'))
    for (const [column, first] of [
      [0, '2024-01-01'],
      [1, '2024-01-01T00:00:00.000Z'],
    ] as const) {
      const { edges = [], counts = [] } = items[column]?.times ?? {}
      expect(edges[0]).toBe(first)
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(40)
    }
  })

  it('survives what is not in a histogram: no values, one value, the largest numbers, hostile names and values', async () => {
    const none = await of(
      'none,one,"c0; DROP TABLE x --",huge,it\'s\n,5,\',1e308,\u001f\n,5,"""",-1e308,\'\n',
      {
        types: "none:number,it's:category",
      },
    )
    expect(none.items[0]).toEqual({ column: 'none', type: 'number', missing: 2 })
    expect(none.items[1]?.values).toEqual([{ value: '5', rows: 2 }])
    expect(none.items.map(({ column }) => column)).toContain('c0; DROP TABLE x --')
    expect(none.items[3]?.values).toHaveLength(2)
    const range = Array.from({ length: 60 }, (_, row) => (row - 30) * 5e306)
    const huge = await of(['n', ...range].join('\n'))
    const { counts = [] } = huge.items[0]?.histogram ?? {}
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(60)
  })

  it('looks at a sample of a large table, always the same, and says so', async () => {
    const { datasets, send } = bench
    const content = ['n,m', ...Array.from({ length: 160_000 }, (_, row) => `${row},${row % 4}`)].join('\n')
    const { dataset } = await send(content)
    const first = await datasets.distributions(dataset.id, { limit: 2 })
    const second = await datasets.distributions(dataset.id, { limit: 2 })
    expect(second).toEqual(first)
    expect(first.rows).toBe(160_000)
    expect(first.sampled).toBeGreaterThan(38_000)
    expect(first.sampled).toBeLessThan(42_000)
    for (const { rows } of first.items[1]?.values ?? []) expect(rows / first.sampled).toBeCloseTo(0.25, 1)
  })

  it('comes a page of columns at a time', async () => {
    const { datasets, send } = bench
    const names = Array.from({ length: 5 }, (_, column) => `n${column}`)
    const { dataset } = await send([names.join(','), '1,2,3,4,5', '2,3,4,5,6'].join('\n'))
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const page = await datasets.distributions('table', { limit: 2, cursor })
      seen.push(...page.items.map(({ column }) => column))
      cursor = page.next ?? undefined
    } while (cursor !== undefined)
    expect(seen).toEqual(names)
    expect(dataset.columns).toHaveLength(5)
    await expect(datasets.distributions('table', { limit: 2, cursor: 'x' })).rejects.toMatchObject({
      code: 'invalid-query',
    })
    await expect(datasets.distributions('other', { limit: 2 })).rejects.toMatchObject({
      code: 'unknown-dataset',
    })
  })
})
