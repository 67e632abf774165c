import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dateTimeOf, isoText } from '../../src/date-time.ts'
import { dateFormat } from '../../src/dates.ts'
import { type Bench, openBench, type Sending } from './harness.ts'

let bench: Bench
beforeAll(async () => {
  bench = await openBench()
})
afterAll(() => bench.close())

/** A CSV file of one column `v` beside a number, so that no line is blank. */
const column = (values: readonly string[]) =>
  `v,n\n${values.map((value) => `"${value.replaceAll('"', '""')}",1\n`).join('')}`

/** A CSV file of two rows, with a column for each pair of values. */
const table = (pairs: readonly (readonly [string, string])[]) => {
  const line = (cells: readonly string[]) => `${cells.map((cell) => `"${cell}"`).join(',')}\n`
  const names = pairs.map((_, index) => `v${index}`)
  return line(names) + line(pairs.map(([first]) => first)) + line(pairs.map(([, second]) => second))
}

async function read(values: readonly string[], sending: Sending = {}) {
  const { dataset, rows } = await bench.table(column(values), sending)
  return {
    ...dataset.columns[0],
    cells: rows.map(({ v }) => v),
    codes: dataset.warnings.flatMap(({ column, code }) => (column === 'v' ? [code] : [])),
    messages: dataset.warnings.map(({ message }) => message).join('\n'),
  }
}

