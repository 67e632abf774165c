import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ColumnPlan } from '../../../src/datasets/reader/column-plan.ts'
import { openStaged, type StagedBench } from './staged.ts'

let bench: StagedBench
beforeAll(async () => {
  bench = await openStaged()
})
afterAll(() => bench.close())

const times = (count: number, text: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => text(index))
/** Returns the type that a column gets, why it is no input, and the codes and numbers of what there is to tell. */
const told = ({ type, leftOutAs, findings }: ColumnPlan) => [
  type,
  leftOutAs ?? null,
  findings.map(({ code, count }) => `${code} ${count}`),
]
const decided = async (...[texts, given]: Parameters<StagedBench['planned']>) =>
  told(await bench.planned(texts, given))
/** Returns the values that a column's texts become, and the lines of the bad ones. */
async function read(...[texts, given]: Parameters<StagedBench['planned']>) {
  const { value, bad } = await bench.planned(texts, given)
  const rows = await bench.db.rows(`SELECT line, ${value}, ${bad ?? 'false'} FROM staging ORDER BY line`)
  return {
    values: rows.map(([, cell, isBad]) => (isBad ? 'bad' : cell)),
    bad: rows.flatMap(([line, , isBad]) => (isBad ? [line] : [])),
  }
}

describe('a column of numbers', () => {
  it('has 99 % numbers among the values that tell something', async () => {
    const numbers = times(99, (index) => `${index}.5`)
    expect(await decided([...numbers, 'x'])).toEqual(['number', null, []])
    expect(await decided([...numbers, '?', '', null, 'x'])).toEqual(['number', null, ['placeholders 1']])
    expect(await decided([...numbers.slice(1), 'x'])).toEqual(['text', null, ['mixed-values 1']])
    expect((await read([...numbers, 'x'])).bad).toEqual([101])
    expect((await read(['1', '?', '', null, ' 2 '])).values).toEqual([1, null, null, null, 2])
    // A placeholder that DuckDB would take for a number.
    expect((await read(['1', 'nan', '2'])).values).toEqual([1, null, 2])
  })

  it('is none where half of the values are numbers, which is told, nor where fewer are, which is not', async () => {
    const codes = async (...texts: string[]) => (await bench.planned(texts)).findings
    expect(await codes('1', '2', 'x', 'y z')).toMatchObject([{ code: 'mixed-values', count: 2 }])
    expect(await codes('1', 'w', 'x', 'y z')).toEqual([])
  })

  it('keeps the zeros of codes of one width', async () => {
    expect(await decided(['007', '012', '007', '012', '007'])).toEqual([
      'category',
      null,
      ['leading-zeros 5'],
    ])
    expect(await decided(['007', '012', '007', '012', '345'])).toEqual(['text', null, ['leading-zeros 5']])
    // An empty text is no code.
    expect(await decided(['007', '012', '', '007', '012', '007', '007'])).toEqual([
      'category',
      null,
      ['leading-zeros 6'],
    ])
    for (const texts of [
      ['007', '12', '007', '12', '345'],
      ['0.7', '1.2', '0.7', '1.2', '3.4'],
      ['117', '212', '117', '212', '345'],
      ['0-7', '1-2', '0-7', '1-2', '3-4'].map((text) => text.replace('-', '.')),
      ['+07', '012', '+07', '012', '345'],
    ])
      expect((await bench.planned(texts)).type).toBe('number')
  })

  it('identifies rows by codes with zeros that differ in all of 20', async () => {
    const codes = (count: number) => times(count, (index) => String(index).padStart(4, '0'))
    expect(await decided(codes(20))).toEqual([
      'text',
      'identifier',
      ['leading-zeros 20', 'identifier-column 20'],
    ])
    expect(await decided(codes(19))).toEqual(['text', null, ['leading-zeros 19']])
    expect((await decided([...codes(20), '0000']))[1]).toBeNull()
  })
})

describe('a column of booleans', () => {
  it('has true and false alone, beside what stands for a missing value', async () => {
    expect(await decided(['true', 'FALSE', ' True '])).toEqual(['boolean', null, []])
    expect(await decided(['true', 'NA', '', 'false'])).toEqual(['boolean', null, ['placeholders 1']])
    expect((await read(['true', 'NA', '', 'FALSE '])).values).toEqual([true, null, null, false])
    expect((await decided(['true', 'true', 'true', 'yes', 'true']))[0]).toBe('category')
    // Placeholders alone are classes, and there is nothing to tell of them.
    expect(await decided(['NA', '?', 'NA', 'NA', 'NA'])).toEqual(['category', null, []])
  })
})

