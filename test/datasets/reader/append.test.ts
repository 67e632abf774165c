import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Base, BaseColumn, ReadTask } from '../../../src/datasets/messages.ts'
import { readingOfAppend, writeAppended } from '../../../src/datasets/reader/append.ts'
import type { ColumnPlan } from '../../../src/datasets/reader/column-plan.ts'
import { parquet } from '../../../src/datasets/reader/duckdb.ts'
import { refusal } from '../../helpers/refusal.ts'
import { baseColumn as column, csvTask } from './csv-task.ts'
import { openStaged, type StagedBench } from './staged.ts'

describe('how rows that are appended are read', () => {
  const read = (columns: BaseColumn[], names: string[], task: Partial<ReadTask> = {}) =>
    readingOfAppend(
      csvTask('file', 'folder', task),
      { file: 'base', rows: 1, columns },
      { columns: names.map((name) => ({ name, kind: 'text' })) },
    )
  const N = column('n')
  const T = column('t', { type: 'text' })
  const D = column('d', { type: 'date', format: '%d.%m.%Y' })

  it('has the types of the data set, in whatever order the columns come', () => {
    const nothing = { decimal: null, missing: [], dates: { any: [], columns: [] } }
    expect(read([N, T], ['t', 'n'])).toEqual({
      types: new Map([
        ['n', 'number'],
        ['t', 'text'],
      ]),
      unscaled: new Set(['n', 't']),
      said: nothing,
    })
    // An index of pandas is no column, and only the first one is an index.
    expect(read([N], ['', 'n']).types).toEqual(new Map([['n', 'number']]))
    // Objects may lack a key.
    expect(read([N, D], ['n'], { format: 'ndjson' })).toEqual({
      types: new Map([['n', 'number']]),
      unscaled: new Set(['n']),
      said: nothing,
    })
    // A type that says the same may be given, and one of a column that the data set lacks is told elsewhere.
    expect(read([N], ['n'], { types: [['n', 'number']] }).types.size).toBe(1)
  })

  it('has abbreviated numbers only where the data set has them, or the client says so', () => {
    const scaled = column('s', { cells: { units: ['', 'USD M'] } })
    expect(read([N, scaled], ['n', 's']).unscaled).toEqual(new Set(['n']))
    expect(read([N], ['n'], { types: [['n', 'number']] }).unscaled).toEqual(new Set())
  })

  it('names each column at fault', async () => {
    const error = await refusal(() => read([N, T], ['t', 'u', ''], { types: [['t', 'category']] }))
    expect(error).toMatchObject({
      code: 'invalid-dataset',
      message: 'The columns do not fit the data set, whose columns are "n", "t"',
    })
    expect(error.problems).toEqual([
      { column: 'u', message: 'The data set has no such column' },
      { column: '', message: 'The data set has no such column' },
      { column: 'n', message: 'The file lacks this column of the data set' },
      {
        path: '/types',
        column: 't',
        message:
          'The column is a text in the data set, and rows that are appended cannot change that. Upload the whole table with its new type',
      },
    ])
  })

  it('has the decimal sign of all columns, unless they differ or the client says one', () => {
    const comma = column('c', { cells: { decimal: ',' } })
    const point = column('p', { cells: { decimal: '.' } })
    const decimal = (columns: BaseColumn[], task: Partial<ReadTask> = {}) =>
      read(
        columns,
        columns.map(({ name }) => name),
        task,
      ).said.decimal
    expect(decimal([N, comma])).toBe(',')
    expect(decimal([comma, point])).toBeNull()
    expect(decimal([point, { ...point, name: 'q' }])).toBe('.')
    expect(decimal([comma], { decimal: '.' })).toBe('.')
  })

  it('has what is missing in either part, and the forms of dates, of which the client may say others', () => {
    const gaps = column('g', { cells: { missing: ['k', '-'] } })
    expect(read([gaps], ['g'], { missing: ['-', 'x'] }).said.missing).toEqual(['-', 'x', 'k'])
    const dates = (task: Partial<ReadTask>) => read([N, D], ['n', 'd'], task).said.dates
    expect(dates({})).toEqual({ any: [], columns: [['d', '%d.%m.%Y']] })
    expect(dates({ dates: { any: ['%Y'], columns: [['d', '%Y']] } })).toEqual({
      any: ['%Y'],
      columns: [['d', '%Y']],
    })
  })
})

