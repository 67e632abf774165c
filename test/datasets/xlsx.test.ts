import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Cell, escaped, sheetData, workbook } from '../helpers/xlsx.ts'
import { type Bench, openBench, type Sending } from './harness.ts'

let bench: Bench
beforeAll(async () => {
  bench = await openBench()
})
afterAll(() => bench.close())

const xlsx = (words: Sending = {}): Sending => ({ format: 'xlsx', ...words })
const fixture = (name: string) => readFileSync(resolve(import.meta.dirname, `../fixtures/xlsx/${name}.xlsx`))
const codesOf = ({ warnings }: { warnings: readonly { code: string }[] }) => warnings.map(({ code }) => code)

describe('a workbook that a program has written', () => {
  const frame = [
    { n: 1, t: 'a', b: true, d: '2020-01-02T03:04:05' },
    { n: 2.5, t: 'ünï 😀', b: false, d: '1999-12-31T23:59:59.123' },
    { n: null, t: 'x\ny', b: true, d: '2020-02-29T00:00:00' },
    { n: 0.1, t: '<&>"', b: true, d: null },
    { n: 1e300, t: null, b: false, d: '1900-01-05T00:00:00' },
    { n: 12345678901, t: ' lead', b: true, d: '2024-01-01T12:00:00' },
  ]

  it('is read with its numbers, texts, booleans and dates', async () => {
    const { dataset, rows } = await bench.table(fixture('xlsxwriter'), xlsx())
    expect(rows).toEqual(frame)
    expect(dataset.columns.map(({ type }) => type).slice(0, 3)).toEqual(['number', 'text', 'boolean'])
    expect(codesOf(dataset)).not.toContain('format-found')
  })

  it('is read without the index of pandas, or with it', async () => {
    const { dataset, rows } = await bench.table(fixture('openpyxl'), xlsx())
    expect([rows, codesOf(dataset)]).toEqual([frame, expect.arrayContaining(['index-left-out'])])
    const kept = await bench.table(fixture('openpyxl'), xlsx({ index: 'keep' }))
    expect(kept.rows).toEqual(frame.map((row, index) => ({ index, ...row })))
  })

  it('may have dates of 1900, and times', async () => {
    expect((await bench.table(fixture('polars'), xlsx())).rows).toEqual([
      { d: '2020-01-01', t: '01:02:03', s: 'x' },
      { d: '1900-01-05', t: '23:59:59', s: 'y' },
      { d: '2020-01-03', t: '00:00:00', s: 'z' },
    ])
  })

  it('may have formulas, errors, elapsed times, formats with letters, and texts of several fonts', async () => {
    const { dataset, rows } = await bench.table(fixture('cells'), xlsx())
    const row = { time: '12:00:00', elapsed: 1.5, price: 1.1, text: 'abc' }
    expect(rows).toEqual([
      { ...row, sum: 2, error: 1, date: '2023-03-16' },
      { ...row, sum: 4, error: 2, date: '2023-03-17' },
      { ...row, sum: 6, error: null, date: '2023-03-18' },
    ])
    expect(dataset.warnings).toContainEqual(
      expect.objectContaining({ code: 'cell-errors', count: 1, lines: [4] }),
    )
  })
})

describe('the sheet of a workbook', () => {
  it('is the first that has a value, wherever its table begins', async () => {
    const { dataset, rows } = await bench.table(fixture('sheets'), xlsx())
    expect(rows).toEqual(['a', null, 'a', null, 'a', 'b'].map((y, index) => ({ x: index + 0.5, y })))
    const told = dataset.warnings.map(({ code, count, lines }) => [code, count, lines])
    expect(told.slice(0, 4)).toEqual([
      ['sheet-found', undefined, undefined],
      ['formulas-without-result', 1, [6]],
      ['merged-cells', 1, undefined],
      ['empty-rows', 1, [4]],
    ])
    expect(dataset.warnings[0]?.message).toMatch(/"Data & more".*"Empty", "Third".*sheet=Third/)
  })

  it('may be named, or numbered', async () => {
    for (const sheet of ['Third', 'third', '3'])
      expect((await bench.table(fixture('sheets'), xlsx({ sheet }))).rows).toEqual([{ a: 1, b: 2 }])
    expect((await bench.table(fixture('sheets'), xlsx({ sheet: 'Hidden' }))).rows).toEqual([{ secret: 7 }])
  })

  it.each([
    ['5', /no sheet "5".*"Empty", "Data & more", "Third", "Hidden"/],
    ['Fourth', /no sheet "Fourth"/],
    ['Empty', /No cell of the sheet "Empty" has a value/],
  ])('%s is refused', async (sheet, message) => {
    expect(await bench.refusal(fixture('sheets'), xlsx({ sheet }))).toMatchObject({
      code: 'invalid-dataset',
      message: expect.stringMatching(message),
    })
  })

  it('makes another data set, and the same again', async () => {
    const first = await bench.send(fixture('sheets'), xlsx())
    const named = await bench.send(fixture('sheets'), xlsx({ sheet: 'Third' }))
    expect(named.dataset.id).not.toBe(first.dataset.id)
    expect((await bench.send(fixture('sheets'), xlsx({ sheet: 'Third' }))).created).toBe(false)
  })
})

