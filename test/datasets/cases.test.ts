import { readFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Bench, openBench, type Sending } from './harness.ts'

let bench: Bench
beforeAll(async () => {
  bench = await openBench()
})
afterAll(() => bench.close())

const table = (header: string, count: number, row: (index: number) => string) =>
  `${[header, ...Array.from({ length: count }, (_, index) => row(index))].join('\n')}\n`
const uuid = (index: number) => `${(index * 7919).toString(16).padStart(8, '0')}-0a1b-4c2d-8e3f-000000000000`

/** What an upload is taken for: types of columns, what is left out, and the codes of its warnings with their columns. */
interface Case {
  content: string
  sending?: Sending
  columns: Record<string, object>
  warnings: object[]
}

const cases: Record<string, Case> = {
  'days of Excel are numbers, and told where their name says date': {
    content: table('orderDate,price,y', 40, (i) => `${45_352 + 3 * i}.5,${30_000 + i * i},${i % 7}`),
    columns: { orderDate: { type: 'number' }, price: { type: 'number' }, y: {} },
    warnings: [
      {
        code: 'dates-as-numbers',
        column: 'orderDate',
        message: expect.stringContaining('dates=orderDate:%E'),
      },
    ],
  },
  'and they are dates where the client says so, as are weeks': {
    content: table('d,w,y', 40, (i) => `${45_352 + i},2024-W${10 + i},${i % 7}`),
    sending: { dates: 'd:%E,w:%G-W%V' },
    columns: {
      d: { type: 'date', earliest: '2024-03-01', latest: '2024-04-09' },
      w: { type: 'date', earliest: '2024-03-04' },
      y: {},
    },
    warnings: [],
  },
  'C03: a placeholder in one of 16 rows is a missing number': {
    content: table('hp,y', 396, (i) => `${i % 16 === 0 ? '?' : i % 99},${i % 7}`),
    columns: { hp: { type: 'number', missing: 25 }, y: { type: 'number' } },
    warnings: [
      {
        code: 'placeholders',
        column: 'hp',
        count: 25,
        lines: [2, 18, 34, 50, 66],
        message: expect.stringContaining('"?" (25 rows)'),
      },
    ],
  },
  'C03: and so it is in one of 400': {
    content: table('hp,y', 400, (i) => `${i === 7 ? 'n/a' : i % 99},${i % 7}`),
    columns: { hp: { type: 'number', missing: 1 }, y: { type: 'number' } },
    warnings: [{ code: 'placeholders', count: 1, lines: [9] }],
  },
  'C03: the remedy keeps the placeholder as a class': {
    content: table('hp,y', 396, (i) => `${i % 16 === 0 ? '?' : i % 99},${i % 7}`),
    sending: { types: 'hp:category' },
    columns: { hp: { type: 'category', missing: 0 }, y: { type: 'number' } },
    warnings: [],
  },
  'a placeholder among booleans is a missing value as well': {
    content: table('b,y', 60, (i) => `${['true', 'false', 'NULL'][i % 3]},${i % 7}`),
    columns: { b: { type: 'boolean', missing: 20, classes: { false: 20, true: 20 } }, y: {} },
    warnings: [{ code: 'placeholders', column: 'b', count: 20 }],
  },
  'words among numbers make classes, and are told': {
    content: table('hp,y', 90, (i) => `${i % 9 === 0 ? 'broken' : i % 8},${i % 7}`),
    columns: { hp: { type: 'category' }, y: {} },
    warnings: [{ code: 'mixed-values', column: 'hp', count: 10, lines: [2, 11, 20, 29, 38] }],
  },
  'one word among numbers is told with a remedy that can be copied into the address': {
    content: table('h & p,y', 3, (i) => `${i === 1 ? 'broken' : i},${i}`),
    columns: { 'h & p': { type: 'text' }, y: {} },
    warnings: [
      {
        code: 'mixed-values',
        message: expect.stringMatching(/but one value is not, .* onError=skip&types=h%20%26%20p:number;/),
      },
    ],
  },
  'the remedy reads them as numbers without these rows': {
    content: table('hp,y', 90, (i) => `${i % 9 === 0 ? 'broken' : i % 8},${i % 7}`),
    sending: { types: 'hp:number', onError: 'skip' },
    columns: { hp: { type: 'number', missing: 0 }, y: {} },
    warnings: [{ code: 'rejected-lines', count: 10, lines: [2, 11, 20, 29, 38] }],
  },
  'C07: a column of UUIDs is left out of the inputs': {
    content: table('id,rooms,price', 60, (i) => `${uuid(i)},${i % 6},${(i % 6) * 10 + (i % 4)}`),
    columns: { id: { type: 'text', leftOutAs: 'identifier' }, rooms: {}, price: {} },
    warnings: [{ code: 'identifier-column', column: 'id', count: 60 }],
  },
  'a column of codes is left out though its different values are estimated as a quarter too few': {
    content: table('code,y', 200, (i) => `r372-${i},${i % 7}`),
    columns: { code: { type: 'text', leftOutAs: 'identifier' }, y: {} },
    warnings: [{ code: 'identifier-column', column: 'code', count: 200 }],
  },
  'C08: an empty label is a missing one': {
    content: table('text,label', 60, (i) => `"film ${i}","${['pos', 'neg', ''][i % 3]}"`),
    columns: { text: { type: 'text' }, label: { missing: 20, classes: { neg: 20, pos: 20 } } },
    warnings: [{ code: 'empty-values', column: 'label', count: 20 }],
  },
  'C11: a decimal comma makes a number': {
    content: table('a;b', 60, (i) => `${i},5;${i % 7}`),
    columns: { a: { type: 'number', min: 0.5, max: 59.5 }, b: { type: 'number' } },
    warnings: [
      { code: 'delimiter-found', message: expect.stringContaining('";"') },
      { code: 'decimal-commas', column: 'a', count: 60 },
    ],
  },
  'a comma before three digits may be of either kind': {
    content: table('a;b', 60, (i) => `${1 + (i % 9)},${String(i % 5).padStart(3, '0')};${i % 7}`),
    columns: { a: { type: 'text' }, b: {} },
    warnings: [{ code: 'delimiter-found' }, { code: 'unclear-commas', column: 'a', count: 60 }],
  },
  'and the other values of the column, or the client, say of which': {
    content: table('a;b;c', 60, (i) => `${1 + (i % 9)},${String(i % 5).padStart(3, '0')};${i % 7};2.50`),
    sending: { decimal: ',' },
    columns: { a: { type: 'number', min: 1, max: 9.004, cells: { decimal: ',' } }, b: {}, c: { min: 2.5 } },
    warnings: [{ code: 'delimiter-found' }, { code: 'decimal-commas', column: 'a', count: 60 }],
  },
  'amounts of accountants are numbers, and told': {
    content: table(
      'usd,eur',
      60,
      (i) => `"${i % 2 ? '$1,234.50' : '(1,234)'}","${i === 5 ? '1.234' : `${i + 1}.234,50 €`}"`,
    ),
    columns: {
      usd: { type: 'number', min: -1234, max: 1234.5, cells: { decimal: '.', units: ['', 'USD'] } },
      eur: { type: 'number', min: 1234, cells: { decimal: ',', units: ['', 'EUR'] } },
    },
    warnings: [
      { code: 'number-forms', column: 'usd', count: 60, message: expect.stringContaining('USD') },
      { code: 'decimal-commas', column: 'eur' },
      { code: 'number-forms', column: 'eur' },
    ],
  },
  'one number in another writing is as good as many': {
    content: table('a,b', 300, (i) => `${i === 3 ? '"1,234"' : `${i}.5`},${i === 4 ? '"3,5"' : i % 7}`),
    columns: { a: { type: 'number', max: 1234 }, b: { type: 'number' } },
    warnings: [
      { code: 'number-forms', column: 'a', count: 1, lines: [5] },
      { code: 'decimal-commas', column: 'b', count: 1, lines: [6] },
    ],
  },
  'blank lines are left out': {
    content: `\n\n${table('a,b', 30, (i) => `${i % 8},${i % 7}\n`)}`,
    columns: { a: { type: 'number', missing: 0 }, b: { type: 'number', missing: 0 } },
    warnings: [
      {
        code: 'empty-rows',
        count: 31,
        lines: [1, 2, 5, 7, 9],
        message: '31 lines are blank and were left out.',
      },
    ],
  },
  'blank lines of NDJSON are left out': {
    content: '\n{"a":1}\n \r\n\n{"a":2}\n\n',
    sending: { format: 'ndjson' },
    columns: { a: { type: 'number', missing: 0 } },
    warnings: [{ code: 'empty-rows', count: 3, lines: [1, 3, 4] }],
  },
  'blank lines are rows with a missing value in a file of one column': {
    content: 'a\n1\n\n3\n',
    columns: { a: { type: 'number', missing: 1 } },
    warnings: [],
  },
  'bars around a table make no columns': {
    content: table('|a|b|', 30, (i) => `|${i % 8}|${i % 7}|`),
    columns: { a: { type: 'number' }, b: { type: 'number' } },
    warnings: [
      { code: 'delimiter-found' },
      { code: 'nameless-columns', message: expect.stringContaining('the first 3 columns') },
      {
        code: 'nameless-columns',
        message: 'The first column has neither a name nor a value, and is left out.',
      },
    ],
  },
  'percent is the number before its sign': {
    content: table('p,y', 60, (i) => `${i}.5%,${i % 7}`),
    columns: { p: { type: 'number', min: 0.5, max: 59.5, cells: { units: ['%'] } }, y: {} },
    warnings: [{ code: 'number-forms', count: 60, message: expect.stringContaining('12.5% is 12.5') }],
  },
  'several currencies, or percent beside none, are no number': {
    content: table('m,p', 60, (i) => `${i % 2 ? '$5' : '€4'},${i % 2 ? '5%' : '0.05'}`),
    columns: { m: { type: 'category' }, p: { type: 'category' } },
    warnings: [
      { code: 'mixed-units', column: 'm', count: 60, message: expect.stringContaining('types=m:number') },
      { code: 'mixed-units', column: 'p', count: 60 },
    ],
  },
  'unless the client says so': {
    content: table('m,p', 60, (i) => `${i % 2 ? '$5' : '€4'},${i % 2 ? '5%' : '0.05'}`),
    sending: { types: 'm:number,p:number' },
    columns: { m: { type: 'number', min: 4, max: 5 }, p: { type: 'number', min: 0.05, max: 5 } },
    warnings: [{ code: 'number-forms' }, { code: 'number-forms' }],
  },
  'a point may separate thousands where the file has decimal commas': {
    content: table('a;b;c', 60, (i) => `${i},5;${1 + (i % 9)}.234;${i % 9}.234`),
    columns: { a: {}, b: { type: 'number', min: 1.234 }, c: { type: 'number', min: 0.234 } },
    warnings: [
      { code: 'delimiter-found' },
      { code: 'decimal-commas', column: 'a' },
      { code: 'unclear-points', column: 'b', count: 60, message: expect.stringContaining('decimal=%2C') },
    ],
  },
  'and does where the client says so': {
    content: table('a;b', 60, (i) => `${i},5;${1 + (i % 9)}.234`),
    sending: { decimal: ',' },
    columns: { a: {}, b: { type: 'number', min: 1234, max: 9234 } },
    warnings: [
      { code: 'delimiter-found' },
      { code: 'decimal-commas' },
      { code: 'number-forms', column: 'b' },
    ],
  },
  'texts that the client calls missing are missing everywhere': {
    content: table(
      'n,c,t,y',
      60,
      (i) => `${i % 3 ? i : 99},${i % 3 ? 'x' : ' K.A.'},${i % 3 ? `text ${i} of it` : 'k.A.'},1`,
    ),
    sending: { missing: 'k.a.,99' },
    columns: {
      n: { type: 'number', missing: 20, max: 59, cells: { missing: ['99', 'k.a.'] } },
      c: { type: 'category', missing: 20, classes: { x: 40 } },
      t: { type: 'text', missing: 20 },
      y: { missing: 0 },
    },
    warnings: [{ code: 'duplicate-rows', count: 19 }],
  },
  'words are booleans where the client says so': {
    content: table('a,b', 60, (i) => `${['yes', 'N', 'Ja', 'nein', '예', '아니오', '?'][i % 7]},${i % 7}`),
    sending: { types: 'a:boolean' },
    columns: {
      a: { type: 'boolean', missing: 8, classes: { false: 26, true: 26 }, cells: { words: true } },
      b: {},
    },
    warnings: [{ code: 'placeholders', column: 'a', count: 8 }],
  },
  'what decided and what does not fit are told on both sides of a threshold': {
    content: table(
      'most,many',
      400,
      (i) => `${i % 200 === 5 ? 'broken' : i},${i % 9 === 5 ? 'broken' : i % 8}`,
    ),
    sending: { onError: 'skip' },
    columns: {
      most: {
        type: 'number',
        decidedBy: { values: 400, fitting: 398, others: [{ value: 'broken', rows: 2, lines: [7, 207] }] },
      },
      many: {
        type: 'category',
        decidedBy: {
          values: 400,
          fitting: 400,
          others: [{ value: 'broken', rows: 44, lines: [7, 16, 25, 34, 43] }],
        },
      },
    },
    warnings: [{ code: 'rejected-lines' }, { code: 'mixed-values' }],
  },
  'C13: labels that differ in case or spaces are told': {
    content: table('t,label', 80, (i) => `w${i} q,${['pos', 'pos ', 'Pos', 'neg'][i % 4]}`),
    columns: { t: {}, label: { type: 'category' } },
    warnings: [{ code: 'similar-classes', column: 'label', count: 60 }],
  },
  'C14: leading zeros of one width make a category': {
    content: table('zip,y', 90, (i) => `${String((i % 9) + 1).padStart(5, '0')},${i % 7}`),
    columns: { zip: { type: 'category', classes: expect.objectContaining({ '00003': 10 }) }, y: {} },
    warnings: [{ code: 'leading-zeros', column: 'zip', count: 90 }],
  },
  'C14: the remedy makes a number': {
    content: table('zip,y', 90, (i) => `${String((i % 9) + 1).padStart(5, '0')},${i % 7}`),
    sending: { types: 'zip:number' },
    columns: { zip: { type: 'number', min: 1, max: 9 }, y: {} },
    warnings: [],
  },
  'C15: labels that share parts are told': {
    content: table('t,label', 90, (i) => `w${i} q,${['a', 'a|b', 'b'][i % 3]}`),
    columns: { t: {}, label: { type: 'category' } },
    warnings: [{ code: 'combined-classes', column: 'label', count: 30 }],
  },
  'C17: an index without a name is left out': {
    content: ',text,label\n0,good,pos\n1,bad,neg\n',
    columns: { text: {}, label: {} },
    warnings: [{ code: 'index-left-out', message: expect.stringContaining('index=keep') }],
  },
  'C17: and kept on demand': {
    content: ',text,label\n4,good,pos\n1,bad,neg\n',
    sending: { index: 'keep' },
    columns: { index: { type: 'number', leftOutAs: 'row-number' }, text: {}, label: {} },
    warnings: [{ code: 'row-number', column: 'index' }],
  },
  'C17: a column that counts the rows is left out of the inputs': {
    content: table('n,x,label', 200, (i) => `${i},${(i * 7) % 13},${i < 100 ? 'a' : 'b'}`),
    columns: { n: { leftOutAs: 'row-number' }, x: {}, label: {} },
    warnings: [{ code: 'row-number', column: 'n' }],
  },
  'a column that counts the rows in another order is left out, whatever its name': {
    content: table(
      'shuffled,x,label',
      200,
      (i) => `${((i * 37) % 200) + 1},${(i * 7) % 13},${i < 100 ? 'a' : 'b'}`,
    ),
    columns: { shuffled: { leftOutAs: 'row-number' }, x: {}, label: {} },
    warnings: [{ code: 'row-number', column: 'shuffled' }],
  },
  'an index that was saved twice is left out by its name': {
    content: table(
      'Unnamed: 0,No.,x,label',
      60,
      (i) => `${i * 3},${900 - i * 2},${i % 13},${i < 30 ? 'a' : 'b'}`,
    ),
    columns: {
      'Unnamed: 0': { leftOutAs: 'identifier' },
      'No.': { leftOutAs: 'identifier' },
      x: {},
      label: {},
    },
    warnings: [
      { code: 'identifier-column', column: 'Unnamed: 0' },
      { code: 'identifier-column', column: 'No.' },
    ],
  },
  'an id in another order is left out as well, and a number of 20 different ones is not': {
    content: table(
      'customer_id,paid,label',
      40,
      (i) => `${(i * 17) % 41},${(i * 11) % 41},${i < 20 ? 'a' : 'b'}`,
    ),
    columns: { customer_id: { leftOutAs: 'identifier' }, paid: {}, label: {} },
    warnings: [{ code: 'identifier-column', column: 'customer_id' }],
  },
  'ids of a statistics program are left out, whose names are one word': {
    content: table(
      'caseid,RESPID,paid,label',
      40,
      (i) => `${1001 + i * 3},${(i * 17) % 41},${(i * 11) % 41},${i < 20 ? 'a' : 'b'}`,
    ),
    columns: {
      caseid: { leftOutAs: 'identifier' },
      RESPID: { leftOutAs: 'identifier' },
      paid: {},
      label: {},
    },
    warnings: [
      { code: 'identifier-column', column: 'caseid' },
      { code: 'identifier-column', column: 'RESPID' },
    ],
  },
  'ids of more digits than a number holds are left out, although rounding makes some of them equal': {
    content: table(
      'tweet_id,x,label',
      60,
      (i) => `${9_007_199_254_740_992n + BigInt(i * 7)},${i % 13},${i < 30 ? 'a' : 'b'}`,
    ),
    columns: { tweet_id: { type: 'number', leftOutAs: 'identifier' }, x: {}, label: {} },
    warnings: [{ code: 'identifier-column', column: 'tweet_id' }],
  },
  'ids of as many digits that name groups of rows may be inputs': {
    content: table('user_id,label', 60, (i) => `${9_007_199_254_740_992n + BigInt(i % 6) * 64n},${i % 2}`),
    columns: { user_id: { type: 'number' }, label: {} },
    warnings: [],
  },
  'spaces around names and around all classes are told, since requests have to repeat them': {
    content: table('x, kind ,label', 60, (i) => `${i % 13}, ${'uv'[i % 2]},${i < 30 ? ' a' : ' b '}`),
    columns: { x: {}, ' kind ': { type: 'category' }, label: { classes: { ' a': 30, ' b ': 30 } } },
    warnings: [
      { code: 'outer-spaces', column: ' kind ', message: expect.stringContaining('" kind "') },
      { code: 'outer-spaces', column: ' kind ', count: 60, message: expect.stringContaining('" u", " v"') },
      { code: 'outer-spaces', column: 'label', count: 60, message: expect.stringContaining('" a", " b "') },
    ],
  },
  'points in time are told': {
    content: table(
      'at,y',
      60,
      (i) => `2024-01-${String((i % 28) + 1).padStart(2, '0')}T10:${10 + (i % 50)}:00Z,${i % 7}`,
    ),
    columns: { at: { type: 'datetime', format: '%Y-%m-%d' }, y: {} },
    warnings: [{ code: 'times', column: 'at', count: 60 }],
  },
  'C22: a header that looks like a row is told': {
    content: '5,great product\n1,broken after a day\n4,works well\n',
    columns: { '5': { type: 'number' }, 'great product': {} },
    warnings: [
      { code: 'header-like-data', column: '5', lines: [1], message: expect.stringContaining('header=false') },
    ],
  },
  'C22: and its remedy reads all rows': {
    content: '5,great product\n1,broken after a day\n4,works well\n',
    sending: { header: false },
    columns: { column1: { type: 'number', min: 1, max: 5 }, column2: {} },
    warnings: [],
  },
  'counted names are a header': {
    content: '0,1,2,label\n5,6,7,a\n5,6,8,b\n5,6,7,a\n5,6,8,b\n5,6,8,b\n',
    columns: { '0': {}, '1': {}, '2': {}, label: {} },
    warnings: [],
  },
  'C-H7: a line that names the delimiter is obeyed': {
    content: 'sep=;\nx;y\n1;2\n3;4\n',
    columns: { x: { type: 'number', min: 1, max: 3 }, y: { type: 'number' } },
    warnings: [{ code: 'delimiter-found' }],
  },
  'a tab is found': {
    content: 'x\ty\n"1, 2"\t2\na\t4\n',
    columns: { x: { type: 'text' }, y: { type: 'number' } },
    warnings: [{ code: 'delimiter-found', message: expect.stringContaining('tabs') }],
  },
  'a header with a comma is one of commas': {
    content: 'x,y;z\n1,2\n3,4\n',
    columns: { x: {}, 'y;z': {} },
    warnings: [],
  },
  'C01: sentences that repeat are told': {
    content: table('text,y', 24, (i) => `${['where is my parcel', 'reset my password'][i % 2]},${i % 7}`),
    columns: { text: { type: 'text' }, y: {} },
    warnings: [{ code: 'repeated-sentences', column: 'text', count: 24 }],
  },
}

