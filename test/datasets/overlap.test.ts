import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Bench, openBench } from './harness.ts'

let bench: Bench
beforeAll(async () => {
  bench = await openBench()
})
afterAll(() => bench.close())

const idOf = async (content: string) => (await bench.send(content)).dataset.id

it('two data sets have the rows in common that are equal in all columns of both, gaps too', async () => {
  const one = await idOf('a,b,c\n1,x,left\n1,x,again\n2,y,other\n3,,gap\n4,z,alone\n')
  const other = await idOf('b,more,a\nx,1,1\n,2,3\ny,3,1\n')
  expect(await bench.datasets.overlap(one, other)).toEqual({
    columns: 2,
    rows: 5,
    inCommon: 3,
    otherRows: 3,
    otherInCommon: 2,
  })
  const all = { columns: 3, rows: 5, inCommon: 5, otherRows: 5, otherInCommon: 5 }
  expect(await bench.datasets.overlap(one, one)).toEqual(all)
})

it('values of two types are compared by their texts, or as numbers, and tables without a common column have no rows in common', async () => {
  const names = await idOf('flag,n\ntrue,1\nfalse,2\n')
  const texts = await idOf('flag,m\ntrue,1\nmaybe,2\nfalse,3\n')
  expect(await bench.datasets.overlap(names, texts)).toMatchObject({
    columns: 1,
    inCommon: 2,
    otherInCommon: 2,
  })
  const codes = await idOf('k,n\nx,1\ny,two\nz,2.5\n')
  expect(await bench.datasets.overlap(names, codes)).toMatchObject({
    columns: 1,
    inCommon: 1,
    otherInCommon: 1,
  })
  const numbers = await idOf('q\n1\n2\n')
  expect(await bench.datasets.overlap(names, numbers)).toMatchObject({ columns: 0, inCommon: 0 })
  await expect(bench.datasets.overlap(names, 'nothing')).rejects.toMatchObject({ code: 'unknown-dataset' })
})

it('numbers of any size are found among texts, and a text that is no number is no gap', async () => {
  const numbers = await idOf('v,w\n0.00001,1\n1e17,2\n5,3\n,4\n')
  const texts = await idOf('v,w\n0.00001,1\n1e17,2\n5,3\nsmall,4\nlarge,5\nodd,6\neven,7\n')
  expect(await bench.datasets.overlap(numbers, texts)).toMatchObject({
    columns: 2,
    inCommon: 3,
    otherInCommon: 3,
  })
})

it('columns that identify rows are not compared, unless there are no others', async () => {
  const rows = Array.from({ length: 40 }, (_, row) => `${(row * 7) % 40}.5,${row % 2 ? 'a' : 'b'}`)
  const numbered = (from: number) => ['id,v,w', ...rows.map((row, at) => `${from + at},${row}`)].join('\n')
  const one = await idOf(numbered(1))
  const other = await idOf(numbered(1_001))
  expect(await bench.datasets.overlap(one, other)).toMatchObject({ columns: 2, inCommon: 40 })
  const ids = await idOf(`id\n${Array.from({ length: 40 }, (_, row) => row + 21).join('\n')}\n`)
  expect(await bench.datasets.overlap(one, ids)).toMatchObject({ columns: 1, inCommon: 20 })
})
