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

it('values of two types are compared by their texts, and tables without a common column have no rows in common', async () => {
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
