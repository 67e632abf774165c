import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Bench, openBench, type Sending } from './harness.ts'

let bench: Bench
beforeAll(async () => {
  bench = await openBench()
})
afterAll(() => bench.close())

const ndjson = (words: Sending = {}): Sending => ({ format: 'ndjson', ...words })

describe('an NDJSON file that is read', () => {
  const read: Record<string, [string, Record<string, unknown>[], Sending?]> = {
    'with numbers, truths, texts and gaps': [
      '{"n":1,"b":true,"t":"x"}\n{"n":-2.5e3,"b":false,"t":null}\n{"n":null,"b":null,"t":""}\n',
      [
        { n: 1, b: true, t: 'x' },
        { n: -2500, b: false, t: null },
        { n: null, b: null, t: '' },
      ],
    ],
    'with a BOM, CRLF and spaces': ['\uFEFF {"a":"x"} \r\n\t{"a":"y"}', [{ a: 'x' }, { a: 'y' }]],
    'with keys that come late': [
      '{"a":1}\n{"b":2}\n{}\n',
      [
        { a: 1, b: null },
        { a: null, b: 2 },
        { a: null, b: null },
      ],
    ],
    'with the last of two values of a key': ['{"a":"x","a":"y"}\n', [{ a: 'y' }]],
    'with escapes': ['{"\\u00e9":"\\ud83d\\ude00 \\n\\"\\u2028"}\n', [{ é: '😀 \n"\u2028' }]],
    'with keys and a category in two normal forms': [
      [
        '{"caf\u00e9":"\ud55c"}',
        '{"cafe\u0301":"\u1112\u1161\u11ab"}',
        '{"café":"b"}',
        '{"café":"b"}',
        '{"café":"b"}',
        '',
      ].join('\n'),
      ['\ud55c', '\ud55c', 'b', 'b', 'b'].map((value) => ({ 'caf\u00e9': value })),
    ],
    'with lists': [
      '{"l":["b","a"]}\n{"l":[]}\n{"l":null}\n{}\n{"l":[1,true,"e\u0301","a|b"]}\n',
      [{ l: ['b', 'a'] }, { l: [] }, { l: null }, { l: null }, { l: ['1', 'true', '\u00e9', 'a|b'] }],
    ],
    'with objects inside, under flattened names': [
      '{"id":"x","at":{"city":"Seoul","geo":{"lat":37.5,"n":1152921504606846976}}}\n{"at":{"city":null,"l":["p"]},"e":{}}\n',
      [
        { id: 'x', 'at.city': 'Seoul', 'at.geo.lat': 37.5, 'at.geo.n': 2 ** 60, 'at.l': null },
        { id: null, 'at.city': null, 'at.geo.lat': null, 'at.geo.n': null, 'at.l': ['p'] },
      ],
    ],
    'with the digits of large numbers in objects inside': [
      '{"a":{"l":["x,}",["y"]]},"b":{"n":12345678901234567890}}\n'.replace(',["y"]', ''),
      [{ 'a.l': ['x,}'], 'b.n': '12345678901234567890' }],
      { types: 'b.n:text' },
    ],
    'with a decimal comma in texts, beside numbers of JSON': [
      '{"a":"1.234","b":1.234}\n{"a":"3,5","b":2.5}\n',
      [
        { a: 1234, b: 1.234 },
        { a: 3.5, b: 2.5 },
      ],
      { decimal: ',' },
    ],
    'with numbers as texts': ['{"a":"1"}\n{"a":2}\n', [{ a: 1 }, { a: 2 }]],
    'with blank lines between others': ['\n{"a":"x"}\n \r\n\n{"a":"y"}\n', [{ a: 'x' }, { a: 'y' }]],
    'with blank lines at its end': ['{"a":"x"}\n\n \r\n', [{ a: 'x' }]],
  }
  it.each(Object.entries(read))('%s', async (_, [content, rows, sending]) => {
    const table = await bench.table(content, ndjson(sending))
    expect(table.rows).toEqual(rows)
    expect(table.dataset).toMatchObject({ rows: rows.length, rejected: 0 })
  })

  it('has its columns in the order of the file, whatever their names', async () => {
    const content =
      '{"b":"x","10":"y","__proto__":"z","2":"w"}\n{"constructor":"v","1":"u","b":"}\\",{\\"7\\":1"}\n'
    const { dataset, rows } = await bench.table(content, ndjson())
    expect(dataset.columns.map(({ name }) => name)).toEqual(['b', '10', '__proto__', '2', 'constructor', '1'])
    expect(
      Object.entries(rows[0]!)
        .filter(([, value]) => value !== null)
        .sort(),
    ).toEqual([
      ['10', 'y'],
      ['2', 'w'],
      ['__proto__', 'z'],
      ['b', 'x'],
    ])
  })

  it('keeps each digit of whole numbers that are classes or texts', async () => {
    const content =
      '{"id":12345678901234567890,"x":[]}\n'.replace(',"x":[]', '') +
      '{"id":9007199254740993}\n{"id":12345678901234567890}\n'
    const { rows } = await bench.table(content, ndjson({ types: 'id:category' }))
    expect(rows.map((row) => row['id'])).toEqual([
      '12345678901234567890',
      '9007199254740993',
      '12345678901234567890',
    ])
    const text = await bench.table(
      '{"a":"9007199254740993\\",","id":9007199254740993}\n',
      ndjson({ types: 'id:text' }),
    )
    expect(text.rows).toEqual([{ a: '9007199254740993",', id: '9007199254740993' }])
  })

  it('may have keys like numbers beside a long text', async () => {
    const long = '\\"x\\\\ '.repeat(2_400_000)
    const { dataset } = await bench.send(`{"b":"${long}", "10" : "x" ,"2":"y"}\n`, ndjson())
    const [kept] = await bench.textsOf(dataset.id, 'b')
    expect(kept === JSON.parse(`"${long}"`), 'the text is what it was').toBe(true)
    expect(dataset.columns.map(({ name }) => name)).toEqual(['b', '10', '2'])
  })

  it('counts the rows of each item of lists, which have no other type', async () => {
    const content = '{"l":["b","a"]}\n{"l":[]}\n{"l":null}\n{"l":["a","a"]}\n'
    const { dataset } = await bench.send(content, ndjson())
    expect(dataset.columns).toMatchObject([{ name: 'l', type: 'list', missing: 1, classes: { a: 2, b: 1 } }])
    const refusal = await bench.refusal(content, ndjson({ types: 'l:category' }))
    expect(refusal.problems).toEqual([{ path: '/types/l', message: expect.stringContaining('holds lists') }])
    const single = await bench.refusal('{"l":"a"}\n', ndjson({ types: 'l:list' }))
    expect(single.problems).toEqual([
      { path: '/types/l', message: expect.stringContaining('an array of NDJSON') },
    ])
  })

  it('writes numbers that are classes as JavaScript does', async () => {
    const { rows } = await bench.table('{"a":1.0}\n{"a":1e2}\n{"a":1e21}\n', ndjson({ types: 'a:text' }))
    expect(rows).toEqual([{ a: '1' }, { a: '100' }, { a: '1e+21' }])
  })
})

