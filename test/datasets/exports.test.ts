import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { headerLevels } from '../../src/datasets/reader/header-levels.ts'
import { type Bench, openBench, type Sending } from './harness.ts'

let bench: Bench
beforeAll(async () => {
  bench = await openBench()
})
afterAll(() => bench.close())

/** A file as a program or a person writes it, and what it is read as, or the one line that says what to add. */
interface Export {
  content: string | Buffer
  sending?: Sending
  /** Types of the columns. */
  types?: Record<string, string>
  /** The first row. */
  first?: Record<string, unknown>
  /** Codes of warnings that must be there. */
  told?: readonly string[]
  /** Message of the refusal, with what to add. */
  refused?: RegExp
}

const lines = (header: string, count: number, row: (index: number) => string, end = '\n') =>
  [header, ...Array.from({ length: count }, (_, index) => row(index)), ''].join(end)
const pick = <T>(values: readonly T[], index: number) => values[index % values.length]!
const cents = (value: number) => String(value % 100).padStart(2, '0')
const CP1252 = (text: string) => Buffer.from(text.replaceAll('€', '\x80'), 'latin1')

const exports: Record<string, Export> = {
  'a German bank, semicolons and windows-1252, says what to add': {
    content: CP1252(
      lines('Buchung;Empfänger;Betrag', 40, (i) => `Lastschrift;Müller;-${i + 1}.234,${cents(i)} €`),
    ),
    refused: /encoding=windows-1252/,
  },
  'a German bank, with that': {
    content: CP1252(
      lines('Buchung;Empfänger;Betrag', 40, (i) => `Lastschrift;Müller;-${i + 1}.234,${cents(i)} €`, '\r\n'),
    ),
    sending: { encoding: 'windows-1252' },
    types: { Buchung: 'category', Empfänger: 'category', Betrag: 'number' },
    first: { Buchung: 'Lastschrift', Empfänger: 'Müller', Betrag: -1234 },
    told: ['delimiter-found', 'decimal-commas', 'number-forms'],
  },
  'a French spreadsheet with narrow spaces': {
    content: lines(
      'région;montant;part',
      40,
      (i) => `${pick(['Nord', 'Sud'], i)};${i + 1}\u202f234,50 €;${i},5 %`,
    ),
    types: { région: 'category', montant: 'number', part: 'number' },
    first: { région: 'Nord', montant: 1234.5, part: 0.5 },
    told: ['number-forms'],
  },
  'pandas with columns of two levels and a plain index': {
    content: `,a,a,b\n${lines(',x,y,z', 40, (i) => `${i},${i}.5,2,3`)}`,
    refused: /two levels \(MultiIndex\)\. Upload it with skip=1, which takes the names of the second line/,
  },
  'pandas with columns of two levels, with that': {
    content: `,a,a,b\n${lines(',x,y,z', 40, (i) => `${i},${i}.5,2,3`)}`,
    sending: { skip: '1' },
    types: { x: 'number', y: 'number', z: 'number' },
  },
  'pandas with columns of two levels, each with the same lower names': {
    content: `a,a,b,b\n${lines('mean,std,mean,std', 3, (i) => `${i}.5,2,3,`)}`,
    refused: /Upload it with skip=2&header=false/,
  },
  'pandas after a grouping, whose index has a line of its own': {
    content: `,v,v\n,mean,std\n${lines('k,,', 40, (i) => `${pick(['a', 'b'], i)},${i}.5,1.0`)}`,
    refused: /Upload it with skip=3&header=false/,
  },
  'prices of shares with tickers below the names': {
    content: `Price,Close,Open\nTicker,AAPL,AAPL\n${lines('Date,,', 40, (i) => `2024-01-${10 + (i % 20)},${i}.5,1.0`)}`,
    refused: /Upload it with skip=3&header=false/,
  },
  'prices of shares, with that': {
    content: `Price,Close,Open\nTicker,AAPL,AAPL\n${lines('Date,,', 40, (i) => `2024-01-${10 + (i % 20)},${i}.5,1.0`)}`,
    sending: { skip: '3', header: false },
    types: { column1: 'date', column2: 'number', column3: 'number' },
  },
  'people, the first of an unknown age and the second of none': {
    content: 'name,age\nanna,unknown\nbob,\ncarl,31\ndora,40\n',
    types: { name: 'text', age: 'number' },
    first: { name: 'anna', age: null },
  },
  'sensors, the first without a reading and the second with gaps': {
    content: 'id,temp,wind\ns1,n/a,n/a\ns2,,\ns3,3.5,1\ns4,2.1,2\n',
    types: { id: 'text', temp: 'number', wind: 'number' },
    first: { id: 's1', temp: null, wind: null },
  },
  'pandas with columns of two levels below an empty line': {
    content: '\na,a\nx,y\n1,2\n',
    refused: /Upload it with skip=2, which takes the names of the second line/,
  },
  'pandas with columns of two levels below an empty line, with that': {
    content: '\na,a\nx,y\n1,2\n',
    sending: { skip: '2' },
    types: { x: 'number', y: 'number' },
  },
  'names of rows above a line with gaps, which is one header': {
    content: lines(',a,b', 40, (i) => (i === 0 ? ',x,y' : `r${i},p,q`)),
    sending: { index: 'keep' },
    types: { index: 'text', a: 'category', b: 'category' },
  },
  'a Swiss invoice list': {
    content: lines('Kunde;Total', 40, (i) => `${pick(['A', 'B'], i)};CHF ${i + 1}'234.50`),
    types: { Kunde: 'category', Total: 'number' },
    first: { Kunde: 'A', Total: 1234.5 },
    told: ['number-forms'],
  },
  'a ledger of an American accountant': {
    content: lines(
      'account,amount',
      40,
      (i) => `${pick(['4000', '5000'], i)},"${i % 2 ? `$${i},234.00 ` : ` (${i + 1},234.00)`}"`,
    ),
    types: { account: 'number', amount: 'number' },
    first: { account: 4000, amount: -1234 },
    told: ['number-forms'],
  },
  'an SAP list with trailing signs and bars': {
    content: lines(
      'Werk|Menge|Wert',
      40,
      (i) => `${pick(['0100', '0200'], i)}|${i + 1}.000,000|${i + 1}.234,50-`,
      '\r\n',
    ),
    types: { Werk: 'category', Menge: 'number', Wert: 'number' },
    told: ['delimiter-found', 'leading-zeros', 'decimal-commas', 'number-forms'],
  },
  'a Korean shop in UTF-16 with tabs': {
    content: Buffer.from(
      `\uFEFF${lines('상품\t가격\t재고', 40, (i) => `${pick(['사과', '배'], i)}\t₩${i + 1},200\t${i}개`)}`,
      'utf16le',
    ),
    types: { 상품: 'category', 가격: 'text', 재고: 'text' },
    told: ['delimiter-found', 'unclear-commas'],
  },
  'the Korean shop, with what the warning says': {
    content: Buffer.from(
      `\uFEFF${lines('상품\t가격\t재고', 40, (i) => `${pick(['사과', '배'], i)}\t₩${i + 1},200\t${i}개`)}`,
      'utf16le',
    ),
    sending: { decimal: '.' },
    types: { 상품: 'category', 가격: 'number', 재고: 'text' },
    first: { 상품: '사과', 가격: 1200, 재고: '0개' },
  },
  'a Japanese form with full-width numbers': {
    content: lines('都市,金額', 40, (i) => `${pick(['東京', '大阪'], i)},"￥${i + 1}，２００．５"`),
    types: { 都市: 'category', 金額: 'number' },
    first: { 都市: '東京', 金額: 1200.5 },
    told: ['number-forms'],
  },
  'a survey with codes for no answer': {
    content: lines(
      'age,income,answer',
      60,
      (i) => `${20 + i},${i % 6 ? i * 100 : 'k.A.'},${pick(['ja', 'nein', 'k.A.'], i)}`,
    ),
    types: { age: 'number', income: 'text', answer: 'category' },
    told: ['mixed-values'],
  },
  'the survey, with these codes named': {
    content: lines(
      'age,income,answer',
      60,
      (i) => `${20 + i},${i % 6 ? i * 100 : 'k.A.'},${pick(['ja', 'nein', 'k.A.'], i)}`,
    ),
    sending: { missing: 'k.A.', types: 'answer:boolean' },
    types: { age: 'number', income: 'number', answer: 'boolean' },
    first: { age: 20, income: null, answer: true },
  },
  'a spreadsheet with errors of its formulas': {
    content: lines('a;b;c', 40, (i) => `${i},5;${i % 9 ? i : '#DIV/0!'};${i % 8 ? `${i}%` : '#N/A'}`),
    types: { a: 'number', b: 'number', c: 'number' },
    first: { a: 0.5, b: null, c: null },
    told: ['placeholders', 'decimal-commas', 'number-forms'],
  },
  'an Indian export': {
    content: lines('city,price', 40, (i) => `${pick(['Pune', 'Delhi'], i)},"₹ 1${i % 9},34,567.00"`),
    types: { city: 'category', price: 'number' },
    first: { city: 'Pune', price: 1034567 },
    told: ['number-forms'],
  },
  'a Hive table': {
    content: lines(
      'id\x01name\x01score',
      40,
      (i) => `${i + 7}\x01${pick(['a', 'b'], i)}\x01${i % 5 ? `${i}.5` : '\\N'}`,
    ),
    types: { id: 'number', name: 'category', score: 'number' },
    first: { id: 7, name: 'a', score: null },
    told: ['delimiter-found', 'placeholders'],
  },
  'a web service, as a nested array': {
    content: JSON.stringify(
      Array.from({ length: 40 }, (_, i) => ({
        id: i,
        user: { name: pick(['a', 'b'], i), age: i },
        tags: ['x'],
      })),
    ),
    sending: { format: 'ndjson' },
    types: { id: 'number', 'user.name': 'category', 'user.age': 'number', tags: 'list' },
    first: { id: 0, 'user.name': 'a', 'user.age': 0, tags: ['x'] },
  },
  'a Korean workbook, with its dates': {
    content: lines('일시,별점', 40, (i) => `2024. ${1 + (i % 12)}. ${1 + (i % 28)}.,${i % 5}`),
    types: { 일시: 'date', 별점: 'number' },
    first: { 일시: '2024-01-01', 별점: 0 },
    told: ['times'],
  },
  'a German workbook with errors of formulas': {
    content: lines(
      'Probe;Wert',
      40,
      (i) => `${pick(['a', 'b'], i)};${i % 9 === 0 ? pick(['#NV', '#WERT!'], i) : `${i},5`}`,
    ),
    types: { Probe: 'category', Wert: 'number' },
    first: { Probe: 'a', Wert: null },
    told: ['placeholders'],
  },
  'dates with years of two digits': {
    content: lines('when,n', 40, (i) => `${1 + (i % 28)}/${1 + (i % 12)}/24,${i % 5}`),
    types: { when: 'text', n: 'number' },
    told: ['unclear-dates'],
  },
  'days and instants as numbers': {
    content: lines(
      'day,created_at,n',
      40,
      (i) => `202403${String(1 + (i % 28)).padStart(2, '0')},${1_700_000_000 + i * 977},${i % 5}`,
    ),
    types: { day: 'number', created_at: 'number', n: 'number' },
    told: ['dates-as-numbers'],
  },
  'a report with a row of sums': {
    content: lines('Product,Units', 40, (i) => (i === 39 ? 'Total:,9999' : `P${i % 5},${i}`)),
    types: { Product: 'category', Units: 'number' },
    told: ['total-row'],
  },
  'columns apart by spaces': {
    content: lines('x y class', 40, (i) => `${i} ${i * 2} ${pick(['a', 'b'], i)}`),
    types: { 'x y class': 'text' },
    told: ['one-column'],
  },
  'notes above the table': {
    content: `# station Busan\n# units: metric\n${lines('time,rain', 40, (i) => `${i},${i % 3}`)}`,
    refused: /skip=2/,
  },
  'notes above the table, with that': {
    content: `# station Busan\n# units: metric, in "mm\n${lines('time,rain', 40, (i) => `${i % 7}.5,${i % 3}`)}`,
    sending: { skip: '2' },
    types: { time: 'number', rain: 'number' },
    first: { time: 0.5, rain: 0 },
  },
  'a title above the table': {
    content: `Sales 2024,,\r\n,,\r\n${lines('region,units,won', 40, (i) => `N${i % 3},${i % 7},${pick(['y', 'n'], i)}`, '\r\n')}`,
    refused: /skip=2/,
  },
  'lines that end with a delimiter': {
    content: lines('a,b', 40, (i) => `${i},x,`),
    refused: /ends with ","/,
  },
  'texts with commas and without quotes': {
    content: lines('text,label', 40, (i) => `${i % 3 ? 'good, really good' : 'bad'} film ${i},p`),
    refused: /must stand in quotes/,
  },
  'quotes that are escaped by a backslash': {
    content: lines('text,label', 40, (i) => `"he said \\"hi ${i}\\" to me",p`),
    refused: /quotes=backslash/,
  },
  'a dump of a database': {
    content:
      '-- MySQL dump 10.13\n\nCREATE TABLE `t` (`a` int, `b` int);\nINSERT INTO `t` VALUES (1,2),(3,4);\n',
    refused: /SQL/,
  },
  'files that were joined with their headers': {
    content: `${lines('a,b', 140, (i) => `${i},y`)}${lines('a,b', 140, (i) => `${i},z`)}`,
    refused: /^Line 142 repeats the header, as where files were joined\. Leave it out with onError=skip/,
  },
  'three of them': {
    content: lines('a,b', 140, (i) => `${i},y`).repeat(3),
    refused: /^2 lines repeat the header.*Leave them out/,
  },
  'a bad line says how to leave it out': {
    content: lines('a,b', 40, (i) => (i === 7 ? 'x' : `${i},y`)),
    refused: /onError=skip/,
  },
  'two files that were joined twice': {
    content: lines('text,label', 40, (i) => `a text with the number ${i % 30} in it,${pick(['x', 'y'], i)}`),
    types: { text: 'text', label: 'category' },
    told: ['duplicate-rows'],
  },
  "R's write.table, with names of the rows and a header that is one field short": {
    content: lines(
      '"mpg" "cyl" "am"',
      40,
      (i) => `"car ${i}" ${i}.5 ${pick([4, 6], i)} "${pick(['a', 'm'], i)}"`,
    ),
    types: { mpg: 'number', cyl: 'number', am: 'category' },
    first: { mpg: 0.5, cyl: 4, am: 'a' },
    told: ['delimiter-found', 'index-left-out'],
  },
  "R's write.table, its names of rows kept": {
    content: lines('"mpg" "am"', 40, (i) => `"car ${i}" ${i}.5 "${pick(['a', 'm'], i)}"`),
    sending: { index: 'keep' },
    types: { index: 'text', mpg: 'number', am: 'category' },
    first: { index: 'car 0', mpg: 0.5, am: 'a' },
  },
  "R's write.table with tabs and without quotes": {
    content: lines('mpg\tam', 40, (i) => `${i + 1}\t${i}.5\t${pick(['a', 'm'], i)}`),
    types: { mpg: 'number', am: 'category' },
    first: { mpg: 0.5, am: 'a' },
    told: ['delimiter-found', 'index-left-out'],
  },
  'texts with commas and without quotes are no names of rows': {
    content: lines('text,label', 40, (i) => `Well${i}, it is good,${pick(['p', 'n'], i)}`),
    refused: /must stand in quotes/,
  },
  'a data frame whose index has names': {
    content: lines(',mpg', 40, (i) => `car ${i},${i}.5`),
    types: { mpg: 'number' },
    told: ['index-left-out'],
  },
  'a data frame whose index repeats says how to keep it': {
    content: lines(',mpg', 40, (i) => `${pick(['a', 'b'], i)},${i}.5`),
    refused: /header of the file is invalid/,
  },
  'a data frame whose index repeats, kept': {
    content: lines(',mpg', 40, (i) => `${pick(['a', 'b'], i)},${i}.5`),
    sending: { index: 'keep' },
    types: { index: 'category', mpg: 'number' },
  },
  'a spreadsheet with columns and rows that once had a value': {
    content: lines('a,b,label,,', 40, (i) => `${i},${i % 7},${pick(['p', 'n'], i)},,`, '\r\n'),
    types: { a: 'number', b: 'number', label: 'category' },
    first: { a: 0, b: 0, label: 'p' },
    told: ['nameless-columns'],
  },
  'a column without a name that has a value says what to add': {
    content: lines('a,label,', 40, (i) => `${i},${pick(['p', 'n'], i)},${i === 30 ? 'x' : ''}`),
    refused: /header of the file is invalid/,
  },
  'a report with names that repeat, by number': {
    content: lines('Issue,Labels,Labels', 40, (i) => `P-${i % 9},ui,${pick(['api', ''], i)}`),
    sending: { skip: '1', header: false },
    types: { column1: 'category', column2: 'category', column3: 'category' },
    first: { column1: 'P-0', column2: 'ui', column3: 'api' },
  },
  'notes of several lines between semicolons': {
    content: lines('id;note', 40, (i) => `${i % 9};"Good food;\nand a ""nice"" room ${i}"`),
    types: { id: 'number', note: 'text' },
    first: { id: 0, note: 'Good food;\nand a "nice" room 0' },
    told: ['delimiter-found'],
  },
  'texts of Markdown': {
    content: lines('text,label', 40, (i) => `"| a | b |\n|---|---|\n| ${i} | 2 |",${i % 2 ? 'x' : 'y'}`),
    types: { text: 'text', label: 'category' },
    first: { text: '| a | b |\n|---|---|\n| 0 | 2 |', label: 'y' },
  },
  'a list of SAP': {
    content: lines(
      `30.11.2024  Liste  1\n${'-'.repeat(30)}\n|Beleg|Betrag|\n${'-'.repeat(30)}`,
      40,
      (i) => `|${i}|1,5|`,
    ),
    refused: /drawn with lines of characters.*as CSV/,
  },
  'what the shell of MySQL prints': {
    content: lines('+----+----+\n| id | n  |\n+----+----+', 40, (i) => `| ${i} | x  |`),
    refused: /drawn with lines of characters/,
  },
  'what psql prints': {
    content: lines(' id | n \n----+---', 40, (i) => `  ${i} | x`),
    refused: /drawn with lines of characters/,
  },
}