describe('an option that says nothing in the format of the file', () => {
  it.each<[string, Sending, string]>([
    ['a sheet of a CSV file', { sheet: '2' }, '/sheet'],
    ['an encoding of Parquet', { format: 'parquet', encoding: 'utf-8' }, '/encoding'],
    ['a delimiter of JSON', { format: 'ndjson', delimiter: ';' }, '/delimiter'],
    ['no header of JSON', { format: 'ndjson', header: false }, '/header'],
    ['an index of JSON', { format: 'ndjson', index: 'keep' }, '/index'],
    ['a delimiter of an Arrow file', { format: 'arrow', delimiter: ';' }, '/delimiter'],
    ['an archive entry of a CSV file', { entry: 'a.csv' }, '/entry'],
  ])('is refused: %s', async (_, sending, path) => {
    const { code, problems, message } = await bench.refusal('x,y\n1,2\n', sending)
    expect(code).toBe('invalid-dataset')
    expect(problems.map((problem) => problem.path)).toEqual([path])
    expect(message).toContain(path.slice(1))
  })
})

describe('a file from the field', () => {
  it.each(Object.entries(cases))('%s', async (_, { content, sending = {}, columns, warnings }) => {
    const { dataset } = await bench.send(content, sending)
    expect(dataset.columns.map(({ name }) => name)).toEqual(Object.keys(columns))
    for (const [name, column] of Object.entries(columns))
      expect(dataset.columns.find((each) => each.name === name)).toMatchObject(column)
    expect(dataset.warnings).toHaveLength(warnings.length)
    expect(dataset.warnings).toMatchObject(warnings)
  })

  it('is told of no more than 20 columns alike, and of the number of the others', async () => {
    const names = Array.from({ length: 25 }, (_, index) => `zip${index}`)
    const codes = table(names.join(','), 30, (row) => names.map(() => `0${row % 5}`).join(','))
    const { dataset } = await bench.send(codes)
    expect(dataset.warnings).toHaveLength(21)
    expect(dataset.warnings.at(-1)).toEqual({
      code: 'leading-zeros',
      message: 'The same is true of 5 more columns.',
    })
    const listed = (await bench.datasets.list({ limit: 10 })).items[0]
    expect(listed?.warnings).toHaveLength(10)
  })

  it('has its rows behind the line that names the delimiter, and all rows without a header', async () => {
    expect((await bench.table('sep=;\nx;y\n1;2\n3;4\n')).rows).toEqual([
      { x: 1, y: 2 },
      { x: 3, y: 4 },
    ])
    expect((await bench.table('5,a b\n1,c\n', { header: false })).rows).toEqual([
      { column1: 5, column2: 'a b' },
      { column1: 1, column2: 'c' },
    ])
  })
})

