import { readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createFolderStore } from '../../src/store/folder.ts'
import { type Bench, openBench, type Sending } from './harness.ts'

let bench: Bench
beforeAll(async () => {
  bench = await openBench()
})
afterAll(() => bench.close())

const parquet = (words: Sending = {}): Sending => ({ format: 'parquet', ...words })
const fixture = (name: string) =>
  readFileSync(resolve(import.meta.dirname, `../fixtures/parquet/${name}.parquet`))

describe('a Parquet file that is read', () => {
  it('may have each type of numbers, booleans, texts and times', async () => {
    const { dataset, rows } = await bench.table(fixture('types'), parquet())
    const expected: Record<string, [string, unknown, unknown, unknown]> = {
      int8: ['number', 1, -2, 4],
      int64: ['number', 2 ** 53, -(2 ** 63), 7],
      uint64: ['number', 0, 2 ** 64, 5],
      half: ['number', 1, 2, 3],
      float: ['number', 0.5, 2, -3.5],
      double: ['number', 0.1, 1e300, -5e-324],
      decimal: ['number', 1.1, -2.25, 3],
      bool: ['boolean', true, false, true],
      text: ['text', 'a', '', '\uFEFFünï 😀'],
      large: ['text', 'a', 'b', 'c'],
      dictionary: ['text', 'x', 'y', 'x'],
      date: ['date', '2020-01-02', '1900-12-31', '9999-01-01'],
      timestamp: ['datetime', '2020-01-02T03:04:05', '1969-01-01T00:00:00', '2020-01-02T03:04:05.678901'],
      zoned: ['datetime', '2020-01-02T03:04:05Z', '1969-01-01T00:00:00Z', '2020-06-01T00:00:00Z'],
      time: ['text', '01:02:03', '00:00:00', '23:59:59.000999'],
      none: ['text', null, null, null],
    }
    expect(dataset.columns.map(({ name, type }) => [name, type])).toEqual(
      Object.entries(expected).map(([name, [type]]) => [name, type]),
    )
    for (const [index, place] of [1, 2, null, 3].entries())
      expect(rows[index]).toEqual(
        Object.fromEntries(
          Object.entries(expected).map(([name, values]) => [name, place === null ? null : values[place]]),
        ),
      )
    expect(dataset.columns[0]).toMatchObject({
      missing: 1,
      min: -2,
      max: 4,
      mean: 1,
      distinct: 3,
      integer: true,
    })
  })

  const read: Record<string, [string, Record<string, unknown>[], Sending?]> = {
    'with time stamps of the old kind': ['int96', [{ t: '2020-01-02T03:04:05' }, { t: null }]],
    'with numbers as classes, by the digit': [
      'ids',
      [
        { id: '9007199254740993', price: '1.10', x: '1' },
        { id: '9223372036854775807', price: '1.10', x: '2.5' },
        { id: '9007199254740993', price: '1.10', x: '1e+21' },
      ],
      { types: 'id:category,price:text,x:text' },
    ],
    'with lists of texts': [
      'labels',
      [
        { x: 1, l: ['b', 'a'], y: 5 },
        { x: 2, l: [], y: 6 },
        { x: 3, l: null, y: 7 },
        { x: 4, l: ['\u00e9', 'a', 'a'], y: 8 },
      ],
    ],
    'with structures, whose fields become columns as in JSON': [
      'nested',
      [
        {
          x: 1,
          's.a': 1,
          's.A': 'u',
          's.b.c': 'x',
          's.b.at': '2020-01-02T03:04:05',
          's.b.tags': ['u', 'v'],
        },
        { x: 2, 's.a': null, 's.A': 'v', 's.b.c': null, 's.b.at': null, 's.b.tags': null },
        { x: 3, 's.a': null, 's.A': null, 's.b.c': null, 's.b.at': null, 's.b.tags': null },
        { x: 4, 's.a': 4, 's.A': 'w', 's.b.c': null, 's.b.at': null, 's.b.tags': [] },
      ],
    ],
    'with codes that have leading zeros': [
      'codes',
      ['007', '007', '008', '007', '008'].map((zip) => ({ zip })),
    ],
    'with texts that are said to be numbers': [
      'codes',
      [7, 7, 8, 7, 8].map((zip) => ({ zip })),
      { types: 'zip:number' },
    ],
    'with codes that are said to be classes': [
      'codes',
      ['007', '007', '008', '007', '008'].map((zip) => ({ zip })),
      { types: 'zip:category' },
    ],
    'with names that differ in case': [
      'case',
      [
        { Text: 1, text: 3 },
        { Text: 2, text: 4 },
      ],
    ],
    'of many row groups, in order': ['groups', Array.from({ length: 1_000 }, (_, n) => ({ n }))],
    ...Object.fromEntries(
      ['brotli', 'lz4', 'gzip', 'snappy', 'zstd'].map((codec) => [
        `packed by ${codec}`,
        [codec, [{ a: 1 }, { a: 2 }, { a: 3 }]],
      ]),
    ),
  }
  it.each(Object.entries(read))('%s', async (_, [name, rows, sending]) => {
    expect((await bench.table(fixture(name), parquet(sending))).rows).toEqual(rows)
  })

  it('may have columns of any name', async () => {
    const { rows } = await bench.table(fixture('names'), parquet())
    expect(Object.entries(rows[0]!)).toEqual([
      ['__proto__', 1],
      ["a'; DROP TABLE staging; --", 'x'],
      ['a"b', 3],
      ['c,d', 4],
      ['filename', 5],
      ['line', 6],
    ])
  })

  it('may lie in a folder that is named like a column', async () => {
    const folder = join(bench.folder, "a=folder/it's [1]")
    await mkdir(folder, { recursive: true })
    const store = await createFolderStore(folder)
    const other = await openBench({ store })
    expect((await other.table(fixture('snappy'), parquet())).rows).toEqual([{ a: 1 }, { a: 2 }, { a: 3 }])
    await other.close()
  })
})

