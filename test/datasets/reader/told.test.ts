import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ColumnPlan } from '../../../src/datasets/reader/column-plan.ts'
import { findDuplicates, warningsOfDuplicates } from '../../../src/datasets/reader/duplicates.ts'
import { numberingOf } from '../../../src/datasets/reader/index-column.ts'
import {
  limited,
  warningsOfColumns,
  warningsOfDateNumbers,
  warningsOfHeader,
  warningsOfNumbering,
  warningsOfSpaces,
} from '../../../src/datasets/reader/told.ts'
import { warningsOfTotals } from '../../../src/datasets/reader/total-row.ts'
import type { ColumnDescription } from '../../../src/recipe/table.ts'
import type { Warning } from '../../../src/warnings.ts'
import { openStaged, type StagedBench } from './staged.ts'

const number = (name: string, more: Partial<ColumnDescription> = {}): ColumnDescription => ({
  name,
  type: 'number',
  missing: 0,
  integer: true,
  ...more,
})

describe('whole numbers that may be dates', () => {
  const forms = (column: ColumnDescription) =>
    warningsOfDateNumbers([column]).map(({ message }) => /may be dates (.*?)\./.exec(message)?.[1])

  it('have year, month and day', () => {
    const day = (min: number, max: number, more = {}) =>
      forms(number('x', { min, max, distinct: 2, ...more }))
    const FORM = ['of the form %Y%m%d']
    expect(day(19_000_101, 21_001_231)).toEqual(FORM)
    expect(day(20_240_101, 20_241_231)).toEqual(FORM)
    for (const [min, max] of [
      [18_991_231, 20_240_101],
      [20_240_101, 21_010_101],
      [20_240_001, 20_241_231],
      [20_240_101, 20_241_331],
      [20_240_100, 20_241_231],
      [20_240_101, 20_241_232],
    ] as const)
      expect(day(min, max), `${min} ${max}`).toEqual([])
    expect(day(20_240_101, 20_241_231, { distinct: 1 })).toEqual([])
    expect(day(20_240_101, 20_241_231, { distinct: undefined })).toEqual([])
    expect(day(20_240_101, 20_241_231, { integer: false })).toEqual([])
    expect(day(20_240_101, 20_241_231, { type: 'category' })).toEqual([])
    expect(forms(number('x', { distinct: 2, min: 20_240_101 }))).toEqual([])
    expect(forms(number('x', { distinct: 2, max: 20_240_101 }))).toEqual([])
  })

  it('or are seconds or milliseconds since 1970, in a column whose name says so', () => {
    const since = (name: string, min: number, max: number) => forms(number(name, { min, max, distinct: 9 }))
    expect(since('created_at', 5e8, 2.2e9 - 1)).toEqual(['in seconds since 1970'])
    expect(since('Timestamp', 5e11, 2.2e12 - 1)).toEqual(['in milliseconds since 1970'])
    for (const name of ['price', 'rate', 'sometimes', 'updates', 'reviewsTimed'])
      expect(since(name, 1e9, 2e9)).toEqual([])
    for (const name of ['at', 'TIME', 'unix time', 'event-date', 'updated', 'unixReviewTime', 'createdAt'])
      expect(since(name, 1e9, 2e9)).toHaveLength(1)
    for (const [min, max] of [
      [5e8 - 1, 2e9],
      [1e9, 2.2e9],
      [5e11 - 1, 2e12],
      [1e12, 2.2e12],
    ] as const)
      expect(since('time', min, max)).toEqual([])
  })

  it('are told with the option that reads them so', () => {
    expect(warningsOfDateNumbers([number('d', { min: 20_240_101, max: 20_240_102, distinct: 2 })])).toEqual([
      {
        code: 'dates-as-numbers',
        column: 'd',
        message: expect.stringMatching(/such as 20240101, .* with dates=d:%Y%m%d\.$/),
      },
    ])
  })
})