describe('an NDJSON file that is refused', () => {
  const refused: Record<
    string,
    [content: string | Uint8Array, line: number, message: RegExp, column?: string]
  > = {
    'for broken JSON': ['{"a":1}\n{"a":\n{"a":2}\n', 2, /not valid JSON/],
    'for an array': ['{"a":1}\n[1]\n', 2, /not a JSON object/],
    'for a text': ['{"a":1}\n"x"\n', 2, /not a JSON object/],
    'for null': ['{"a":1}\nnull\n', 2, /not a JSON object/],
    'for NaN': ['{"a":1}\n{"a":NaN}\n', 2, /not valid JSON/],
    'for two objects on a line': ['{"a":1}\n{"a":1}{"a":2}\n', 2, /not valid JSON/],
    'for two ways to a flattened name': ['{"a.b":1}\n{"a":{"b":1}}\n', 2, /flattened/, 'a.b'],
    'for two ways in one line': ['{"x":1}\n{"a.b":1,"a":{"b":1}}\n', 2, /flattened/],
    'for objects that are nested too deep': [
      `{"x":1}\n${'{"a":'.repeat(22)}1${'}'.repeat(22)}\n`,
      2,
      /nested in more than 20/,
    ],
    'for an array among single values': ['{"a":1}\n{"a":[]}\n', 2, /single value.*array/, 'a'],
    'for a single value among arrays': ['{"a":[]}\n{"a":1}\n', 2, /array.*single value/, 'a'],
    'for an array in an array': ['{"a":[]}\n{"a":[[]]}\n', 2, /one of them is null, an array/, 'a'],
    'for an empty text in an array': ['{"a":[]}\n{"a":["x",""]}\n', 2, /empty text/, 'a'],
    'for a number beyond double precision': ['{"a":1}\n{"a":1e400}\n', 2, /too large/, 'a'],
    'for one key in two normal forms': [
      '{"a":1}\n{"\u00e9":1,"e\u0301":2}\n',
      2,
      /Two keys are the same name/,
    ],
    'for half a character': ['{"a":"x"}\n{"a":"\\ud800"}\n', 2, /Unicode/, 'a'],
    'for a NUL': ['{"a":"x"}\n{"a":"\\u0000"}\n', 2, /NUL/, 'a'],
    'for a key without a name': ['{"a":"x"}\n{"":1}\n', 2, /no name/],
    'for a key with a NUL': ['{"a":"x"}\n{"b\\u0000":1}\n', 2, /NUL/],
    'for a key with half a character': ['{"a":"x"}\n{"\\udc00":1}\n', 2, /Unicode/],
    'for broken UTF-8': [
      Buffer.concat([Buffer.from('{"a":"x"}\n{"a":"'), Buffer.from([0xff]), Buffer.from('"}\n')]),
      2,
      /UTF-8/,
    ],
    'for a depth that no object has': [`{"a":1}\n${'['.repeat(1_000_000)}\n`, 2, /not valid JSON/],
    'for another type than most': [
      `${'{"a":1}\n'.repeat(150)}{"a":"x"}\n`,
      151,
      /finite decimal number/,
      'a',
    ],
  }
  it.each(Object.entries(refused))('%s', async (_, [content, line, message, column]) => {
    const error = await bench.refusal(content, ndjson())
    expect(error).toMatchObject({
      code: 'invalid-dataset',
      problems: [{ line, message: expect.stringMatching(message) }],
    })
    expect(error.problems).toHaveLength(1)
    expect(error.problems[0]!.column).toBe(column)
  })

  const whole: Record<string, [string, RegExp]> = {
    'for being empty': ['', /empty/],
    'for being blank': ['\n\n', /empty/],
    'for having no keys': ['{}\n{}\n', /at least one key/],
  }
  it.each(Object.entries(whole))('%s', async (_, [content, message]) => {
    const error = await bench.refusal(content, ndjson())
    expect(error).toMatchObject({ code: 'invalid-dataset', message: expect.stringMatching(message) })
  })

  it('names the line whose key exceeds the limit of keys', async () => {
    const line = (from: number, to: number) =>
      `${JSON.stringify(Object.fromEntries(Array.from({ length: to - from }, (_, i) => [`k${from + i}`, 1])))}\n`
    const error = await bench.refusal(line(0, 4_000) + line(4_000, 4_001), ndjson())
    expect(error.problems).toMatchObject([{ line: 2, message: expect.stringMatching(/4,000/) }])
  })
})

