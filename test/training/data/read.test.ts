import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { keptTables } from '../../../src/datasets/kept-tables.ts'
import { readTables } from '../../../src/training/data/tables.ts'
import { type Bench, openBench } from '../../datasets/harness.ts'
import { recipeOf } from './tables.ts'

describe('the tables of a recipe', () => {
  let bench: Bench
  beforeAll(async () => {
    bench = await openBench()
  })
  afterAll(() => bench.close())

  const upload = async (content: string, types?: string) =>
    (await bench.send(content, types === undefined ? {} : { types })).dataset.id
  const read = (own: object, dataset: string) => readTables(keptTables(bench.store), recipeOf(own), dataset)
  const valuesOf = ({ table }: Awaited<ReturnType<typeof read>>) =>
    Object.fromEntries([...table.columns].map(([name, { values }]) => [name, [...values]]))
  const all = { inputs: ['x', 'k', 't', 'b', 'd'] }
  const TYPES = 'k:category,t:text,d:date'

  it('have the columns that it reads, and name those that it does not', async () => {
    const id = await upload(
      'x,k,t,b,d,y,more\n1,a,p q,true,2024-01-01,5,x\n,b,r s,false,2024-01-02,6,y\n',
      TYPES,
    )
    const found = await read(all, id)
    expect(valuesOf(found)).toEqual({
      x: [1, Number.NaN],
      k: ['a', 'b'],
      t: ['p q', 'r s'],
      b: [true, false],
      d: ['2024-01-01', '2024-01-02'],
      y: [5, 6],
    })
    expect(found.validationFrom).toBeNull()
    expect(found.table.ignored).toEqual(['y', 'more'])
    const one = await read({ inputs: ['x'], weights: 'k', time: 'd' }, id)
    expect(Object.keys(valuesOf(one)).sort()).toEqual(['d', 'k', 'x', 'y'])
    expect(one.table.ignored).toEqual(['k', 't', 'b', 'd', 'y', 'more'])
  })

  it('have the rows of the validation data set below, of each type', async () => {
    const first = await upload('x,k,t,b,d,y\n1,a,p q,true,2024-01-01,5\n2,b,r s,false,2024-01-02,6\n', TYPES)
    const second = await upload('y,d,b,t,k,x\n7,2024-02-01,true,new text,c,3\n', TYPES)
    const found = await read({ ...all, validation: { dataset: second } }, first)
    expect(found.validationFrom).toBe(2)
    expect(found.table.rows).toBe(3)
    expect(valuesOf(found)).toEqual({
      x: [1, 2, 3],
      k: ['a', 'b', 'c'],
      t: ['p q', 'r s', 'new text'],
      b: [true, false, true],
      d: ['2024-01-01', '2024-01-02', '2024-02-01'],
      y: [5, 6, 7],
    })
    expect([...found.table.columns].map(([name, { type }]) => [name, type])).toEqual(
      expect.arrayContaining([
        ['k', 'category'],
        ['t', 'text'],
        ['d', 'date'],
      ]),
    )
  })

  it('have no class below that the training data lacks', async () => {
    const numbered = (...numbers: number[]) =>
      upload(`x,y\n${numbers.map((y, x) => `${x},${y}`).join('\n')}\n`)
    const first = await numbered(...Array.from({ length: 12 }, (_, at) => at))
    const known = await numbered(3, 11)
    const strange = await numbered(3, 5.5)
    const classes = { task: 'multiclass', inputs: ['x'] }
    expect((await read({ ...classes, validation: { dataset: known } }, first)).table.rows).toBe(14)
    await expect(read({ ...classes, validation: { dataset: strange } }, first)).rejects.toMatchObject({
      code: 'training-failed',
      message: `The validation data set ${strange} has the value 5.5 in its target column "y", a class that the training data lacks. Leave out such rows, or train on data that has them too.`,
    })
    const number = { inputs: ['x'], validation: { dataset: strange } }
    expect((await read(number, first)).table.rows).toBe(14)
  })

  it('may be texts in one and classes in the other, and no other types', async () => {
    const first = await upload('x,y\na,1\nb,2\n', 'x:category')
    const second = await upload('x,y\nsome text,3\n', 'x:text')
    const found = await read({ validation: { dataset: second } }, first)
    expect(valuesOf(found)['x']).toEqual(['a', 'b', 'some text'])
    expect(found.table.columns.get('x')?.type).toBe('category')
    const numbers = await upload('x,y\n1,3\n', 'x:number')
    const dates = await upload('x,y\n2024-01-01,3\n', 'x:date')
    const bools = await upload('x,y\ntrue,3\n', 'x:boolean')
    for (const [one, other] of [
      [first, numbers],
      [numbers, first],
      [dates, first],
      [first, dates],
      [bools, numbers],
      [numbers, bools],
    ] as const)
      await expect(read({ validation: { dataset: other } }, one)).rejects.toThrow(
        new RangeError('a column of the validation data set has another type'),
      )
  })

  it('are spelled as the first one spells its classes', async () => {
    const first = await upload('x,y\nUp,1\nup,2\nup,3\n', 'x:category')
    const second = await upload('x,y\nUP,3\nUP,4\nDown,4\n', 'x:category')
    const found = await read({ mergeClasses: true, validation: { dataset: second } }, first)
    expect(valuesOf(found)['x']).toEqual(['up', 'up', 'up', 'up', 'up', 'Down'])
  })

  it('are refused where a data set is gone', async () => {
    const gone = '0'.repeat(64)
    const id = await upload('x,y\n1,2\n')
    const refused = { code: 'unknown-dataset', message: `The data set ${gone} is no longer there.` }
    await expect(read({}, gone)).rejects.toMatchObject(refused)
    await expect(read({ validation: { dataset: gone } }, id)).rejects.toMatchObject(refused)
  })

  it('call the column without a name as clients send it', async () => {
    const id = await upload(',x,y\n0,5,1\n1,6,2\n2,7,3\n')
    expect((await read({}, id)).table.ignored).toEqual(['', 'Unnamed: 0', 'y'])
  })
})