describe('a workbook that is recognized', () => {
  it.each([null, 'csv', 'ndjson'] as const)('where the request says %s, with a warning', async (format) => {
    const { dataset, rows } = await bench.table(fixture('xlsxwriter'), { format })
    expect(rows).toHaveLength(6)
    expect(dataset.warnings[0]).toMatchObject({
      code: 'format-found',
      message: expect.stringMatching(/spreadsheet \(\.xlsx\).*spreadsheetml/),
    })
  })
})

const table = (inside: string) => workbook({ sheets: { A: inside } })
const row = (line: number, ...cells: string[]) => `<row r="${line}">${cells.join('')}</row>`
const text = (at: string, value: string) => `<c r="${at}" t="inlineStr"><is><t>${value}</t></is></c>`
const number = (at: string, value: string | number, style = 0) =>
  `<c r="${at}" s="${style}"><v>${value}</v></c>`

describe('cells', () => {
  it('may say neither row nor column', async () => {
    const inside =
      '<sheetData><row><c t="str"><v>a</v></c><c t="str"><v>b</v></c></row><row><c><v>1</v></c><c><v>2</v></c></row></sheetData>'
    expect((await bench.table(table(inside), xlsx())).rows).toEqual([{ a: 1, b: 2 }])
  })

  it('may be written with prefixes, and share texts with reading aids', async () => {
    const file = workbook({
      sheets: {
        A: '<x:sheetData xmlns:x="x"><x:row r="1"><x:c r="A1" t="s"><x:v>0</x:v></x:c></x:row><x:row r="2"><x:c r="A2" t="s"><x:v>1</x:v></x:c></x:row></x:sheetData>',
      },
      texts: '<si><t>a</t></si><si><r><t>東</t></r><r><t>京_x000A_</t></r><rPh><t>トウキョウ</t></rPh></si>',
    })
    expect((await bench.table(file, xlsx({ types: 'a:text' }))).rows).toEqual([{ a: '東京\n' }])
  })

  it('keep the digits of whole numbers, and drop those that say nothing', async () => {
    const inside = `<sheetData>${row(1, text('A1', 'id'), text('B1', 'x'))}${row(2, number('A2', '12345678901234567890'), number('B2', '1.1000000000000001'))}</sheetData>`
    expect((await bench.table(table(inside), xlsx({ types: 'id:category,x:category' }))).rows).toEqual([
      { id: '12345678901234567890', x: '1.1' },
    ])
  })

  it('count days from 1904 where the workbook says so', async () => {
    const file = workbook({
      settings: '<workbookPr date1904="1"/>',
      styles: '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs>',
      sheets: {
        A: `<sheetData>${row(1, text('A1', 'd'))}${row(2, number('A2', 1, 1))}${row(3, number('A3', 0.5))}</sheetData>`,
      },
    })
    expect((await bench.table(file, xlsx())).rows).toEqual([{ d: '1904-01-02' }, { d: '0.5' }])
  })

  it('in a sheet without a header make columns by number, as wide as the widest row', async () => {
    const file = table(sheetData([[1], [2, 'x'], [3, null, 'y']]))
    expect((await bench.table(file, xlsx({ header: false }))).rows).toEqual([
      { column1: 1, column2: null, column3: null },
      { column1: 2, column2: 'x', column3: null },
      { column1: 3, column2: null, column3: 'y' },
    ])
  })

  it('above the table are left out by skip, and lines stay those of the sheet', async () => {
    const file = table(
      sheetData([['Sales of 2024'], [], ['city', 'price'], ['A', 1], ['B', 2, 'note'], ['C', 3]]),
    )
    const { rows, rejects } = await bench.table(file, xlsx({ skip: '2', onError: 'skip' }))
    expect(rows).toEqual([
      { city: 'A', price: 1 },
      { city: 'C', price: 3 },
    ])
    expect(rejects.map(({ line }) => line)).toEqual([5])
    const numbered = await bench.table(file, xlsx({ skip: '5', header: false }))
    expect(numbered.rows).toEqual([{ column1: 'C', column2: 3 }])
    // Without it, the refusal says how many rows to leave out.
    expect((await bench.refusal(file, xlsx())).problems?.[0]?.message).toMatch(/skip=2/)
    expect((await bench.refusal(file, xlsx({ skip: '6' }))).message).toMatch(
      /below the rows that skip=6 leaves out has a value/,
    )
  })

  it('beside the header are bad rows', async () => {
    const file = table(
      sheetData([
        ['a', 'b'],
        [1, 2],
        [3, 4, 'note'],
        [5, 6],
      ]),
    )
    expect((await bench.refusal(file, xlsx())).problems).toEqual([
      { line: 3, message: expect.stringMatching(/cell C3 has a value.*row 1 has no name/) },
    ])
    const { rows, rejects } = await bench.table(file, xlsx({ onError: 'skip' }))
    expect([rows.length, rejects]).toEqual([2, [{ line: 3, message: expect.anything(), text: '3,4,note' }]])
  })
})