const examples = new URL('../../examples/', import.meta.url)
const bytes = (hex: string, length = 600) => Buffer.concat([Buffer.from(hex, 'hex'), Buffer.alloc(length)])

describe('a file that is something else is refused in one line', () => {
  const others: Record<string, [content: string | Buffer, message: RegExp, sending?: Sending]> = {
    'C16: line ends that curl has removed': [
      'text,label"A wonderful film",pos"A dull film",neg',
      /no line ends.*--data-binary/,
    ],
    'C16: a header without a row behind it': ['text,label,good film,pos', /no line ends.*--data-binary/],
    'C16: objects without line ends': ['{"a":1}{"a":2}', /no line ends.*--data-binary/, { format: 'ndjson' }],
    'UTF-16 without a mark': [Buffer.from('a,b\n1,2\n', 'utf16le'), /encoding=utf-16le/],
    'UTF-32': [Buffer.from('fffe000061000000', 'hex'), /UTF-32.*iconv/],
    'a JSON array as CSV': ['[\n {"a":1},\n {"a":2}]', /JSON array.*application\/json/],
    'NDJSON as CSV': ['{"a":1,"b":2}\n{"a":2,"b":3}\n', /JSON objects.*application\/x-ndjson/],
    'a zip': [bytes('504b0304'), /zip archive is damaged/],
    zstd: [bytes('28b52ffd'), /zstd data is damaged/],
    'an old spreadsheet': [bytes('d0cf11e0a1b11ae1'), /old Excel workbook.*\.xlsx.*CSV/],
    'an HTML page': ['<!DOCTYPE html>\n<html><body>404</body></html>\n', /HTML page/],
    bzip2: [bytes('425a68393141592653590a'), /bunzip2/],
    'Parquet as CSV': [bytes('5041523115'), /not a Parquet file, is damaged/],
    'gzip within gzip within gzip': [
      gzipSync(gzipSync(gzipSync('a,b\n1,2\n'))),
      /gzip within/,
      { gzip: true },
    ],
    'Latin-1': [Buffer.from('a,b\n1,café\n2,où\n', 'latin1'), /not UTF-8.*encoding=windows-1252/],
    'a header of Latin-1': [Buffer.from('prénom,b\n1,x\n2,y\n', 'latin1'), /encoding=windows-1252/],
    'Korean of code page 949': [
      Buffer.concat([Buffer.from('a,b\n1,'), Buffer.from('c7d1b1db', 'hex'), Buffer.from('\n')]),
      /encoding=cp949/,
    ],
  }
  it('but names of columns that begin like the first bytes of a format are names', async () => {
    for (const name of ['PAR1', 'BZh'])
      expect((await bench.table(`${name},b\n1,2\n`)).rows).toEqual([{ [name]: 1, b: 2 }])
    expect((await bench.table('PAR1\n7\n8\n')).rows).toEqual([{ PAR1: 7 }, { PAR1: 8 }])
  })
  it('and a quote in the line that names the delimiter is none', async () => {
    expect((await bench.refusal('sep="\na"b\n1"2\n')).message).toMatch(/header/)
  })

  it.each(Object.entries(others))('%s', async (_, [content, message, sending]) => {
    const error = await bench.refusal(content, sending)
    expect(error.code).toBe('invalid-dataset')
    expect(error.message).toMatch(message)
    expect(error.message).not.toContain('\n')
  })

  it('and the examples of the repository are read without a warning', async () => {
    for (const name of ['reviews.csv', 'houses.csv']) {
      const { dataset } = await bench.send(await readFile(new URL(name, examples)))
      expect(dataset.warnings).toEqual([])
    }
  })
})