describe('a column of texts', () => {
  it('is a category below half as many values as rows', async () => {
    expect(await decided(['a', 'b', 'a', 'b', 'a'])).toEqual(['category', null, []])
    expect(await decided(['a', 'b', 'a', 'b'])).toEqual(['text', null, []])
    expect((await decided(['a', 'b', 'c', 'a', 'b', 'c']))[0]).toBe('text')
    expect((await decided(['a', 'b', 'c', 'a', 'b', 'c', 'a']))[0]).toBe('category')
    // Rows without a value count as rows.
    expect((await decided(['a', 'b', null, null, null]))[0]).toBe('category')
  })

  it('is a category by values of up to 64 characters on average', async () => {
    const values = (length: number) => times(10, (index) => 'xy'.charAt(index % 2).repeat(length))
    expect((await decided(values(64)))[0]).toBe('category')
    expect((await decided(values(65)))[0]).toBe('text')
  })

  it('has sentences that repeat from three words on average on', async () => {
    const repeated = (...values: string[]) => times(20, (index) => values[index % values.length] ?? '')
    expect(await decided(repeated('one two', 'three'))).toEqual(['category', null, []])
    expect(await decided(repeated('one two three', 'four five'))).toEqual(['category', null, []])
    expect(await decided(repeated('1. one two', '2. > three four'))).toEqual(['category', null, []])
    expect(await decided(repeated('1. 하나 둘', '2. – Über €'))).toEqual(['category', null, []])
    expect((await decided(repeated('하나 둘 셋', '넷 다섯 여섯')))[0]).toBe('text')
    expect((await decided(repeated('один два три', 'élan été où')))[0]).toBe('text')
    expect(await decided(repeated('one two three', 'four five six'))).toEqual([
      'text',
      null,
      ['repeated-sentences 20'],
    ])
    expect(await bench.planned(repeated('one two three', 'four five six'))).toMatchObject({
      repeats: true,
      distinct: 2,
    })
    expect((await bench.planned(repeated('one two', 'three'))).repeats).toBeUndefined()
  })

  it('identifies rows by a code of its own in each of 20', async () => {
    const codes = (count: number) => times(count, (index) => `order-${index}`)
    expect(await decided(codes(20))).toEqual(['text', 'identifier', ['identifier-column 20']])
    expect(await decided(codes(19))).toEqual(['text', null, []])
    const phones = times(20, (index) => `+49 (0)170 ${1_000 + index}-${index}`)
    expect(await decided(phones)).toEqual(['text', 'identifier', ['identifier-column 20']])
    for (const texts of [
      // A value twice, an empty one, one without a digit, one with a space.
      [...codes(20), 'order-0'],
      [...codes(20), ''],
      [...codes(20), 'order'],
      [...codes(20), 'order 99'],
      // 65 characters.
      codes(20).map((code) => code.padEnd(65, 'x')),
    ])
      expect((await decided(texts))[1]).toBeNull()
    expect((await decided(codes(20).map((code) => code.padEnd(64, 'x'))))[1]).toBe('identifier')
    expect((await decided([...codes(20), null]))[1]).toBe('identifier')
  })

  it('of no values, and of lists and given types, is what it is', async () => {
    expect(await decided([null, null])).toEqual(['text', null, []])
    expect(await decided(['\uE000a', null], { kind: 'list' })).toEqual(['list', null, []])
    expect(await decided(['1', '2', 'x'], { type: 'text' })).toEqual(['text', null, []])
    expect(await decided(['1', '?', ''], { type: 'number' })).toEqual(['number', null, ['placeholders 1']])
    expect(await decided(['a', ''], { type: 'category' })).toEqual(['category', null, ['empty-values 1']])
    expect((await read(['a', '', ' '], { type: 'category' })).values).toEqual(['a', null, null])
  })

  it('counts the values that decide, and those that fit', async () => {
    expect((await bench.planned(['1', '?', '', null, '2'])).values).toBe(2)
    expect((await bench.planned(['x', 'y', '', 'x', 'y', 'x', 'x'])).values).toBe(6)
  })
})