describe('a header that looks like a row', () => {
  const odd = (...columns: ColumnDescription[]) => warningsOfHeader(columns).map(({ column }) => column)

  it('has a number over numbers', () => {
    for (const name of ['5', '5.1', '-0.5', '.5', '5.', ' 5 ', '+5', '1e3', '1.5E-2'])
      expect(odd(number('a'), number(name)), name).toEqual([name])
    for (const name of ['a5', '5a', '.', '', '1e', '5 6', '--5']) expect(odd(number(name)), name).toEqual([])
    expect(odd({ ...number('5'), type: 'text' })).toEqual([])
  })

  it('unless its numbers are counted', () => {
    expect(odd(number('0'), number('1'), number('2'))).toEqual([])
    expect(odd(number('7'), number('8'), number('9'), number('x'))).toEqual([])
    expect(odd(number('0'), number('1'))).toEqual(['0'])
    expect(odd(number('0'), number('2'), number('3'))).toEqual(['0'])
  })

  it('has a class of its own column', () => {
    const column: ColumnDescription = {
      name: 'yes',
      type: 'category',
      missing: 0,
      classes: { yes: 2, no: 1 },
    }
    expect(odd(number('a'), column)).toEqual(['yes'])
    expect(odd({ ...column, name: 'constructor' })).toEqual([])
    expect(odd({ ...column, name: 'answer' })).toEqual([])
    expect(warningsOfHeader([column])).toEqual([
      {
        code: 'header-like-data',
        column: 'yes',
        lines: [1],
        message: expect.stringContaining('header=false'),
      },
    ])
  })
})

it('spaces around names are told once', () => {
  const told = (...names: string[]) => warningsOfSpaces(names.map((name) => number(name)))
  expect(told('a', 'b c')).toEqual([])
  expect(told('a', ' b')).toEqual([
    {
      code: 'outer-spaces',
      column: ' b',
      lines: [1],
      message: expect.stringMatching(/^The name of the column " b" begins or ends with a space/),
    },
  ])
  expect(told('a ', ' b', 'c')).toMatchObject([
    {
      column: 'a ',
      message: expect.stringMatching(/^The names of 2 columns begin or end, such as "a ", with/),
    },
  ])
})

describe('numbers that only number the rows', () => {
  const rows = 20
  const why = (more: Partial<ColumnDescription>, name = 'x', of = rows) =>
    numberingOf(number(name, { min: 1, max: rows, distinct: rows, ...more }), of)

  it('are each whole number once, from 0 or 1 on', () => {
    expect(why({})).toBe('row-number')
    expect(why({ min: 0, max: 19 })).toBe('row-number')
    expect(why({ min: 2, max: 21 })).toBeUndefined()
    expect(why({ max: 21 })).toBeUndefined()
    expect(why({ integer: false })).toBeUndefined()
    expect(why({ missing: 1 })).toBeUndefined()
    expect(why({ distinct: 19 })).toBeUndefined()
    expect(why({ max: 19, distinct: 19 }, 'x', 19)).toBeUndefined()
    expect(numberingOf(number('id'), rows)).toBeUndefined()
  })

  it('or differ in every row of a column that is named like an id', () => {
    const ids = { min: 5, max: 900 }
    for (const name of ['id', 'ID', 'customer_id', 'orderId', 'orderID', 'row uuid', 'GUID', '고객 id'])
      expect(why(ids, name), name).toBe('identifier')
    for (const name of [
      'index',
      'Unnamed: 0',
      'unnamed:12',
      'level_0',
      'row',
      'row num',
      'row_number',
      'No.',
      'nr',
      'n°',
      '#',
      '번호',
    ])
      expect(why(ids, name), name).toBe('identifier')
    for (const name of ['paid', 'grid', 'idea', 'ids', 'indexed', 'rows', 'level', 'number of rooms'])
      expect(why(ids, name), name).toBeUndefined()
    expect(why({ ...ids, distinct: 19 }, 'id')).toBeUndefined()
  })

  it('may have become equal where they are not exact', () => {
    const huge = { min: 2 ** 53, max: 2 ** 54 }
    expect(why({ ...huge, distinct: 10 }, 'id')).toBe('identifier')
    expect(why({ ...huge, distinct: 9 }, 'id')).toBeUndefined()
    expect(why({ min: -(2 ** 54), max: 5, distinct: 10 }, 'id')).toBe('identifier')
    expect(why({ min: 5, max: 2 ** 53 - 1, distinct: 10 }, 'id')).toBeUndefined()
  })

  it('are told', () => {
    const columns = [
      number('n', { leftOutAs: 'row-number' }),
      number('id', { leftOutAs: 'identifier' }),
      number('x'),
      { ...number('code', { leftOutAs: 'identifier' }), type: 'text' as const },
    ]
    expect(warningsOfNumbering(columns, 7)).toMatchObject([
      { code: 'row-number', column: 'n', count: 7 },
      { code: 'identifier-column', column: 'id', count: 7 },
    ])
  })
})

