import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { keptTables } from '../../src/datasets/kept-tables.ts'
import { readTable, type Table } from '../../src/datasets/table.ts'
import { type Bench, openBench, type Sending } from './harness.ts'

let bench: Bench
beforeAll(async () => {
  bench = await openBench()
})
afterAll(() => bench.close())

const keep = async (content: string, sending?: Sending) => {
  const { dataset } = await bench.send(content, sending)
  const kept = await keptTables(bench.store)(dataset.id)
  if (kept === undefined) throw new Error('Expected a kept table')
  return kept
}
const read = async (content: string, sending?: Sending): Promise<Table> => {
  const { file, description } = await keep(content, sending)
  return readTable(file, description)
}

describe('a table for training', () => {
  it('has the values of each type, with missing ones', async () => {
    const content = 'n,b,k,t\n1.5,true,x,"a, ""b"""\n,,,\n-2,FALSE,y,\uFEFFc\n0,true,x,""\n0,true,x,d\n'
    const { rows, columns } = await read(content, { types: 'k:category' })
    expect(rows).toBe(5)
    expect([...columns]).toEqual([
      ['n', { type: 'number', values: Float64Array.of(1.5, Number.NaN, -2, 0, 0) }],
      ['b', { type: 'boolean', values: [true, null, false, true, true] }],
      ['k', { type: 'category', values: ['x', null, 'y', 'x', 'x'] }],
      ['t', { type: 'text', values: ['a, "b"', null, '\uFEFFc', '', 'd'] }],
    ])
  })

  it('has the rows in the order of the file, over many row groups', async () => {
    const rows = 50_000
    const lines = Array.from({ length: rows }, (_, i) => `${i},k${i % 7},"${'text '.repeat(i % 50)}${i}"\n`)
    const { columns } = await read(`n,k,t\n${lines.join('')}`)
    const [n, k, t] = ['n', 'k', 't'].map((name) => columns.get(name)!)
    const wrong = Array.from({ length: rows }, (_, i) => i).filter(
      (i) =>
        n!.values[i] !== i ||
        k!.values[i] !== `k${i % 7}` ||
        t!.values[i] !== `${'text '.repeat(i % 50)}${i}`,
    )
    expect(wrong).toEqual([])
  })

  it('has the chosen columns, under any name', async () => {
    const { file, description } = await keep('__proto__,constructor,c\nx,1,true\ny,2,false\n')
    const table = await readTable(file, description, { columns: ['constructor', '__proto__'] })
    expect(table.columns.get('__proto__')).toEqual({ type: 'text', values: ['x', 'y'] })
    expect(table.columns.get('constructor')).toEqual({ type: 'number', values: Float64Array.of(1, 2) })
    expect(table.columns.size).toBe(2)
    expect((await readTable(file, description, { columns: [] })).rows).toBe(2)
    await expect(readTable(file, description, { columns: ['toString'] })).rejects.toThrow(TypeError)
  })

  it('has the good lines only', async () => {
    const { columns } = await read('n,t\n1,a\nx\n2,b\nbad,c\n3,d\n', { onError: 'skip', types: 'n:number' })
    expect([...columns.values()].map(({ values }) => [...values])).toEqual([
      [1, 2, 3],
      ['a', 'b', 'd'],
    ])
  })

  it('has the classes of its description, whatever their names', async () => {
    const { description } = await keep('k,n\n__proto__,1\nx,1\n__proto__,1\nx,1\n__proto__,1\n')
    expect(Object.entries(description.columns[0]!.classes!)).toEqual([
      ['__proto__', 3],
      ['x', 2],
    ])
  })
})

describe('a table that is damaged', () => {
  it('is refused with the fault and without the name of the file', async () => {
    const { description } = await keep('a\nx\ny\nz\n')
    const file = join(bench.folder, 'damaged.parquet')
    for (const content of ['', 'PAR1', 'a\nx\n', Buffer.alloc(5_000, 7)]) {
      await writeFile(file, content)
      const error = await readTable(file, description).catch((reason: unknown) => reason)
      expect(error).toMatchObject({
        code: 'corrupt-artifact',
        message: expect.not.stringContaining(bench.folder),
      })
    }
    await expect(readTable(join(bench.folder, 'absent.parquet'), description)).rejects.toMatchObject({
      code: 'corrupt-artifact',
    })
  })

  it('is refused if its number of rows or columns is wrong', async () => {
    const small = await keep('a\nx\ny\nz\n')
    const large = await keep('a,b\nx,1\ny,2\nz,3\nw,4\n')
    const wrong = { code: 'corrupt-artifact' }
    await expect(readTable(large.file, small.description)).rejects.toMatchObject(wrong)
    await expect(readTable(small.file, large.description)).rejects.toMatchObject(wrong)
    await expect(readTable(large.file, { ...small.description, rows: 5 })).rejects.toMatchObject(wrong)
  })

  it('is undefined where the data set does not exist', async () => {
    expect(await keptTables(bench.store)('ds_000000000000000000000000')).toBeUndefined()
  })
})