describe('a column of dates', () => {
  it('is found by ISO 8601, and is an input', async () => {
    const found = await read(['2024-03-01', '2023-12-31', '', '2024-02-29', 'NA', '0000-00-00'])
    expect(found).toMatchObject({
      type: 'date',
      format: '%Y-%m-%d',
      missing: 3,
      earliest: '2023-12-31',
      latest: '2024-03-01',
      distinct: 3,
      cells: ['2024-03-01', '2023-12-31', null, '2024-02-29', null, null],
      codes: ['times', 'placeholders'],
    })
    expect(found).not.toHaveProperty('leftOutAs')
    expect(found.messages).toContain('name the other columns in "inputs"')
  })

  it('holds times if a value has one, in ISO 8601 with the offset as written', async () => {
    const values = ['2024-03-01T12:30:00Z', '2024-03-01 23:30:15.50-05:00', '2024-03-02 00:00:00+02']
    expect(await read(values)).toMatchObject({
      type: 'datetime',
      cells: ['2024-03-01T12:30:00Z', '2024-03-01T23:30:15.5-05:00', '2024-03-02T00:00:00+02:00'],
      earliest: '2024-03-01T12:30:00Z',
      latest: '2024-03-01T23:30:15.5-05:00',
      codes: ['times'],
    })
    expect((await read(['2024-03-01', '2024-03-01 07:05'])).cells).toEqual([
      '2024-03-01T00:00:00',
      '2024-03-01T07:05:00',
    ])
  })

  it('is found in the forms that spreadsheets and databases write', async () => {
    const forms: [values: [string, string], format: string, first: string][] = [
      [['2024/3/1', '2024/12/31 7:05'], '%Y/%m/%d', '2024-03-01T00:00:00'],
      [['01.03.2024', '31.12.2024'], '%d.%m.%Y', '2024-03-01'],
      [['1/3/2024', '31/12/2024'], '%d/%m/%Y', '2024-03-01'],
      [['3/1/2024 1:05 PM', '12/31/2024 12:00 AM'], '%m/%d/%Y', '2024-03-01T13:05:00'],
      [['01-03-2024', '31-12-2024'], '%d-%m-%Y', '2024-03-01'],
      [['03-01-2024', '12-31-2024'], '%m-%d-%Y', '2024-03-01'],
      [['01-Mar-2024', '02-MAR-2024'], '%d-%b-%Y', '2024-03-01'],
      [['1 March 2024', '2 Sept 2024'], '%d %b %Y', '2024-03-01'],
      [['Mar 1, 2024', 'December 31, 2024'], '%b %d, %Y', '2024-03-01'],
      [['Fri, 01 Mar 2024 12:30:00 GMT', ''], '%a, %d %b %Y', '2024-03-01T12:30:00Z'],
      [['1949-01', '1960-12'], '%Y-%m', '1949-01-01'],
      // As Google Forms writes it.
      [
        ['2024/03/01 9:05:07 AM GMT+9', '2024/03/21 11:05:07 PM GMT+9'],
        '%Y/%m/%d',
        '2024-03-01T09:05:07+09:00',
      ],
    ]
    const { dataset, rows } = await bench.table(table(forms.map(([values]) => values)))
    const found = dataset.columns.map(({ name, format }) => [format, rows[0]?.[name]])
    expect(found).toEqual(forms.map(([, format, first]) => [format, first]))
  })

  it('is no other text, and no number', async () => {
    const others: [string, string][] = [
      ['4711-08', '0815-12'],
      ['2024-02-30', '2024-02-31'],
      ['12:30', '12:45'],
      ['1.2.3', '1.2.4'],
      ['2024-03-01 is the day', '2024-03-01 was not'],
      ['2024', '2023'],
      ['20240301', '20240302'],
      ['01/03/24', '31/12/24'],
      ['13.03.2024', '03.13.2024'],
    ]
    const { dataset } = await bench.table(table(others))
    const types = dataset.columns.map(({ type }) => type)
    expect(types).toEqual(['text', 'text', 'text', 'text', 'text', 'number', 'number', 'text', 'text'])
  })

  it('whose order of day and month nothing decides is told, and `dates` decides', async () => {
    const values = ['01.03.2024', '12.11.2023']
    const unclear = await read(values)
    expect(unclear).toMatchObject({ type: 'text', codes: ['unclear-dates'], leftOutAs: 'time' })
    expect(unclear.messages).toContain('dates=v:%d.%m.%Y or dates=v:%m.%d.%Y. It is not an input unless')
    const said = await read(values, { dates: '%d.%m.%Y' })
    expect(said).toMatchObject({ type: 'date', format: '%d.%m.%Y', cells: ['2024-03-01', '2023-11-12'] })
    expect((await read(values, { dates: 'v:%m.%d.%Y' })).cells).toEqual(['2024-01-03', '2023-12-11'])
    const error = await bench.refusal(column(values), { types: 'v:date' })
    expect(error.problems[0]).toMatchObject({ path: '/types/v' })
    expect(error.problems[0]?.message).toContain('dates=v:%d.%m.%Y')
  })

  it('with other values is refused with their lines, or told where these are many', async () => {
    const days = Array.from({ length: 199 }, (_, day) => isoText(dateTimeOf(day * 86_400_000), 'date'))
    const error = await bench.refusal(column([...days, '2024-02-30']))
    expect(error.problems).toEqual([
      { line: 201, column: 'v', message: '"2024-02-30" is not a date of the form %Y-%m-%d' },
    ])
    expect((await bench.table(column([...days, '2024-02-30']), { onError: 'skip' })).rejects).toHaveLength(1)
    const some = await read([...days, 'soon', 'later', 'never'])
    expect(some).toMatchObject({ type: 'text', codes: ['mixed-values'] })
    expect(some.messages).toContain('onError=skip&dates=v:%Y-%m-%d; or leave these cells empty. It is not')
  })

  it('with and without offsets is told', async () => {
    const found = await read(['2024-03-01T12:00Z', '2024-03-01T12:00+01:00', '2024-03-01T12:00'])
    expect(found).toMatchObject({ type: 'datetime', codes: ['times', 'mixed-zones'] })
    expect(found.messages).toContain('Of the rarer kind is one value, such as "2024-03-01T12:00" (1 row)')
  })

  it('may be taken for something else', async () => {
    const values = ['2024-03-01', '2024-03-01', '2024-03-02']
    expect((await read(values, { types: 'v:category' })).classes).toEqual({
      '2024-03-01': 2,
      '2024-03-02': 1,
    })
    expect((await read(values, { types: 'v:text' })).type).toBe('text')
    expect((await read(values, { types: 'v:datetime' })).cells[0]).toBe('2024-03-01T00:00:00')
    expect((await read(['2024-03-01T12:00', ''], { types: 'v:date' })).cells).toEqual(['2024-03-01', null])
  })
})

