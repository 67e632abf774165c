import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ColumnPlan } from '../../../src/datasets/reader/column-plan.ts'
import { numberingOf, withoutIndex } from '../../../src/datasets/reader/index-column.ts'
import { planColumns } from '../../../src/datasets/reader/types.ts'
import type { ColumnDescription } from '../../../src/recipe/table.ts'
import { openStaged, type StagedBench } from './staged.ts'

let bench: StagedBench
beforeAll(async () => {
  bench = await openStaged()
})
afterAll(() => bench.close())

/** Returns what is left of columns of texts, and their places among all of them. */
async function without(columns: Record<string, readonly string[]>, index: 'drop' | 'keep' = 'drop') {
  await bench.stage(...Object.values(columns))
  const rows = Object.values(columns)[0]?.length ?? 0
  const staged = {
    columns: Object.keys(columns).map((name) => ({ name, kind: 'text' as const })),
    rows,
    rejected: 0,
  }
  const said = { decimal: null, missing: [], dates: { any: [], columns: [] } }
  const plans = await planColumns(bench.db, staged, new Map(), said)
  const found = await withoutIndex(bench.db, plans, index)
  const named = ({ name, leftOutAs }: ColumnPlan) => (leftOutAs ? `${name} (${leftOutAs})` : name)
  return { ...found, plans: found.plans.map(named) }
}
const times = (count: number, text: (row: number) => string) =>
  Array.from({ length: count }, (_, row) => text(row))
const DATA = { a: ['5.5', '6.5', '7.5'] }

describe('an index without a name', () => {
  it('is left out where its whole numbers differ, whatever they are', async () => {
    for (const index of [
      ['0', '1', '2'],
      ['7', '300', '12'],
    ])
      expect(await without({ '': index, ...DATA })).toEqual({
        plans: ['a'],
        places: [1],
        warnings: [
          {
            code: 'index-left-out',
            message:
              'The first column has no name in the header and another value in every row, so it was taken for an index and left out. To keep it as the column "index", upload the file with index=keep.',
          },
        ],
      })
  })

  it('is left out where its texts differ in 20 rows', async () => {
    const table = (rows: number) => ({
      '': times(rows, (row) => `r${row}`),
      a: times(rows, (row) => `${row}.5`),
    })
    expect((await without(table(20))).plans).toEqual(['a'])
    await expect(without(table(19))).rejects.toMatchObject({
      code: 'invalid-dataset',
      message: 'The header of the file is invalid',
      problems: [{ line: 1, message: expect.stringContaining('it is no index') }],
    })
  })

  it.each([
    ['a number occurs twice', ['0', '1', '1']],
    ['a number is not whole', ['0', '1.5', '2']],
    ['a number is negative', ['-1', '0', '1']],
    ['a value is missing', ['0', '', '2']],
  ])('is none where %s', async (_, index) => {
    await expect(without({ '': index, ...DATA })).rejects.toMatchObject({ code: 'invalid-dataset' })
    // Kept, it is a column as any other.
    expect((await without({ '': index, ...DATA }, 'keep')).plans).toEqual(['index', 'a'])
  })

  it('is kept under a name that is free, and no input', async () => {
    const kept = await without({ '': ['0', '1', '2'], ...DATA }, 'keep')
    expect(kept).toEqual({ plans: ['index (row-number)', 'a'], places: [0, 1], warnings: [] })
    const taken = { '': ['0', '1', '2'], index: ['5.5', '6', '7'], index_: ['5.5', '6', '7'] }
    expect((await without(taken, 'keep')).plans).toEqual(['index__ (row-number)', 'index', 'index_'])
  })

  it('alone is no table', async () => {
    expect((await without({ '': ['0', '1', '2'] })).plans).toEqual([''])
  })
})

describe('an index that pandas has named', () => {
  it('is left out wherever it stands, whatever its values', async () => {
    const table = { ...DATA, __index_level_0__: ['x', 'x', 'y'], __index_level_12__: ['1', '2', '3'] }
    expect(await without(table)).toEqual({
      plans: ['a'],
      places: [0],
      warnings: ['__index_level_0__', '__index_level_12__'].map((name) => ({
        code: 'index-left-out',
        column: name,
        message: `The column "${name}" is the index of a pandas data frame, as its name says, and was left out. To keep it as the column "index", upload the file with index=keep.`,
      })),
    })
    // The first of them gets the name.
    expect((await without(table, 'keep')).plans).toEqual(['a', 'index', '__index_level_12__'])
  })

  it('stays where there is nothing else, and where the name only looks like it', async () => {
    expect((await without({ __index_level_0__: ['1', '2'] })).plans).toEqual(['__index_level_0__'])
    const table = { ...DATA, __index_level_x__: ['1', '2', '3'], x__index_level_0__: ['1', '2', '3'] }
    expect((await without(table)).plans).toEqual(['a', '__index_level_x__', 'x__index_level_0__'])
  })
})

describe('a column that numbers the rows', () => {
  const column = (more: Partial<ColumnDescription> = {}): ColumnDescription => ({
    name: 'n',
    type: 'number',
    missing: 0,
    integer: true,
    min: 1,
    max: 20,
    distinct: 20,
    ...more,
  })

  it('has each whole number from 0 or 1 on once, from 20 rows on', () => {
    expect(numberingOf(column(), 20)).toBe('row-number')
    expect(numberingOf(column({ min: 0, max: 19 }), 20)).toBe('row-number')
    expect(numberingOf(column({ max: 19, distinct: 19 }), 19)).toBeUndefined()
    for (const other of [
      { min: 2, max: 21 },
      { max: 21 },
      { min: -1, max: 18 },
      { distinct: 19 },
      { missing: 1 },
      { integer: false },
    ])
      expect(numberingOf(column(other), 20), JSON.stringify(other)).toBeUndefined()
  })

  it('or the name of an id, and another value in each row', () => {
    const named = (name: string, more: Partial<ColumnDescription> = {}) =>
      numberingOf(column({ name, min: 500, max: 900, ...more }), 20)
    for (const name of [
      'id',
      'ID',
      'customer_id',
      'orderId',
      'uuid',
      'x-GUID',
      'caseid',
      'RESPID',
      'subjno',
      'index',
      // The names that programs and people give to the numbers of rows.
      'Unnamed: 0',
      'level_0',
      'row',
      'Row Number',
      'row_no.',
      'No.',
      'no',
      'Nr.',
      'n°',
      '#',
      '번호',
    ])
      expect(named(name), name).toBe('identifier')
    for (const name of [
      'paid',
      'valid',
      'ids',
      'id_',
      'price',
      'x index',
      'rows',
      'number',
      'casenote',
      'not',
    ])
      expect(named(name), name).toBeUndefined()
    expect(named('id', { distinct: 19 })).toBeUndefined()
  })

  it('may have lost digits beyond 2^53, and is known by half of its values', () => {
    const large = (distinct: number, max = 2 ** 53) =>
      numberingOf(column({ name: 'id', min: 5, max, distinct }), 20)
    expect([large(10), large(9)]).toEqual(['identifier', undefined])
    expect(large(10, 2 ** 53 - 1)).toBeUndefined()
    expect(numberingOf(column({ name: 'id', min: -(2 ** 53), max: 5, distinct: 10 }), 20)).toBe('identifier')
  })
})