it('keeps its good lines with onError=skip, and bad lines add no column', async () => {
  const content = '{"a":"x"}\n{"a":\n{"bad":[null],"c":1}\n\n{"a":"y"}\nnull\n{"a":"\\ud800"}\n'
  const { dataset, rows, rejects } = await bench.table(content, ndjson({ onError: 'skip' }))
  expect(rows).toEqual([{ a: 'x' }, { a: 'y' }])
  expect(dataset.columns.map(({ name }) => name)).toEqual(['a'])
  expect(rejects).toMatchObject([
    { line: 2, text: '{"a":' },
    { line: 3, text: '{"bad":[null],"c":1}' },
    { line: 6, text: 'null' },
    { line: 7, column: 'a', text: '{"a":"\\ud800"}' },
  ])
})

describe('a JSON array', () => {
  it('of objects is a table, as in lines', async () => {
    const { rows, dataset } = await bench.table(
      '\uFEFF [ {"a":"x,]","b":{"c":[1,2]}} ,\n{"a":"\\"}]","b":{"c":[]}},{"a":"z"}]\r\n',
      ndjson(),
    )
    expect(rows).toEqual([
      { a: 'x,]', 'b.c': ['1', '2'] },
      { a: '"}]', 'b.c': [] },
      { a: 'z', 'b.c': null },
    ])
    expect(dataset.rejected).toBe(0)
  })

  it('has items at fault, by their numbers', async () => {
    const { rows, rejects } = await bench.table(
      `[{"a":1},7,,{"a":2,},{"a":3},${'['.repeat(100)}${']'.repeat(100)},{"a":4},{"a":5`,
      ndjson({ onError: 'skip' }),
    )
    expect(rows).toEqual([{ a: 1 }, { a: 3 }, { a: 4 }])
    expect(rejects.map(({ line, message }) => [line, message])).toEqual([
      [2, 'The line is not a JSON object'],
      [3, 'The line is not valid JSON'],
      [4, 'The line is not valid JSON'],
      [6, expect.stringContaining('nested more than 64 deep')],
      [8, expect.stringContaining('not closed')],
    ])
  })

  it.each([
    ['[]', /array is empty/],
    ['[{"a":1}] x', /text behind the JSON array/],
    ['[{"a":1}][{"a":2}]', /text behind the JSON array/],
    [Buffer.from('[{"a":"caf\u00e9"}]', 'latin1'), /not UTF-8 near its item 1.*encoding=/],
  ])('%s is refused', async (content, message) => {
    expect((await bench.refusal(content, ndjson())).message).toMatch(message)
  })

  it('is cut into items wherever its chunks end, and may be one line longer than any other', async () => {
    const item = (index: number) => ({
      index,
      text: `é "${index}" [}, 😀 \\`.repeat(60),
      deep: { list: ['a,', '}'] },
    })
    const items = Array.from({ length: 20_000 }, (_, index) => item(index))
    const content = JSON.stringify(items)
    expect(content.length).toBeGreaterThan(16 * 1024 * 1024)
    const { dataset } = await bench.send(content, ndjson())
    expect(dataset).toMatchObject({ rows: 20_000, rejected: 0, columns: [{ min: 0, max: 19_999 }, {}, {}] })
  })

  it('of other encodings is read by name', async () => {
    const content = Buffer.from('[{"a":"caf\u00e9"}]', 'latin1')
    expect((await bench.table(content, ndjson({ encoding: 'windows-1252' }))).rows).toEqual([{ a: 'café' }])
  })
})