describe('the option `dates`', () => {
  it('gives columns the form of their dates, with a comma and with spaces that are encoded', async () => {
    const columns = [
      ['s', '0', '1970-01-01T00:00:00Z'],
      ['q', '1709296200250', '2024-03-01T12:30:00.25Z'],
      ['d', '20240301', '2024-03-01'],
      ['y', '01-MAR-69', '1969-03-01'],
      ['m', 'Mar 1, 2024', '2024-03-01'],
      ['h', '01/03/2024 07:05', '2024-03-01T07:05:00'],
      ['i', '01/03/2024 07:05', '2024-03-01T07:05:00'],
    ]
    const dates = 's:%s,q:%Q,d:%Y%m%d,%d-%b-%y,%B %d, %Y,h:%d/%m/%Y %H:%M,i:%d/%m/%Y%20%H:%M'
    const lines = [0, 1].map((cell) => columns.map((column) => `"${column[cell]}"`).join(','))
    const { rows } = await bench.table(`${lines.join('\n')}\n`, { dates })
    expect(Object.entries(rows[0] ?? {})).toEqual(columns.map(([name, , cell]) => [name, cell]))
  })

  it('reads numbers of NDJSON alike', async () => {
    const lines = '{"v":1709296200,"n":1}\n{"v":null,"n":2}\n'
    const { rows } = await bench.table(lines, { format: 'ndjson', dates: 'v:%s' })
    expect(rows[0]?.['v']).toBe('2024-03-01T12:30:00Z')
  })

  it.each([
    ['%d.%m', '/dates', 'needs a year'],
    ['v:%Y,v:%s', '/dates', 'two forms'],
    ['soon', '/dates', 'Expected a form of dates'],
    ['%s', '/dates', 'Say in which column'],
  ])('%s is refused as a query', async (dates, path, message) => {
    const error = await bench.refusal(column(['1']), { dates })
    expect(error.code).toBe('invalid-query')
    expect(error.problems[0]).toMatchObject({ path })
    expect(error.problems[0]?.message).toContain(message)
  })

  it.each([
    [{ dates: 'w:%Y' }, 'no column "w"'],
    [{ dates: '%d-%b-%y' }, 'No column holds dates of the form %d-%b-%y'],
    [{ types: 'v:datetime' }, 'dates=v:%s'],
    [{ dates: 'v:%Y', types: 'v:number' }, 'Remove one'],
  ])('%j is refused with the remedy', async (sending, message) => {
    const error = await bench.refusal(column(['1709296200', '1709296201']), sending)
    expect(error.problems[0]?.message).toContain(message)
  })

  it('makes another data set of the same file', async () => {
    const values = column(['01.03.2024', '12.11.2023'])
    const ids = await Promise.all(
      [{}, { dates: '%d.%m.%Y' }, { dates: '%m.%d.%Y' }].map(
        async (sending) => (await bench.send(values, sending)).dataset.id,
      ),
    )
    expect(new Set(ids).size).toBe(3)
  })
})

it('reads in a file what it reads elsewhere, in any form and any zone', async () => {
  const times = fc.sample(
    fc
      .record({
        instant: fc.integer({ min: -62_000_000_000_000, max: 253_000_000_000_000 }),
        offset: fc.option(fc.integer({ min: -1_079, max: 1_079 }), { freq: 3 }),
      })
      .map(({ instant, offset }) => dateTimeOf(instant, offset)),
    { numRuns: 300, seed: 7 },
  )
  const cells = times.map((time) => isoText(time, 'datetime'))
  for (const pattern of ['%Y-%m-%d', '%d.%m.%Y', '%b %d, %Y', '%m/%d/%Y']) {
    const format = dateFormat(pattern)
    if (typeof format === 'string') throw new Error(format)
    const found = await read(
      times.map((time) => format.write(time)),
      { dates: `v:${pattern}` },
    )
    expect(found.cells).toEqual(cells)
  }
  const sorted = times.toSorted(
    (a, b) => a.wallClock - (a.offset ?? 0) * 60_000 - b.wallClock + (b.offset ?? 0) * 60_000,
  )
  const [first] = sorted
  const last = sorted.at(-1)
  const { earliest, latest } = await read(cells)
  expect([earliest, latest]).toEqual([first, last].map((time) => time && isoText(time, 'datetime')))
})

it('takes no hostile text for a date, and fails at none', async () => {
  const texts = fc.sample(
    fc.oneof(fc.string({ unit: fc.constantFrom(...'0123456789-/.:T Z+') }), fc.string({ unit: 'binary' })),
    { numRuns: 200, seed: 3 },
  )
  const values = texts.map((text) => text.replaceAll(/[\0\r\n\p{Cs}]/gu, ''))
  expect((await read(values)).type).toBe('text')
  const rest = await bench.table(column([...values, '2024-03-01']), { types: 'v:date', onError: 'skip' })
  expect(rest.rows.map(({ v }) => v)).toContain('2024-03-01')
  expect(rest.rejects.length).toBeGreaterThan(100)
})