describe('the table of both parts', () => {
  let bench: StagedBench
  beforeAll(async () => {
    bench = await openStaged()
  })
  afterAll(() => bench.close())

  const planned = (name: string, more: Partial<ColumnPlan> = {}): ColumnPlan => ({
    name,
    type: 'number',
    value: 'unused',
    characters: 5,
    values: 2,
    findings: [{ code: 'times', count: 1 }],
    ...more,
  })
  /** Writes the table of two selections, and returns its rows, and what is known of it. */
  async function appended(
    base: { select: string; columns: BaseColumn[] },
    fresh: { select: string; plans: ColumnPlan[] },
  ) {
    const written = async (name: string, select: string) => {
      const file = join(bench.folder, name)
      await bench.db.rows(`COPY (${select}) TO '${file}' (FORMAT parquet)`)
      const [[rows] = []] = await bench.db.rows(`SELECT count(*) FROM ${parquet(file)}`)
      return { file, rows: Number(rows) }
    }
    const old: Base = { ...(await written('old', base.select)), columns: base.columns }
    const own = { ...(await written('fresh', fresh.select)), plans: fresh.plans }
    const file = join(bench.folder, 'both')
    const { rows, plans } = await writeAppended(bench.db, old, own, file)
    return { count: rows, rows: await bench.db.rows(`SELECT * FROM ${parquet(file)}`), plans }
  }

  it('has the old rows before the new ones, by the names of columns, and gaps where one lacks', async () => {
    const found = await appended(
      {
        select: "SELECT 1.5::DOUBLE AS c0, 'a' AS c1, true AS c2",
        columns: [column('n'), column('t', { type: 'text' }), column('b', { type: 'boolean' })],
      },
      {
        select: "SELECT 'b' AS c0, 2.5::DOUBLE AS c1 UNION ALL SELECT 'c', 3.5",
        plans: [planned('t', { type: 'text' }), planned('n')],
      },
    )
    expect(found).toEqual({
      count: 3,
      rows: [
        [1.5, 'a', true],
        [2.5, 'b', null],
        [3.5, 'c', null],
      ],
      plans: [
        ['n', 'number'],
        ['t', 'text'],
        ['b', 'boolean'],
      ].map(([name, type], index) => ({
        name,
        type,
        value: `c${index}`,
        characters: 0,
        values: 0,
        findings: [],
      })),
    })
  })

  it('has texts that repeat in one normal form, as long as they are few', async () => {
    const T = column('t', { type: 'text', repeats: true })
    const plans = [planned('t', { type: 'text' })]
    const decomposed = "SELECT 'cafe' || chr(769) AS c0"
    const few = await appended({ select: "SELECT 'x' AS c0", columns: [T] }, { select: decomposed, plans })
    expect([few.rows, few.plans[0]?.repeats]).toEqual([[['x'], ['caf\u00e9']], true])
    const plain = await appended(
      { select: "SELECT 'x' AS c0", columns: [{ ...T, repeats: false }] },
      { select: decomposed, plans },
    )
    expect([plain.rows[1], plain.plans[0]]).toEqual([
      ['cafe\u0301'],
      expect.not.objectContaining({ repeats: false }),
    ])
    const numbered = (from: number, to: number) => `SELECT 'n' || i AS c0 FROM range(${from}, ${to}) t(i)`
    for (const [to, repeats] of [
      [1_000, true],
      [1_001, false],
    ] as const) {
      const many = await appended(
        { select: numbered(0, 600), columns: [T] },
        { select: numbered(500, to), plans },
      )
      expect(many.plans[0]?.repeats).toBe(repeats)
    }
  })

  const planOf = async (old: Partial<BaseColumn>, fresh: Partial<ColumnPlan>) => {
    const { plans } = await appended(
      { select: 'SELECT 1 AS c0', columns: [column('n', old)] },
      { select: 'SELECT 2 AS c0', plans: [planned('n', fresh)] },
    )
    return plans[0]
  }

  it('keeps what is known of the old part, and the larger number of different values', async () => {
    const decided = { values: 10, fitting: 9, examples: [] }
    expect(
      await planOf(
        { leftOutAs: 'identifier', format: '%s', distinct: 7, decidedBy: decided },
        { distinct: 5, decidedBy: { ...decided, values: 4, fitting: 4 } },
      ),
    ).toMatchObject({
      leftOutAs: 'identifier',
      format: '%s',
      distinct: 7,
      decidedBy: { values: 14, fitting: 13 },
    })
    expect((await planOf({ distinct: 7 }, { distinct: 8 }))?.distinct).toBe(8)
    expect((await planOf({ decidedBy: decided }, {}))?.decidedBy).toEqual(decided)
    expect((await planOf({}, { decidedBy: decided }))?.decidedBy).toBeUndefined()
  })

  it('reads the texts of both parts by the rules of both', async () => {
    const cells = async (old: BaseColumn['cells'], fresh: ColumnPlan['cells']) =>
      (await planOf({ ...(old && { cells: old }) }, { ...(fresh && { cells: fresh }) }))?.cells
    expect(await cells(undefined, undefined)).toBeUndefined()
    expect(await cells({ decimal: ',' }, undefined)).toEqual({ decimal: ',' })
    expect(await cells(undefined, { decimal: ',' })).toEqual({ decimal: ',' })
    expect(await cells({ decimal: ',' }, { decimal: ',' })).toEqual({ decimal: ',' })
    expect(await cells({ missing: ['k'] }, { missing: ['-', 'k'], words: true })).toEqual({
      missing: ['k', '-'],
      words: true,
    })
    expect(await cells({ units: ['$'] }, { units: ['$'] })).toEqual({ units: ['$'] })
    expect(await cells({ units: ['$'] }, {})).toEqual({ units: ['$'] })
  })

  it('is refused where decimal signs or units differ', async () => {
    const refused = async (old: Partial<BaseColumn>, fresh: ColumnPlan['cells']) => {
      const { code, problems } = await refusal(() => planOf(old, { ...(fresh && { cells: fresh }) }))
      expect([code, problems.map((each) => each.column)]).toEqual(['invalid-dataset', ['n']])
      return problems[0]?.message
    }
    expect(await refused({ cells: { decimal: '.' } }, { decimal: ',' })).toMatch(
      /^The values have decimal commas, and those of the data set decimal points\. /,
    )
    expect(await refused({ cells: { decimal: ',' } }, { decimal: '.' })).toMatch(
      /^The values have decimal points, and those of the data set decimal commas\. /,
    )
    // Numbers that are not whole show that theirs is a point.
    expect(await refused({ integer: false }, { decimal: ',' })).toMatch(
      /decimal commas, and .* decimal points/,
    )
    expect((await planOf({ integer: true }, { cells: { decimal: ',' } }))?.cells).toEqual({ decimal: ',' })
    expect(await refused({ cells: { units: ['$'] } }, { units: ['€', '%'] })).toBe(
      'The values have the units "€", "%", and those of the data set "$"',
    )
  })
})
