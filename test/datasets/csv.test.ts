import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Bench, openBench, type Sending } from './harness.ts'

let bench: Bench
beforeAll(async () => {
  bench = await openBench()
})
afterAll(() => bench.close())

const bytes = (...parts: (string | number[])[]) =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))))
const MIB = 1024 * 1024

describe('a CSV file that is read', () => {
  const read: Record<string, [string | Uint8Array, Record<string, unknown>[], Sending?]> = {
    'with LF': [
      'a,b\n1,x\n2,y\n',
      [
        { a: 1, b: 'x' },
        { a: 2, b: 'y' },
      ],
    ],
    'with CRLF and no line end at its end': [
      'a,b\r\n1,x\r\n2,y',
      [
        { a: 1, b: 'x' },
        { a: 2, b: 'y' },
      ],
    ],
    'with LF and CRLF mixed': [
      'a,b\n1,x\r\n2,y\n',
      [
        { a: 1, b: 'x' },
        { a: 2, b: 'y' },
      ],
    ],
    'with a BOM': ['\uFEFFa,b\n1,x\n', [{ a: 1, b: 'x' }]],
    'with a BOM before a quote': ['\uFEFF"a",b\n1,x\n', [{ a: 1, b: 'x' }]],
    'with a BOM that is text': ['a,b\n1,\uFEFFx\n', [{ a: 1, b: '\uFEFFx' }]],
    'with quotes, delimiters and line ends in quotes': [
      'a,b\n1,"x ""y"", z"\n2,"\r\n\n"\n3,""""\n',
      [
        { a: 1, b: 'x "y", z' },
        { a: 2, b: '\r\n\n' },
        { a: 3, b: '"' },
      ],
    ],
    'with a carriage return in quotes': ['a,b\n1,"x\ry"\n', [{ a: 1, b: 'x\ry' }]],
    'with gaps and empty texts': [
      'a,b\n1,\n2,""\n3,x\n',
      [
        { a: 1, b: null },
        { a: 2, b: '' },
        { a: 3, b: 'x' },
      ],
    ],
    'with spaces, which belong to a text': ['a, b\n1, x \n', [{ a: 1, ' b': ' x ' }]],
    'with blank lines at its end': ['a,b\n1,x\n\n\r\n', [{ a: 1, b: 'x' }]],
    'with one column, where a blank line is a gap': ['a\nx\n\ny\n\n', [{ a: 'x' }, { a: null }, { a: 'y' }]],
    'with tabs': ['a\tb\n1\tx,y\n', [{ a: 1, b: 'x,y' }], { delimiter: '\t' }],
    'with a delimiter of two code units': ['a😀b\n1😀"x😀y"\n', [{ a: 1, b: 'x😀y' }], { delimiter: '😀' }],
    'with other scripts': ['제목,é\n최고,naïve 😀\n', [{ 제목: '최고', é: 'naïve 😀' }]],
    'with line separators that are none in CSV': [
      'a,b\n1,x\u2028y\u0085z\n',
      [{ a: 1, b: 'x\u2028y\u0085z' }],
    ],
    'with names that differ in case': ['Text,text,TEXT\nx,y,z\n', [{ Text: 'x', text: 'y', TEXT: 'z' }]],
    'with a name that is SQL': [
      `"a'; DROP TABLE staging; --","""b"""\n1,x\n`,
      [{ "a'; DROP TABLE staging; --": 1, '"b"': 'x' }],
    ],
  }
  it.each(Object.entries(read))('%s', async (_, [content, rows, sending]) => {
    const table = await bench.table(content, sending)
    expect(table.rows).toEqual(rows)
    expect(table.dataset).toMatchObject({ rows: rows.length, rejected: 0 })
    expect(table.dataset.columns.map(({ name }) => name)).toEqual(Object.keys(rows[0]!))
  })

  it('keeps columns that are named like properties of every object', async () => {
    const { dataset, rows } = await bench.table('__proto__,constructor,toString\nx,y,z\nx,y,\n')
    expect(dataset.columns.map(({ name }) => name)).toEqual(['__proto__', 'constructor', 'toString'])
    expect(rows.map((row) => Object.entries(row))).toEqual([
      [
        ['__proto__', 'x'],
        ['constructor', 'y'],
        ['toString', 'z'],
      ],
      [
        ['__proto__', 'x'],
        ['constructor', 'y'],
        ['toString', null],
      ],
    ])
  })

  it('keeps a class that is named like one', async () => {
    const { dataset } = await bench.table('k\n__proto__\n__proto__\nconstructor\n__proto__\nconstructor\n')
    expect(Object.entries(dataset.columns[0]!.classes!)).toEqual([
      ['__proto__', 3],
      ['constructor', 2],
    ])
    const kept = await bench.datasets.get(dataset.id)
    expect(Object.entries(kept.columns[0]!.classes!)).toEqual([
      ['__proto__', 3],
      ['constructor', 2],
    ])
  })

  it('may have 4,000 columns', async () => {
    const names = Array.from({ length: 4_000 }, (_, index) => `c${index}`)
    const { rows } = await bench.table(`${names}\n${names.map((_, index) => index)}\n`)
    expect(rows).toEqual([Object.fromEntries(names.map((name, index) => [name, index]))])
  })

  it('may have thousands of columns of categories', async () => {
    const names = Array.from({ length: 2_200 }, (_, index) => `c${index}`)
    const lines = ['a', 'b', 'a', 'b', 'b'].map((value) => names.map(() => value))
    const { dataset } = await bench.send(`${names}\n${lines.join('\n')}\n`)
    expect(dataset.columns.at(-1)).toMatchObject({ type: 'category', classes: { a: 2, b: 3 } })
  })

  it('may have a field of 15 MiB', async () => {
    const long = 'é"\n,x'.repeat(2.5 * MIB)
    const { dataset } = await bench.send(`a,b\n"${long.replaceAll('"', '""')}",1\n`)
    const [kept] = await bench.textsOf(dataset.id, 'a')
    expect(kept === long, 'the field is what it was').toBe(true)
  })
})