it('names of rows that are left out are told of once, and those that other lines lack by the number of fields', async () => {
  const named = (i: number) => `"r${i}",${i}.5,${i % 2}`
  const { dataset } = await bench.table(lines('a,b', 40, named))
  expect(dataset.warnings.map(({ code }) => code)).toEqual(['index-left-out'])
  const { problems } = await bench.refusal(lines('a,b', 40, (i) => (i < 30 ? named(i) : `${i},1`)))
  expect(problems?.[0]?.message).toBe('The line has 2 fields, the first line below the header 3 fields')
})

it('a first column without a name that is no index is kept as any other column', async () => {
  const content = lines(',a', 40, (i) => `${i % 7}.5,${i % 5}`)
  const { dataset } = await bench.table(content, { index: 'keep' })
  expect(dataset.columns.map(({ name, leftOutAs }) => [name, leftOutAs])).toEqual([
    ['index', undefined],
    ['a', undefined],
  ])
})

it('the refusal of a header says what to add', async () => {
  const messageOf = async (content: string, sending?: Sending) =>
    (await bench.refusal(content, sending)).problems?.[0]?.message
  expect(await messageOf('a,b,a\n1,2,3\n')).toMatch(/skip=1&header=false/)
  expect(await messageOf('notes\na,b,a\n1,2,3\n', { skip: '1' })).toMatch(/skip=2&header=false/)
  expect(await messageOf('a,label,\n1,p,\n2,n,x\n')).toMatch(/no name \(column 3\)/)
  expect(await messageOf(lines(',mpg', 40, (i) => `x,${i}.5`))).toMatch(/index=keep/)
})

it('a cell of very many digits does not hold up the look for a header of two lines', () => {
  const digits = '1'.repeat(300_000)
  expect(headerLevels(['a,b', 'x,y', `${digits}x,z`], ',', 0)).toBeUndefined()
  expect(headerLevels(['a,a', 'x,y', ` ${digits} ,z`], ',', 0)).toEqual({ skipTo: 1, lines: 2 })
})

describe('an export of another program', () => {
  it.each(Object.entries(exports))(
    '%s',
    async (_, { content, sending, types, first, told = [], refused }) => {
      if (refused) {
        expect((await bench.refusal(content, sending)).message).toMatch(refused)
        return
      }
      const { dataset, rows } = await bench.table(content, sending)
      expect(Object.fromEntries(dataset.columns.map(({ name, type }) => [name, type]))).toEqual(types)
      if (first) expect(rows[0]).toEqual(first)
      expect(dataset.warnings.map(({ code }) => code)).toEqual(expect.arrayContaining([...told]))
    },
  )
})
