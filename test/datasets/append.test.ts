import { Readable } from 'node:stream'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDatasets } from '../../src/datasets/datasets.ts'
import { readOptions } from '../../src/datasets/read-options.ts'
import { FitserveError } from '../../src/errors.ts'
import { type Bench, everything, openBench, type Sending } from './harness.ts'

let bench: Bench
beforeAll(async () => {
  bench = await openBench()
})
afterAll(() => bench.close())

const rowsOf = (id: string) => everything((page) => bench.datasets.rows(id, page))

/** The refusal of rows that do not fit. */
async function refusal(to: string, content: string, sending?: Sending): Promise<FitserveError> {
  const error = await bench.append(to, content, sending).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error instanceof FitserveError) return error
  throw error ?? new Error('Expected a refusal, and the rows were taken')
}

describe('rows that are appended', () => {
  it('make the next data set of the name, and leave the old one as it was', async () => {
    const { dataset: first } = await bench.send(
      'id,kind,text,ok\n007,a,one,true\n008,b,,false\n009,a,x y,true\n',
      {
        name: 'next',
        types: 'id:category,kind:category,text:text',
      },
    )
    const { dataset, created } = await bench.append('next', 'text,kind,ok,id\nlast,c,false,010\n?,a,,011\n')
    expect([created, dataset.name, dataset.rows, dataset.appended]).toEqual([true, 'next', 5, 2])
    expect(await rowsOf(dataset.id)).toEqual([
      { id: '007', kind: 'a', text: 'one', ok: true },
      { id: '008', kind: 'b', text: null, ok: false },
      { id: '009', kind: 'a', text: 'x y', ok: true },
      { id: '010', kind: 'c', text: 'last', ok: false },
      { id: '011', kind: 'a', text: '?', ok: null },
    ])
    expect(dataset.columns.map(({ name, type }) => [name, type])).toEqual(
      first.columns.map(({ name, type }) => [name, type]),
    )
    expect(dataset.columns[1]?.classes).toEqual({ a: 3, b: 1, c: 1 })
    expect(dataset.bytes).toBeGreaterThan(first.bytes)
    expect((await bench.datasets.get('next')).id).toBe(dataset.id)
    expect((await bench.datasets.get(first.id)).rows).toBe(3)
  })

  it('may come in another format, packed, and without a key that they do not need', async () => {
    await bench.send('n,t\n1,a\n2,b\n', { name: 'mixed', types: 't:text' })
    await bench.append('mixed', '{"n":3}\n{"t":"c"}\n', { format: 'ndjson' })
    const { dataset } = await bench.append('mixed', '{"t":"d","n":4}\n', { format: null })
    expect([dataset.rows, dataset.appended, dataset.warnings[0]?.code]).toEqual([5, 1, 'format-found'])
    expect((await rowsOf(dataset.id)).slice(2)).toEqual([
      { n: 3, t: null },
      { n: null, t: 'c' },
      { n: 4, t: 'd' },
    ])
  })

  it('are refused where their decimal sign is not that of the rows before them', async () => {
    await bench.send('n,l\n1.234,a\n2.5,b\n', { name: 'points' })
    for (const [content, sending] of [
      ['n;l\n5,5;a\n', {}],
      ['n;l\n5,125;a\n', { decimal: ',' }],
    ] as const)
      expect((await refusal('points', content, sending)).problems).toEqual([
        { column: 'n', message: expect.stringMatching(/decimal commas, and .* decimal points\. Write/) },
      ])
    await bench.send('n,l\n1,a\n2,b\n', { name: 'whole' })
    expect((await bench.append('whole', 'n;l\n5,5;a\n')).dataset.rows).toBe(3)
  })

  it('are counted where they repeat each other, whatever their columns are', async () => {
    await bench.send('n,t,kind\n1.5,a b c,x\n2.5,d e f,y\n3.5,g h i,x\n', {
      name: 'repeats',
      types: 't:text',
    })
    const repeats = async (content: string, format: 'csv' | 'ndjson') =>
      (await bench.append('repeats', content, { format })).dataset.warnings
        .filter(({ code }) => code === 'duplicate-rows')
        .map(({ count, lines }) => [count, lines])
    // A column that no object has is a gap in each.
    expect(await repeats('{"kind":"x","n":9.5}\n{"kind":"x","n":8.5}\n', 'ndjson')).toEqual([])
    expect(await repeats('{"kind":"x"}\n{"kind":"y"}\n', 'ndjson')).toEqual([])
    // The columns stand in another order.
    expect(await repeats('t,n,kind\nsame,4.5,x\nother,5.5,x\nsame,4.5,x\n', 'csv')).toEqual([[1, [4]]])
    const { warnings } = (await bench.append('repeats', 't,n,kind\nnew,6.5,x\nnew,6.5,x\n')).dataset
    expect(warnings.find(({ code }) => code === 'duplicate-rows')?.message).toMatch(
      /^1 row repeats an earlier row .* It counts twice in training\./,
    )
  })

  it('are told of where their column had a warning of the same code before', async () => {
    await bench.send('n,kind\n1.5,x\n2.5,y\nNA,x\n', { name: 'gaps', types: 'kind:category' })
    const placeholders = async (content: string) =>
      (await bench.append('gaps', content)).dataset.warnings.filter(({ code }) => code === 'placeholders')
    expect(await placeholders('n,kind\n?,x\n?,y\n3,x\n')).toMatchObject([
      { column: 'n', count: 1, message: expect.stringContaining('"NA" (1 row)') },
      { column: 'n', count: 2, message: expect.stringContaining('"?" (2 rows)') },
    ])
    // However often rows are appended, two are kept.
    expect(await placeholders('n,kind\nnull,x\n4,y\n')).toMatchObject([
      { message: expect.stringContaining('"NA"') },
      { message: expect.stringContaining('"null"') },
    ])
  })

  it('are read as the rows before them: dates, decimal commas, units and texts that are missing', async () => {
    await bench.send('at;price;share\n31.12.2023;1,5;5 %\n01.02.2024;k;7 %\n13.02.2024;2,25;9 %\n', {
      name: 'forms',
      missing: 'k',
    })
    const { dataset } = await bench.append(
      'forms',
      'at;price;share\n03.02.2024;k;1 %\n2024-05-06;1,125;2 %\n',
    )
    expect((await rowsOf(dataset.id)).slice(3)).toEqual([
      { at: '2024-02-03', price: null, share: 1 },
      { at: '2024-05-06', price: 1.125, share: 2 },
    ])
  })

  it('may lose bad lines, if the client says so', async () => {
    await bench.send('n,t\n1,a\n2,b\n', { name: 'bad' })
    const content = 'n,t\n3,c\nx,d\n4\n'
    const error = await refusal('bad', content)
    expect([error.code, error.problems.map(({ line, column }) => [line, column])]).toEqual([
      'invalid-dataset',
      [
        [3, 'n'],
        [4, undefined],
      ],
    ])
    expect((await bench.datasets.get('bad')).rows).toBe(2)
    const { dataset } = await bench.append('bad', content, { onError: 'skip' })
    expect([dataset.rows, dataset.rejected]).toEqual([3, 2])
    const rejects = await everything((page) => bench.datasets.rejects(dataset.id, page))
    expect(rejects.map(({ line }) => line)).toEqual([3, 4])
  })

  const refused: Record<string, [content: string, column: string, message: RegExp, sending?: Sending]> = {
    'another column': ['n,t,u\n1,a,b\n', 'u', /has no such column/],
    'a column less': ['n\n1\n', 't', /lacks this column/],
    'another type that is given': [
      'n,t\n1,a\n',
      'n',
      /is a number.*Upload the whole table/,
      { types: 'n:category' },
    ],
    'another column of NDJSON': ['{"n":1,"u":1}\n', 'u', /has no such column/, { format: 'ndjson' }],
  }
  it.each(Object.entries(refused))('are refused with %s', async (_, [content, column, message, sending]) => {
    await bench.send('n,t\n1,a\n2,b\n', { name: 'fit' })
    const error = await refusal('fit', content, sending)
    expect(error).toMatchObject({
      code: 'invalid-dataset',
      problems: [{ column, message: expect.stringMatching(message) }],
    })
  })

  it('are refused where no such data set exists, or the whole exceeds the limit of uploads', async () => {
    expect(await refusal('nothing', 'a\n1\n')).toMatchObject({ code: 'unknown-dataset' })
    const small = await openBench({ maxUploadBytes: 100 })
    await small.send(`a\n${'x'.repeat(50)}\n`, { name: 'small' })
    const large = small.append('small', `a\n${'y'.repeat(50)}\n`)
    await expect(large).rejects.toMatchObject({ code: 'payload-too-large' })
    await small.close()
  })

  it('are appended once to the data set of an id, however often they are sent', async () => {
    const { dataset: first } = await bench.send('n,t\n1,a\n2,b\n', { name: 'once' })
    const appended = await bench.append(first.id, 'n,t\n3,c\n')
    const again = await bench.append(first.id, 'n,t\n3,c\n')
    expect([again.dataset.id, again.created]).toEqual([appended.dataset.id, false])
    expect(await refusal(first.id, 'n,t\n4,d\n')).toMatchObject({
      code: 'precondition-failed',
      message: expect.stringMatching(/is not the newest any more/),
    })
    expect((await bench.datasets.get('once')).rows).toBe(3)
  })

  it('are not lost where several are sent at once, to two processes', async () => {
    await bench.send('n,t\n0,a\n0,b\n', { name: 'race' })
    const other = createDatasets({ store: bench.store, maxUploadBytes: 1e6, inUse: async () => null })
    const send = (datasets: typeof other, n: number) =>
      datasets.append({
        to: 'race',
        body: Readable.from([Buffer.from(`n,t\n${n},c\n`)], { objectMode: false }),
        gzip: false,
        options: readOptions({ format: 'csv' }),
      })
    await Promise.all([1, 2, 3, 4].map((n) => send(n % 2 === 0 ? bench.datasets : other, n)))
    const { id, rows } = await bench.datasets.get('race')
    expect([rows, (await rowsOf(id)).map(({ n }) => Number(n)).toSorted()]).toEqual([6, [0, 0, 1, 2, 3, 4]])
    await other.close()
  })
})

it('a table in parts is the table', async () => {
  const text = fc.string({ unit: fc.constantFrom(...'ab ,"\n'), maxLength: 6 })
  const row = fc.record({
    n: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0)),
    t: fc.option(text),
    b: fc.option(fc.boolean()),
  })
  const rows = fc.array(row, { minLength: 1, maxLength: 12 })
  await fc.assert(
    fc.asyncProperty(rows, rows, rows, async (...parts) => {
      const ndjson = (part: object[]) => part.map((each) => `${JSON.stringify(each)}\n`).join('')
      const [first = [], ...others] = parts
      const words: Sending = { format: 'ndjson', name: 'parts' }
      await bench.send(ndjson(first), { ...words, types: 'n:number,t:text,b:boolean' })
      for (const part of others) await bench.append('parts', ndjson(part), { format: 'ndjson' })
      const { id } = await bench.datasets.get('parts')
      expect(await rowsOf(id)).toEqual(parts.flat())
    }),
    { numRuns: 10 },
  )
})