describe('a column of dates', () => {
  it('holds dates, or times if a value has one', async () => {
    expect(await decided(['2024-03-01', '2024-03-02'])).toEqual(['date', null, ['times 2']])
    expect(await decided(['2024-03-01', '2024-03-02 10:00:00'])).toEqual(['datetime', null, ['times 2']])
    expect((await read(['2024-03-01', '2024-03-02 10:00:00'])).values).toEqual([
      '2024-03-01T00:00:00',
      '2024-03-02T10:00:00',
    ])
    expect(
      (
        await read(['01.02.2024', '', 'NA', '0000-00-00', '31.02.2024', ...times(99, () => '13.02.2024')])
      ).values.slice(0, 5),
    ).toEqual(['2024-02-01', null, null, null, 'bad'])
  })

  it('has 99 % dates of one form; from half on they are told, and the column left out', async () => {
    const dates = times(99, (index) => `2024-03-${String((index % 28) + 1).padStart(2, '0')}`)
    expect(await decided([...dates, 'soon'])).toEqual(['date', null, ['times 99']])
    expect(await decided([...dates.slice(1), 'soon', 'later'])).toEqual([
      'category',
      null,
      ['mixed-values 2'],
    ])
    expect((await bench.planned(['2024-03-01', '2024-04-01', 'soon', 'later'])).findings).toMatchObject([
      { code: 'mixed-values', count: 2, dates: '%Y-%m-%d' },
    ])
    expect(await decided(['2024-03-01', '2024-04-01', 'soon', 'later'])).toEqual([
      'text',
      'time',
      ['mixed-values 2'],
    ])
    expect((await bench.planned(['2024-03-01', 'soon', 'later'])).findings).toEqual([])
  })

  it('tells placeholders, and times of which some have an offset', async () => {
    expect(await decided(['2024-03-01', '2024-03-02', 'NA', ''])).toEqual([
      'date',
      null,
      ['times 2', 'placeholders 1'],
    ])
    const zoned = (count: number) => times(count, (hour) => `2024-03-01T0${hour}:00:00Z`)
    const plain = (count: number) => times(count, (hour) => `2024-03-02T0${hour}:00:00`)
    expect(await decided([...zoned(3), ...plain(1)])).toEqual([
      'datetime',
      null,
      ['times 4', 'mixed-zones 1'],
    ])
    expect(await decided([...zoned(1), ...plain(3)])).toEqual([
      'datetime',
      null,
      ['times 4', 'mixed-zones 1'],
    ])
    expect(await decided(zoned(3))).toEqual(['datetime', null, ['times 3']])
    expect(await decided(plain(3))).toEqual(['datetime', null, ['times 3']])
    // A date beside times with offsets is no time without one.
    expect(await decided(['2024-03-01', ...zoned(2)])).toEqual(['datetime', null, ['times 3']])
    const { findings } = await bench.planned([...zoned(3), ...plain(1)])
    const where = findings.find(({ code }) => code === 'mixed-zones')?.where
    expect(await bench.db.rows(`SELECT line FROM staging WHERE ${where}`)).toEqual([[5]])
  })

  it('is not decided where no value shows the order of day and month', async () => {
    const plan = await bench.planned(['01/02/2024', '03/04/2024', '05/06/2024'])
    expect(plan).toMatchObject({ type: 'text', leftOutAs: 'time' })
    expect(plan.findings).toMatchObject([
      { code: 'unclear-dates', count: 3, dates: '%d/%m/%Y', orElse: '%m/%d/%Y' },
    ])
    expect(await bench.planned(['01/02/2024', '13/04/2024'])).toMatchObject({
      type: 'date',
      format: '%d/%m/%Y',
    })
    expect(await bench.planned(['01/02/2024', '04/13/2024'])).toMatchObject({
      type: 'date',
      format: '%m/%d/%Y',
    })
    const any = { dates: { any: ['%m/%d/%Y'], columns: [] } }
    expect(await bench.planned(['01/02/2024', '03/04/2024'], any)).toMatchObject({
      type: 'date',
      format: '%m/%d/%Y',
    })
  })

  it('is of texts of up to 64 characters on average that look like dates', async () => {
    const long = (length: number) => times(3, (day) => `2024-03-0${day + 1}`.padEnd(length, ' '))
    expect((await decided(long(64)))[0]).toBe('date')
    expect((await decided(long(65)))[0]).toBe('text')
    expect((await decided(['2024-03-01', 'a', 'b']))[0]).toBe('text')
  })

  it('has the form or the type that the client says', async () => {
    expect(await bench.planned(['2024-03-01'], { type: 'datetime' })).toMatchObject({ type: 'datetime' })
    expect((await read(['2024-03-01', '2024-03-02T11:00:00'], { type: 'date' })).values).toEqual([
      '2024-03-01',
      '2024-03-02',
    ])
    const form = { dates: { any: [], columns: [['v', '%Y%m%d'] as [string, string]] } }
    expect(await bench.planned(['20240301', '20240302'], form)).toMatchObject({
      type: 'date',
      format: '%Y%m%d',
    })
    const timed = { dates: { any: [], columns: [['v', '%s'] as [string, string]] } }
    expect(await bench.planned(['1700000000'], timed)).toMatchObject({ type: 'datetime', format: '%s' })
    // What holds no date is read by ISO 8601, and all of it is bad.
    expect(await read(['x', 'y', ''], { type: 'date' })).toEqual({
      values: ['bad', 'bad', null],
      bad: [2, 3],
    })
  })

  const refused = (...args: Parameters<StagedBench['planned']>) =>
    bench.planned(...args).then(
      () => 'taken',
      (error) => error.problems,
    )

  it('is refused where nothing says what its numbers or its order are', async () => {
    const numbers = (texts: string[]) => refused(texts, { type: 'date' })
    const problem = {
      path: '/types/v',
      message: expect.stringContaining('which may stand for dates in several ways'),
    }
    expect(await numbers(['1700000000', '1700000001'])).toEqual([problem])
    expect(await numbers(['1700000000', 'x', ''])).toEqual([problem])
    expect(await numbers(['1700000000', 'x', 'y'])).toBe('taken')
    expect(await numbers([])).toBe('taken')
    expect(await numbers(['', ''])).toBe('taken')
    expect(await refused(['01/02/2024', '03/04/2024'], { type: 'date' })).toEqual([
      { path: '/types/v', message: expect.stringContaining('No value shows the order') },
    ])
  })

  it('is refused with forms and names that are not there', async () => {
    expect(await refused(['a'], { dates: { any: ['%d.%m.%Y'], columns: [['w', '%Y']] } })).toEqual([
      { path: '/dates', message: 'The file has no column "w".' },
      { path: '/dates', message: 'No column holds dates of the form %d.%m.%Y. Remove it.' },
    ])
    expect(await refused(['\uE000a'], { kind: 'list', type: 'text' })).toEqual([
      { path: '/types/v', message: 'The column holds lists, which have no other type' },
    ])
    expect(await refused(['a'], { type: 'list' })).toEqual([
      { path: '/types/v', message: expect.stringContaining('The column holds single values.') },
    ])
  })
})