describe('a CSV file that is refused', () => {
  const refused: Record<
    string,
    [string | Uint8Array, [line: number, column: string | undefined, RegExp][], Sending?]
  > = {
    'for too few and too many fields': [
      'a,b\n1,x\n1\n1,2,3\n',
      [
        [3, undefined, /1 field\b.*2 fields/],
        [4, undefined, /3 fields.*2 fields/],
      ],
    ],
    'for a quote that is not closed': ['a,b\n1,"x\n2,y\n', [[2, 'b', /not closed/]]],
    'for a quote that is not closed in the last field': ['a,b\n1,y\n2,"x', [[3, 'b', /not closed/]]],
    'for a quote inside': ['a,b\n1,x"y\n2,y\n', [[2, 'b', /quote/]]],
    'for a space before a quote': ['a,b\n1, "x"\n', [[2, 'b', /quote/]]],
    'for text after a quote': ['a,b\n1,"x"y\n', [[2, 'b', /after a closing quote/]]],
    'for a carriage return alone': ['a,b\n1,x\ry\n', [[2, 'b', /carriage return/]]],
    'for carriage returns as line ends': ['a,b\r1,x\r', [[1, undefined, /carriage return/]]],
    'for broken UTF-8': [bytes('a,b\n1,x\n2,', [0xff, 0xfe], '\n3,y\n'), [[3, undefined, /UTF-8/]]],
    'for UTF-8 that is cut off': [bytes('a,b\n1,', [0xe2, 0x82], '\n2,y\n'), [[2, undefined, /UTF-8/]]],
    'for an overlong UTF-8 form and a surrogate': [
      bytes('a,b\n1,', [0xc0, 0xaf], '\n2,', [0xed, 0xa0, 0x80], '\n'),
      [
        [2, undefined, /UTF-8/],
        [3, undefined, /UTF-8/],
      ],
    ],
    'for broken UTF-8 within quotes': [
      bytes('a,b\n1,"x\n', [0xff], '\n"\n2,y\n'),
      [[2, undefined, /Line 3 is not valid UTF-8/]],
    ],
    'for broken UTF-8 in the header': [bytes('a,', [0xff], '\n1,2\n'), [[1, undefined, /UTF-8/]]],
    'for a NUL': ['a,b\n1,x\0y\n2,z\n', [[2, 'b', /NUL/]]],
    'for a NUL in the header': ['a,b\0\n1,2\n', [[1, undefined, /NUL/]]],
    'for a repeated column name': ['a,b,a\n1,2,3\n', [[1, 'a', /same name/]]],
    'for a column name that is repeated in another normal form': [
      'caf\u00e9,cafe\u0301\n1,2\n',
      [[1, 'caf\u00e9', /same name/]],
    ],
    'for an empty column name': ['a,,c\n1,2,3\n', [[1, undefined, /no name.*column 2/]]],
    'for a column name of spaces': ['a, \n1,2\n', [[1, undefined, /no name/]]],
    'for a header that is not closed': ['a,"b\n1,2\n', [[1, undefined, /not closed/]]],
    'for too many columns': [
      `${Array.from({ length: 4_001 }, (_, i) => `c${i}`)}\n`,
      [[1, undefined, /4,000/]],
    ],
    'for the right lines after line ends in quotes': [
      'a,b\n1,"x\n\r\n\ny"\n1\n"\n",2\nz\n',
      [
        [6, undefined, /1 field\b/],
        [9, undefined, /1 field\b/],
      ],
    ],
    'for all bad lines in their order, whatever is wrong': [
      bytes(
        'a,b\n1,x\n1\n2,"y"z\n',
        [0xff],
        ',y\nbad,v\n',
        `${Array.from({ length: 200 }, (_, i) => `${i},w\n`).join('')}`,
      ),
      [
        [3, undefined, /1 field/],
        [4, 'b', /after a closing quote/],
        [5, undefined, /UTF-8/],
        [6, 'a', /"bad" is not a finite decimal number/],
      ],
    ],
  }
  it.each(Object.entries(refused))('%s', async (_, [content, problems, sending]) => {
    const error = await bench.refusal(content, sending)
    expect(error.code).toBe('invalid-dataset')
    expect(error.problems.map(({ line, column }) => [line, column])).toEqual(
      problems.map(([line, column]) => [line, column]),
    )
    for (const [index, [, , message]] of problems.entries())
      expect(error.problems[index]!.message).toMatch(message)
  })

  const whole: Record<string, [string | Uint8Array, RegExp]> = {
    'for being empty': ['', /empty/],
    'for being blank': ['\n\r\n\n', /empty/],
    'for having a BOM only': ['\uFEFF', /empty/],
    'for having a header only': ['a,b\n', /no rows/],
    'for being UTF-16 without a BOM': [Buffer.from('a,b\n1,2\n', 'utf16le'), /UTF-16/],
    'for being UTF-32': [bytes([0xff, 0xfe, 0, 0], 'a\0\0\0'), /UTF-32/],
  }
  it.each(Object.entries(whole))('%s', async (_, [content, message]) => {
    const error = await bench.refusal(content)
    expect(error).toMatchObject({
      code: 'invalid-dataset',
      message: expect.stringMatching(message),
      problems: [],
    })
  })

  it('names the first 100 of many bad lines', async () => {
    const error = await bench.refusal(`a,b\n${'1\n'.repeat(1_000)}`)
    expect(error.problems.map(({ line }) => line)).toEqual(
      Array.from({ length: 100 }, (_, index) => index + 2),
    )
    expect(error.message).toMatch(/more than 100/i)
  })

  it('leaves nothing behind', async () => {
    const own = await openBench()
    await own.refusal('a,b\n1\n')
    expect((await own.datasets.list({ limit: 10 })).items).toEqual([])
    expect(await own.store.children('')).toEqual([])
    await own.close()
  })
})