it('of one code 20 warnings are listed, and the others counted', () => {
  const warnings = (count: number, code: Warning['code']): Warning[] =>
    Array.from({ length: count }, (_, index) => ({ code, column: `c${index}`, message: 'm' }))
  expect(limited(warnings(20, 'times'))).toHaveLength(20)
  const all = limited([
    ...warnings(22, 'times'),
    ...warnings(21, 'placeholders'),
    ...warnings(1, 'total-row'),
  ])
  expect(all).toHaveLength(20 + 20 + 1 + 2)
  expect(all.slice(-2)).toEqual([
    { code: 'times', message: 'The same is true of 2 more columns.' },
    { code: 'placeholders', message: 'The same is true of 1 more column.' },
  ])
  expect(all.slice(0, 20).map(({ column }) => column)).toEqual(
    warnings(20, 'times').map(({ column }) => column),
  )
})

describe('what is told of a table', () => {
  let bench: StagedBench
  beforeAll(async () => {
    bench = await openStaged()
  })
  afterAll(() => bench.close())

  describe('that ends in a row of sums', () => {
    const totals = async (columns: string[][], kinds: ('text' | 'number')[] = columns.map(() => 'text')) => {
      await bench.stage(...columns)
      return warningsOfTotals(
        bench.db,
        kinds.map((kind) => ({ kind })),
      )
    }
    const rows = (...last: string[]) => [
      ['a', 'b', 'c', 'd', ...last],
      ['1', '2', '3', '4', ...last.map(() => '10')],
    ]

    it('is one of the last three rows', async () => {
      expect(await totals(rows('Total'))).toEqual([
        {
          code: 'total-row',
          count: 1,
          lines: [6],
          message: expect.stringMatching(/line 6 begins with "Total"/),
        },
      ])
      expect(await totals(rows(' grand TOTAL : ', 'note', ''))).toMatchObject([{ lines: [6] }])
      expect(await totals(rows('합계', 'x', 'y', 'z'))).toEqual([])
      // Of two the last.
      expect(await totals(rows('sum', 'total'))).toMatchObject([{ lines: [7] }])
      for (const word of ['totally', 'sub total', '', ':']) expect(await totals(rows(word))).toEqual([])
    })

    it('is in the first three columns of texts, beside another', async () => {
      const [words = [], numbers = []] = rows('Total')
      expect(await totals([words])).toEqual([])
      expect(await totals([numbers, numbers, words])).toHaveLength(1)
      expect(await totals([numbers, numbers, numbers, words])).toEqual([])
      expect(await totals([words, numbers], ['number', 'number'])).toEqual([])
      expect(await totals([numbers, words], ['number', 'text'])).toHaveLength(1)
    })
  })

  describe('whose rows repeat each other', () => {
    const text = (name: string, c: string, more: Partial<ColumnDescription> = {}) => ({
      ...number(name, { type: 'text' as const, ...more }),
      c,
    })
    /** The staged rows, of which the first stands in line 2, with their places from 0. */
    const placed = { relation: '(SELECT *, line - 2 AS place FROM staging)', row: 'place' }
    const repeats = async (
      columns: string[][],
      described: (ColumnDescription & { c: string })[],
      rows = columns[0]?.length ?? 0,
    ) => {
      await bench.stage(...columns)
      const found = await findDuplicates(bench.db, rows, described, placed)
      return warningsOfDuplicates(bench.db, found, 'staging')
    }
    const t = text('t', 'c0')
    const u = text('u', 'c1')

    it('names the later ones', async () => {
      const told = await repeats(
        [
          ['x', 'y', 'x', 'x', 'z'],
          ['1', '1', '1', '1', '2'],
        ],
        [t, u],
      )
      expect(told).toEqual([
        {
          code: 'duplicate-rows',
          count: 2,
          lines: [4, 5],
          message: expect.stringMatching(/^2 rows repeat an earlier row/),
        },
      ])
      expect(
        await repeats(
          [
            ['x', 'x'],
            ['1', '1'],
          ],
          [t, u],
        ),
      ).toMatchObject([
        { count: 1, lines: [3], message: expect.stringMatching(/^1 row repeats an earlier row/) },
      ])
      expect(
        await repeats(
          [
            ['x', 'x'],
            ['1', '2'],
          ],
          [t, u],
        ),
      ).toEqual([])
      expect(await repeats([['x', 'y']], [t])).toEqual([])
    })

    it('does not look at columns that identify rows', async () => {
      const columns = [
        ['x', 'x'],
        ['1', '2'],
      ]
      expect(await repeats(columns, [t, { ...u, leftOutAs: 'identifier' }])).toMatchObject([{ count: 1 }])
    })

    it('needs a column most of whose rows have a value of their own', async () => {
      const columns = [['x', 'x', 'y', 'y']]
      expect(await repeats(columns, [t])).toHaveLength(1)
      for (const column of [
        text('t', 'c0', { classes: { x: 2, y: 2 } }),
        text('t', 'c0', { distinct: 1 }),
        { ...number('t', { distinct: 1 }), c: 'c0' },
        { ...number('t'), c: 'c0' },
        { ...number('t', { type: 'category', distinct: 4 }), c: 'c0' },
      ])
        expect(await repeats(columns, [column])).toEqual([])
      expect(await repeats(columns, [text('t', 'c0', { distinct: 2 })])).toHaveLength(1)
      expect(await repeats(columns, [{ ...number('t', { distinct: 2 }), c: 'c0' }])).toHaveLength(1)
    })

    it('counts them whether or not they are told', async () => {
      const count = async (columns: string[][], described: (ColumnDescription & { c: string })[]) => {
        await bench.stage(...columns)
        return (await findDuplicates(bench.db, columns[0]?.length ?? 0, described, placed)).count
      }
      const category = { ...number('t', { type: 'category' as const }), c: 'c0' }
      expect(await count([['x', 'x', 'y', 'x']], [category])).toBe(2)
      expect(await count([['x', 'y', 'z', 'x']], [category])).toBe(1)
      expect(await count([['x', 'x']], [{ ...t, leftOutAs: 'identifier' }])).toBe(0)
    })

    it('names five lines at most', async () => {
      const told = await repeats([Array.from({ length: 9 }, () => 'x')], [t])
      expect(told).toMatchObject([{ count: 8, lines: [3, 4, 5, 6, 7] }])
    })
  })

  describe('of its columns', () => {
    const planOf = (findings: ColumnPlan['findings'], more: Partial<ColumnPlan> = {}): ColumnPlan => ({
      name: 'v',
      type: 'category',
      value: 'c0',
      characters: 0,
      values: 0,
      findings,
      ...more,
    })
    const messageOf = async (texts: string[], finding: ColumnPlan['findings'][number], more = {}) => {
      await bench.stage(texts)
      const [warning] = await warningsOfColumns(bench.db, [planOf([finding], more)])
      return warning
    }
    const all = 'c0 IS NOT NULL'

    it('names the most frequent values, three at most, and the first lines', async () => {
      const texts = ['a', 'b', 'b', 'c', 'c', 'd', 'c']
      expect(await messageOf(texts, { code: 'placeholders', count: 7, where: all })).toEqual({
        code: 'placeholders',
        column: 'v',
        count: 7,
        lines: [2, 3, 4, 5, 6],
        message: expect.stringContaining('and "c" (3 rows), "b" (2 rows), "a" (1 row) and others as missing'),
      })
      const three = await messageOf(['a', 'b', 'c'], { code: 'placeholders', count: 3, where: all })
      expect(three?.message).toContain('and "a" (1 row), "b" (1 row), "c" (1 row) as missing')
      const part = await messageOf(texts, { code: 'placeholders', count: 1, where: "c0 = 'd'" })
      expect(part).toMatchObject({
        lines: [7],
        message: expect.stringContaining('and "d" (1 row) as missing'),
      })
    })

    it('says one value or several', async () => {
      const message = async (code: 'empty-values' | 'mixed-values' | 'mixed-zones', count: number) =>
        (await messageOf(['a'], { code, count, where: all }))?.message
      expect(await message('empty-values', 1)).toContain('has one value without a character, which counts as')
      expect(await message('empty-values', 2000)).toContain(
        'has 2,000 values without a character, which count as',
      )
      expect(await message('mixed-values', 1)).toContain('but one value is not')
      expect(await message('mixed-values', 2)).toContain('but 2 values are not')
      expect(await message('mixed-zones', 1)).toContain('rarer kind is one value')
      expect(await message('mixed-zones', 2)).toContain('rarer kind are 2 values')
    })

    it('says what numbers are read without', async () => {
      const message = async (units?: string[]) =>
        (
          await messageOf(
            ['a'],
            { code: 'number-forms', count: 1, where: all },
            { cells: units ? { units } : undefined },
          )
        )?.message
      expect(await message()).toContain('thousands separators are removed')
      expect(await message([''])).toContain('thousands separators are removed')
      expect(await message(['', '$'])).toContain('thousands separators and the currency ($) are removed')
      expect(await message(['%'])).toContain('the percent sign is removed')
    })

    it('says what mixed values mostly are, and that times are left out', async () => {
      const finding = { code: 'mixed-values' as const, count: 1, where: all }
      const numbers = await messageOf(['a'], finding)
      expect(numbers?.message).toMatch(
        /are numbers, but .* onError=skip&types=v:number; or leave .* empty\.$/,
      )
      const dates = await messageOf(['a'], { ...finding, dates: '%Y' }, { leftOutAs: 'time' })
      expect(dates?.message).toMatch(/are dates of the form %Y, but .* as a date .* no other column\.$/)
      const unclear = await messageOf(['a'], { code: 'unclear-dates', count: 1, dates: '%d', orElse: '%m' })
      expect(unclear?.message).toMatch(/of the form %d or %m, .* with dates=v:%d or dates=v:%m\.$/)
    })

    it('has examples for 20 columns of one code', async () => {
      await bench.stage(...Array.from({ length: 22 }, () => ['a']))
      const plans = Array.from({ length: 22 }, (_, index) =>
        planOf([{ code: 'placeholders', count: 1, where: `c${index} IS NOT NULL` }], { name: `n${index}` }),
      )
      const told = await warningsOfColumns(bench.db, plans)
      expect(told.map(({ message }) => message !== '')).toEqual([
        ...new Array(20).fill(true),
        ...new Array(2).fill(false),
      ])
      expect(told[21]).toEqual({ code: 'placeholders', column: 'n21', count: 1, message: '' })
    })

    it('has no lines of what is true of all rows', async () => {
      const warning = await messageOf(['a'], { code: 'identifier-column', count: 20 })
      expect(warning).toEqual({
        code: 'identifier-column',
        column: 'v',
        count: 20,
        message: expect.any(String),
      })
    })
  })
})