describe('a Parquet file that is refused', () => {
  const refused: Record<string, [file: string, column: string, message: RegExp]> = {
    'for bytes': ['binary', 'b', /other than texts, numbers/],
    'for bytes of one length': ['fixed', 'b', /other than texts, numbers/],
    'for lists of numbers': ['list', 'l', /nested.*lists of texts/],
    'for lists of structures': ['structs', 's.a', /nested in lists.*own$/],
    'for a field whose flattened name another column has': ['collision', 's.a', /flattened/],
    'for maps': ['map', 'm', /nested/],
    'for a repeated name': ['repeated', 'a', /same name/],
    'for a column without a name': ['nameless', '', /no name/],
  }
  it.each(Object.entries(refused))('%s', async (_, [name, column, message]) => {
    const error = await bench.refusal(fixture(name), parquet({ onError: 'skip' }))
    expect(error).toMatchObject({
      code: 'invalid-dataset',
      problems: [{ column, message: expect.stringMatching(message) }],
    })
  })

  it('has numbers that are not finite, which are bad lines', async () => {
    const error = await bench.refusal(fixture('not-finite'), parquet())
    expect(error.problems.map(({ line, column }) => [line, column])).toEqual([
      [2, 'v'],
      [3, 'v'],
    ])
    const { rows, rejects } = await bench.table(fixture('not-finite'), parquet({ onError: 'skip' }))
    expect(rows).toEqual([
      { v: 1, k: 'a' },
      { v: 2, k: 'd' },
    ])
    expect(rejects).toMatchObject([
      { line: 2, column: 'v' },
      { line: 3, column: 'v' },
    ])
  })

  it('has a NUL in a text, which is a bad line', async () => {
    expect((await bench.refusal(fixture('nul'), parquet())).problems).toMatchObject([
      { line: 1, column: 's' },
    ])
    const { rows } = await bench.table(fixture('nul'), parquet({ onError: 'skip' }))
    expect(rows).toEqual([
      { s: 'ok', n: 2 },
      { s: 'fine', n: 3 },
    ])
  })

  const whole: Record<string, [Uint8Array | string, string, RegExp]> = {
    'for texts that are not UTF-8': [fixture('not-utf8'), 'invalid-dataset', /UTF-8/],
    'for having no rows': [fixture('no-rows'), 'invalid-dataset', /no rows/],
    'for having no columns': [fixture('no-columns'), 'invalid-dataset', /Parquet/],
    'for being empty': ['', 'invalid-dataset', /empty/],
    'for being CSV': ['a,b\n1,2\n', 'invalid-dataset', /not a Parquet file/],
    'for being cut off': [fixture('types').subarray(0, 2_000), 'invalid-dataset', /damaged/],
    'for being far larger than it looks': [fixture('huge'), 'payload-too-large', /67108864/],
  }
  it.each(Object.entries(whole))('%s', async (_, [content, code, message]) => {
    const error = await bench.refusal(content, parquet({ onError: 'skip' }))
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) })
  })

  it('or accepted, however its bytes are changed', async () => {
    const files = ['types', 'ids', 'names', 'zstd', 'not-finite'].map(fixture)
    const change = fc.record({
      at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      to: fc.integer({ min: 0, max: 255 }),
    })
    const verdicts = fc.asyncProperty(
      fc.constantFrom(...files),
      fc.array(change, { minLength: 1, maxLength: 8 }),
      async (file, changes) => {
        const bytes = Buffer.from(file)
        // Most of what can go wrong is in the footer, which says where all else is.
        for (const { at, to } of changes) bytes[Math.floor((1 - at * at) * (bytes.length - 9)) + 4] = to
        const sent = await bench.table(bytes, parquet({ onError: 'skip' })).catch((error: unknown) => error)
        if (sent instanceof Error)
          expect(sent).toMatchObject({ code: expect.stringMatching(/^(invalid-dataset|payload-too-large)$/) })
        if (sent instanceof Error) expect(`${sent.message}`).not.toMatch(/duckdb|\/tmp|0x/i)
      },
    )
    await fc.assert(verdicts, { numRuns: 80 })
  })
})