describe('a workbook that is refused', () => {
  const rows = (count: number) =>
    Array.from({ length: count }, (_, index) => row(index + 2, number(`A${index + 2}`, index)))
  const head = row(1, text('A1', 'a'))
  const refused: Record<string, [file: Buffer | string, message: RegExp]> = {
    'for a title above its header': [
      table(sheetData([['Sales of 2024'], ['city', 'price', 'rooms'], ['A', 1, 2]])),
      /first that has a value.*no names for the columns B, C of row 2.*upload the file with skip=1/,
    ],
    'for several titles above its header': [
      table(
        sheetData([
          ['Sales'],
          ['of 2024'],
          [],
          ['city', 'price', 'rooms'],
          ['A', 1, 2],
          ['B', 3, 4],
          ['Total'],
        ]),
      ),
      /no names for the columns B, C of row 4.*upload the file with skip=3/,
    ],
    'for a title above more bad rows than an answer lists': [
      table(
        sheetData([['Sales'], ['of 2024'], ['a', 'b'], ...Array.from({ length: 200 }, (_, n) => [n, n])]),
      ),
      /upload the file with skip=2/,
    ],
    'for columns beyond the limit': [
      table(sheetData([Array.from({ length: 4_001 }, (_, index) => `c${index}`), [1, 2]])),
      /limit of 4,000 columns\. Leave out columns(?!.*header=false)/,
    ],
    'for a name that repeats': [
      table(
        sheetData([
          ['a', 'a'],
          [1, 2],
        ]),
      ),
      /same name/,
    ],
    'for entities': [
      workbook({
        sheets: { A: '' },
        files: {
          'xl/worksheets/sheet0.xml': `<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><worksheet><sheetData>${row(1, text('A1', '&b;'))}</sheetData></worksheet>`,
        },
      }),
      /damaged/,
    ],
    'for XML that breaks off': [table(`<sheetData>${head}<row`), /damaged/],
    'for a shared text that is not there': [
      table(`<sheetData>${head}<row r="2"><c t="s"><v>0</v></c></row></sheetData>`),
      /damaged/,
    ],
    'for a column beyond the last': [
      table(`<sheetData><row><c r="XFE1"><v>1</v></c></row></sheetData>`),
      /damaged/,
    ],
    'for rows out of order': [table(`<sheetData>${row(2, text('A2', 'a'))}${head}</sheetData>`), /damaged/],
    'for a number that is none': [
      table(`<sheetData>${head}${row(2, number('A2', 'x'))}</sheetData>`),
      /damaged/,
    ],
    'for elements without end': [table('<a>'.repeat(100_000)), /damaged/],
    'for a text without end': [
      table(`<sheetData>${head}<row r="2"><c><v>${'9'.repeat(20_000_000)}`),
      /damaged/,
    ],
    'for a part that is missing': [
      workbook({ sheets: { A: '' }, files: { '_rels/.rels': '<Relationships/>' } }),
      /damaged/,
    ],
    'for rows without a value': [
      table('<sheetData><row r="1"><c r="A1" s="1"/></row></sheetData>'),
      /No cell.*has a value.*"A"/,
    ],
    'for a header alone': [table(`<sheetData>${head}</sheetData>`), /no rows/],
    'for being an old workbook': [
      Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(600)]),
      /old Excel workbook.*\.xlsx/,
    ],
    'for being CSV': ['a,b\n1,2\n', /no spreadsheet.*text\/csv/],
    'for being cut off': [
      table(`<sheetData>${head}${rows(100).join('')}</sheetData>`).subarray(0, 900),
      /zip archive is damaged/,
    ],
  }
  it.each(Object.entries(refused))('%s', async (_, [file, message]) => {
    const error = await bench.refusal(file, xlsx())
    expect(error.code).toBe('invalid-dataset')
    expect([error.message, ...error.problems.map((problem) => problem.message)].join(' ')).toMatch(message)
  })

  it('where its table or its XML exceeds the limit of uploads', async () => {
    const small = await openBench({ maxUploadBytes: 20_000 })
    const wide = table(sheetData([['a'], ...Array.from({ length: 30 }, () => ['x'.repeat(1_000)])]))
    expect(await small.refusal(wide, xlsx())).toMatchObject({ code: 'payload-too-large' })
    const shared = workbook({
      sheets: { A: sheetData([['a'], [1]]) },
      texts: `<si><t>${'x'.repeat(200_000)}</t></si>`,
    })
    expect(await small.refusal(shared, xlsx())).toMatchObject({ code: 'payload-too-large' })
    await small.close()
  })
})