describe('onError=skip', () => {
  it('keeps the good lines, and the bad ones in their order with reason and text', async () => {
    const good = Array.from({ length: 200 }, (_, index) => `${index},w\n`).join('')
    const content = bytes(`a,b\n${good}1\ninf,"é, x"\n2,"y\n3,z\n4,q"\u2028\n5,`, [0xff], '\n')
    const { dataset, rows, rejects } = await bench.table(content, { onError: 'skip' })
    expect(dataset).toMatchObject({ rows: 201, rejected: 5 })
    expect(rows.at(-1)).toEqual({ a: 3, b: 'z' })
    expect(rejects).toEqual([
      { line: 202, message: 'The line has 1 field, the header 2 fields', text: '1' },
      { line: 203, column: 'a', message: '"inf" is not a finite decimal number', text: 'inf,é, x' },
      { line: 204, column: 'b', message: expect.stringMatching(/after a closing quote/), text: '2,"y' },
      { line: 206, column: 'b', message: expect.stringMatching(/quote/), text: '4,q"\u2028' },
      {
        line: 207,
        message: expect.stringMatching(
          /^Line 207 is not valid UTF-8; encoding=windows-1252 or windows-1254 would read it as "5,/,
        ),
        text: '5,\uFFFD',
      },
    ])
  })

  it('lists rejects in pages', async () => {
    const { dataset, rejects } = await bench.table(`a,b\n1,x\n${'1\n'.repeat(2_500)}`, { onError: 'skip' })
    expect(rejects.map(({ line }) => line)).toEqual(Array.from({ length: 2_500 }, (_, index) => index + 3))
    const page = await bench.datasets.rejects(dataset.id, { limit: 3 })
    expect(page.items.map(({ line }) => line)).toEqual([3, 4, 5])
    const next = await bench.datasets.rejects(dataset.id, { limit: 2, cursor: page.next! })
    expect(next.items.map(({ line }) => line)).toEqual([6, 7])
  })

  it('drops a line that is longer than a record may be', async () => {
    const content = `a,b\n"${'x'.repeat(17 * MIB)}",1\nq,2\n`
    const { rows, rejects } = await bench.table(content, { onError: 'skip' })
    expect(rows).toEqual([{ a: 'q', b: 2 }])
    expect(rejects).toMatchObject([
      { line: 2, message: expect.stringMatching(/exceeds the limit of 16 MiB/) },
    ])
    expect(rejects[0]!.text!.length).toBeLessThanOrEqual(1_000)
  })

  it('refuses a file without any good line, saying why', async () => {
    const error = await bench.refusal('a,b\n1\n2\n', { onError: 'skip' })
    expect(error).toMatchObject({ code: 'invalid-dataset', problems: [{ line: 2 }, { line: 3 }] })
  })
})