describe('numbers in other writings', () => {
  it('are read and told', async () => {
    expect(await decided(['1,5', '2,25', '-3,0'])).toEqual(['number', null, ['decimal-commas 3']])
    expect((await read(['1,5', '2,25', '-3,0', '4'])).values).toEqual([1.5, 2.25, -3, 4])
    expect(await decided(['$1,200.50', '$3.25', '$4,000.75'])).toEqual(['number', null, ['number-forms 3']])
    expect((await read(['$1,200.50', '$3.25', '($4,000.75)'])).values).toEqual([1200.5, 3.25, -4000.75])
    expect((await bench.planned(['1,5', '2,25'])).cells).toEqual({ decimal: ',' })
    expect((await bench.planned(['1', '2'])).cells).toBeUndefined()
  })

  it('are no numbers where commas may be either, or units differ', async () => {
    const unclear = await bench.planned(['1,200', '3,400', '5,600', '1,200'])
    expect(unclear.type).not.toBe('number')
    expect(unclear.findings).toMatchObject([{ code: 'unclear-commas', count: 4 }])
    const units = await bench.planned(['$1.5', '€2.5', '$3.5', '€4.5'])
    expect(units.type).not.toBe('number')
    expect(units.findings).toMatchObject([{ code: 'mixed-units', count: 4 }])
    expect(await decided(['$1.5', '€2.5'], { type: 'number' })).toEqual(['number', null, ['number-forms 2']])
    expect((await decided(['1,200', '3,400'], { decimal: '.' }))[0]).toBe('number')
    expect((await read(['1,200', '3,400'], { decimal: '.' })).values).toEqual([1200, 3400])
    expect((await read(['1,200', '3,400'], { decimal: ',' })).values).toEqual([1.2, 3.4])
  })

  it('are no numbers with a unit in letters behind them, and that is told where all have the same', async () => {
    const findings = async (texts: string[]) => (await decided(texts))[2]
    expect(await findings(['3 kg', '4.5 kg', '-1,5kg', '7 KG'])).toEqual(['numbers-with-unit 4'])
    expect(await findings(['90 m²', '70 m²', 'unknown'])).toEqual(['numbers-with-unit 2'])
    expect(await findings(['3 Kilowattstunden', '4 Kilowattstunden'])).toEqual(['numbers-with-unit 2'])
    expect(await findings(['3 %o', '4 %o', '20°', '21°', '22°'])).toEqual(['numbers-with-unit 3'])
    expect(await findings(['1st', '2nd', '3rd', '4th'])).toEqual([])
    expect(await findings(['3 kg', 'heavy', 'light'])).toEqual([])
    expect(await findings(['3 kg of sugar', '4 kg of salt'])).toEqual([])
    expect(await findings(['kg 3', 'kg 4'])).toEqual([])
  })

  it('are thousands and millions where the client says so, and told before', async () => {
    const texts = ['1.2K', '3M', '4.5k', '950']
    const findings = async (own: string[]) => (await decided(own))[2]
    expect(await findings(texts)).toEqual(['scaled-numbers 3'])
    expect(await findings(['12K', '15K', '7K'])).toEqual(['scaled-numbers 3'])
    expect(await findings(['$1.2M', '$3B', 'unknown'])).toEqual(['scaled-numbers 2'])
    expect(await findings(['5 m', '3 m', '2 m'])).toEqual(['numbers-with-unit 3'])
    expect(await decided(texts, { type: 'number' })).toEqual(['number', null, ['number-forms 3']])
    expect((await read(texts, { type: 'number' })).values).toEqual([1200, 3_000_000, 4500, 950])
    expect((await read(['$1.2M', '$3B', '$5'], { type: 'number' })).values).toEqual([1_200_000, 3e9, 5])
  })

  it('may have digits of other scripts and exponents of Fortran', async () => {
    expect((await read(['١٢', '١٣٫٥', '7'])).values).toEqual([12, 13.5, 7])
    expect((await read(['１２', '１３.５'])).values).toEqual([12, 13.5])
    expect((await read(['1.0D+03', '-2.5D-01', '7'])).values).toEqual([1000, -0.25, 7])
    expect((await decided(['1.0D+03', '-2.5D-01']))[2]).toEqual(['number-forms 2'])
    expect((await decided(['12D4', '13D5', '11D4']))[0]).not.toBe('number')
  })

  it('are no quarters and weeks of a year, which are told', async () => {
    const findings = async (own: string[]) => (await decided(own))[2]
    expect(await findings(['2015Q1', '2015Q2', '2016Q4'])).toEqual(['periods 3'])
    expect(await findings(['2015-Q1', '2015-Q3', ''])).toEqual(['periods 2'])
    expect(await findings(['2015Q2', '2015Q4', '2016Q2', '2016Q4'])).toEqual(['periods 4'])
    expect(await findings(['Q1 2015', 'Q2 2015', 'Q3 2016'])).toEqual(['periods 3'])
    expect(await findings(['2015-W03', '2015-W53', '2016-W10'])).toEqual(['periods 3'])
    expect(await findings(['Q1', 'Q2', 'Q3'])).toEqual([])
    expect(await findings(['2015Q5', '2015Q7', '2016Q9'])).toEqual([])
  })

  it('are no times of day, which are told', async () => {
    const findings = async (texts: string[]) => (await decided(texts))[2]
    expect(await findings(['08:30', '17:05', '9:45:10'])).toEqual(['times-of-day 3'])
    expect(await findings(['8:30 am', '5:05 PM', '9:45 p.m.', 'noon'])).toEqual(['times-of-day 3'])
    expect(await findings(['08:30', 'noon', 'night'])).toEqual([])
    expect(await findings(['8:75', '9:80'])).toEqual([])
  })

  it('of a column that the client calls so are refused with the reason', async () => {
    const plan = await bench.planned(['1,200', '3,400', 'x'], { type: 'number' })
    expect(plan.complaint).toMatch(/^is not a finite decimal number, or it may be one of two: say decimal=\./)
    expect((await bench.planned(['1', 'x'], { type: 'number' })).complaint).toBe(
      'is not a finite decimal number',
    )
    expect(await read(['yes', 'no', 'true', 'perhaps', ''], { type: 'boolean' })).toEqual({
      values: [true, false, true, 'bad', null],
      bad: [5],
    })
  })
})