it('any table written as a workbook comes back equal', async () => {
  const textOfCell = fc
    .string({
      unit: fc.oneof(
        fc.constantFrom(...'"<&>_x0 \r\n\t\'\u0001'),
        fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
      ),
    })
    .map((value) => value.replaceAll('\0', '0').normalize('NFC'))
    .filter((value) => !/\p{Surrogate}/u.test(value))
  const cells = (more: number) => {
    const column = <T extends Cell>(value: fc.Arbitrary<T>) =>
      fc.array(fc.option(value, { freq: 5 }), { minLength: more, maxLength: more })
    return fc.tuple(
      column(textOfCell),
      column(fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0)),
      column(fc.boolean()),
      column(textOfCell),
    )
  }
  const comesBack = fc.asyncProperty(
    fc.integer({ min: 1, max: 30 }).chain(cells),
    fc.boolean(),
    async (columns, shared) => {
      const names = ['t', 'n', 'b', 's']
      const all = (columns[0] ?? []).map((_, index) => columns.map((column) => column[index] ?? null))
      // A row without a value is none, and a text without characters is no value.
      const rows = all
        .map((cells) => cells.map((cell) => (cell === '' ? null : cell)))
        .filter((cells) => cells.some((cell) => cell !== null))
      if (rows.length === 0) return
      const texts: string[] = []
      const file = shared
        ? workbook({
            sheets: {
              A: sheetData([names, ...rows]).replace(
                / t="inlineStr"><is>(.*?)<\/is>/gs,
                (_, inside: string) => ` t="s"><v>${texts.push(inside) - 1}</v>`,
              ),
            },
            texts: `${texts.map((inside) => `<si>${inside}</si>`).join('')}`,
          })
        : workbook({ sheets: { [escaped('A')]: sheetData([names, ...rows]) } })
      const read = await bench.table(file, xlsx({ types: 't:text,n:number,b:boolean,s:text' }))
      expect(read.rows.map((each) => names.map((name) => each[name]))).toEqual(rows)
    },
  )
  await fc.assert(comesBack, { numRuns: 30 })
})

it('any bytes of a workbook are accepted or refused', async () => {
  const file = fixture('sheets')
  const change = fc.record({ at: fc.nat({ max: file.length - 1 }), to: fc.integer({ min: 0, max: 255 }) })
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 5 }), async (changes) => {
      const bytes = Buffer.from(file)
      for (const { at, to } of changes) bytes[at] = to
      const sent = await bench.table(bytes, xlsx({ onError: 'skip' })).catch((error: unknown) => error)
      if (sent instanceof Error)
        expect(sent).toMatchObject({ code: expect.stringMatching(/^(invalid-dataset|payload-too-large)$/) })
    }),
    { numRuns: 40 },
  )
})
