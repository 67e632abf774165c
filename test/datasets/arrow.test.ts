import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { Bool, Float64, Int64, Table, tableToIPC, Utf8, vectorFromArray } from 'apache-arrow'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Bench, openBench, type Sending } from './harness.ts'

let bench: Bench
beforeAll(async () => {
  bench = await openBench()
})
afterAll(() => bench.close())

const arrow = (words: Sending = {}): Sending => ({ format: 'arrow', ...words })
const fixture = (name: string) => readFileSync(resolve(import.meta.dirname, `../fixtures/arrow/${name}`))

describe('an Arrow file that is read', () => {
  const types: Record<string, [string, unknown, unknown, unknown]> = {
    int8: ['number', 1, -2, 4],
    int64: ['number', 2 ** 53, -(2 ** 63), 7],
    uint64: ['number', 0, 2 ** 64, 5],
    half: ['number', 1, 2, 3],
    float: ['number', 0.5, 2, -3.5],
    double: ['number', 0.1, 1e300, -5e-324],
    decimal: ['number', 1.1, -2.25, 3],
    bool: ['boolean', true, false, true],
    text: ['text', 'a', '', 'ünï 😀'],
    large: ['text', 'a', 'b', 'c'],
    view: ['text', 'a', 'a text of more than twelve bytes', 'c'],
    dictionary: ['text', 'x', 'y', 'x'],
    date: ['text', '2020-01-02', '1900-12-31', '9999-01-01'],
    milliseconds: ['text', '2020-01-02', '1900-12-31', '9999-01-01'],
    timestamp: ['text', '2020-01-02T03:04:05', '1969-01-01T00:00:00', '2020-01-02T03:04:05.678901'],
    nanoseconds: [
      'text',
      '1970-01-01T00:00:00.000000001',
      '1969-12-31T23:59:59.999999999',
      '2020-09-13T12:26:40.123456789',
    ],
    zoned: ['text', '2020-01-02T03:04:05Z', '1969-01-01T00:00:00Z', '2020-06-01T00:00:00Z'],
    time: ['text', '01:02:03', '00:00:00', '23:59:59.000999'],
    duration: ['number', 1, -2, 3],
    none: ['text', null, null, null],
    list: ['list', ['a', 'b'], [], ['c']],
  }
  it.each(['file.arrow', 'stream.arrows', 'lz4.feather', 'zstd.feather'])(
    '%s has each type of numbers, booleans, texts and times',
    async (name) => {
      const { dataset, rows } = await bench.table(fixture(name), arrow())
      for (const [index, place] of [1, 2, null, 3].entries())
        expect(rows[index]).toEqual(
          Object.fromEntries(
            Object.entries(types).map(([column, values]) => [column, place === null ? null : values[place]]),
          ),
        )
      const found = dataset.columns.map((column) => [column.name, column.type])
      const isTime = /^\d{4}-\d{2}-\d{2}|^\d{2}:\d{2}/
      for (const [column, type] of found)
        if (!isTime.test(String(types[column ?? '']?.[1]))) expect(type).toBe(types[column ?? '']?.[0])
    },
  )

  it('may be written by polars', async () => {
    const row = { d: '2020-01-01', t: '2020-01-01T01:02:03.000456' }
    const { dataset, rows } = await bench.table(fixture('polars.arrow'), { format: null })
    expect(rows).toEqual([
      { ...row, a: 1, s: 'x', c: 'u', l: ['x'] },
      { ...row, a: 2, s: 'a text of more than twelve bytes', c: 'v', l: ['y', 'z'] },
      { ...row, a: 3, s: 'z', c: 'u', l: [] },
    ])
    expect(dataset.warnings[0]?.code).toBe('format-found')
  })

  it('may have structures, whose fields become columns as in JSON', async () => {
    const gaps = { 's.b.c': null, 's.b.at': null }
    const { rows } = await bench.table(fixture('nested.feather'), arrow())
    expect(rows).toEqual([
      {
        x: 1,
        's.a': 1,
        's.A': 'u',
        's.b.c': 'x',
        's.b.at': '2020-01-02T03:04:05',
        's.b.tags': ['u', 'v'],
      },
      { x: 2, 's.a': null, 's.A': 'v', ...gaps, 's.b.tags': null },
      { x: 3, 's.a': null, 's.A': null, ...gaps, 's.b.tags': null },
      { x: 4, 's.a': 4, 's.A': 'w', ...gaps, 's.b.tags': [] },
    ])
  })

  it('may be packed by LZ4 with copies', async () => {
    const { rows } = await bench.table(fixture('copies.feather'), arrow())
    expect(rows).toEqual(
      Array.from({ length: 5_000 }, (_, n) => ({
        n: Math.floor(n / 100),
        s: `text ${n % 7} ${Math.floor(n / 1_000)}`,
      })),
    )
  })

  it('keeps the digits of whole numbers and decimals that are classes', async () => {
    const words = arrow({ types: 'int64:category,uint64:category,decimal:category' })
    expect((await bench.table(fixture('lz4.feather'), words)).rows[0]).toMatchObject({
      int64: '9007199254740993',
      uint64: '0',
      decimal: '1.10',
    })
  })
})

describe('an Arrow file that is refused', () => {
  it.each([
    ['binary', 'b', /other than texts, numbers/],
    ['structs', 'b', /nested in lists/],
    ['numbers', 'b', /nested in lists/],
    ['collision', 's.a', /flattened/],
  ])('for a column of %s', async (name, column, message) => {
    const error = await bench.refusal(fixture(`${name}.feather`), arrow({ onError: 'skip' }))
    expect(error).toMatchObject({
      code: 'invalid-dataset',
      problems: [{ column, message: expect.stringMatching(message) }],
    })
  })

  it('has values that are bad rows', async () => {
    const file = fixture('bad-values.feather')
    const bad = [
      [2, 'v'],
      [3, 'v'],
      [4, 's'],
    ]
    expect((await bench.refusal(file, arrow())).problems.map(({ line, column }) => [line, column])).toEqual(
      bad,
    )
    const { rows, rejects } = await bench.table(file, arrow({ onError: 'skip' }))
    expect([rows, rejects.map(({ line, column }) => [line, column])]).toEqual([[{ v: 1, s: 'a' }], bad])
  })

  /** A file of which the batch of rows says that it is a schema. */
  function schemaAsBatch(): Buffer {
    const bytes = threeRows()
    const message = bytes.subarray(16)
    const table = message.readUInt32LE()
    const fields = table - message.readInt32LE(table)
    const headerType = table + message.readUInt16LE(fields + 6)
    expect(message.readUInt8(headerType)).toBe(3)
    message.writeUInt8(1, headerType)
    return bytes
  }

  /** A file of three rows of which the batch and its column say that they have a trillion. */
  function moreRowsThanGaps(): Buffer {
    const bytes = threeRows()
    for (let at = bytes.indexOf(int64(3n)); at >= 0; at = bytes.indexOf(int64(3n)))
      bytes.writeBigInt64LE(2n ** 40n, at)
    return bytes
  }

  const threeRows = () =>
    Buffer.from(tableToIPC(new Table({ v: vectorFromArray([null, null, null], new Float64()) }), 'file'))

  function int64(value: bigint): Buffer {
    const bytes = Buffer.alloc(8)
    bytes.writeBigInt64LE(value)
    return bytes
  }

  const refused: Record<string, [file: Buffer | string, message: RegExp, sending?: Sending]> = {
    'for its first version': [fixture('old.feather'), /Feather of the first version/, { format: null }],
    'for being CSV': ['a,b\n1,2\n', /not an Arrow file/],
    'for being cut off': [fixture('file.arrow').subarray(0, 2_000), /damaged/],
    'for a stream that is cut off': [fixture('stream.arrows').subarray(0, 3_000), /damaged/],
    'for a batch that is a schema': [schemaAsBatch(), /damaged/],
    'for having fewer gaps than rows': [moreRowsThanGaps(), /damaged/],
    'for having no columns': [Buffer.from(tableToIPC(new Table(), 'file')), /no columns/],
  }
  it.each(Object.entries(refused))('%s', async (_, [file, message, sending = arrow()]) => {
    expect(await bench.refusal(file, sending)).toMatchObject({
      code: 'invalid-dataset',
      message: expect.stringMatching(message),
    })
  })

  it('exceeds the limit of uploads as a text, or has more rows than values', async () => {
    const small = await openBench({ maxUploadBytes: 40_000 })
    expect(await small.refusal(fixture('copies.feather'), arrow())).toMatchObject({
      code: 'payload-too-large',
    })
    await small.close()
  })

  it('or accepted, however its bytes are changed', async () => {
    const files = ['file.arrow', 'stream.arrows', 'lz4.feather', 'zstd.feather', 'polars.arrow'].map(fixture)
    const change = fc.record({
      at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      to: fc.integer({ min: 0, max: 255 }),
    })
    const verdicts = fc.asyncProperty(
      fc.constantFrom(...files),
      fc.array(change, { minLength: 1, maxLength: 8 }),
      async (file, changes) => {
        const bytes = Buffer.from(file)
        for (const { at, to } of changes) bytes[Math.floor(at * (bytes.length - 8)) + 8] = to
        const sent = await bench.table(bytes, arrow({ onError: 'skip' })).catch((error: unknown) => error)
        if (sent instanceof Error)
          expect(sent).toMatchObject({ code: expect.stringMatching(/^(invalid-dataset|payload-too-large)$/) })
      },
    )
    await fc.assert(verdicts, { numRuns: 60 })
  })
})

it('any table written as Arrow comes back equal', async () => {
  const text = fc
    .string({ unit: 'binary' })
    .map((value) =>
      value
        .replaceAll('\0', '0')
        .replace(/^\uFEFF/, '')
        .normalize('NFC'),
    )
    .filter((value) => !/\p{Surrogate}/u.test(value))
  const cells = (rows: number) => {
    const column = <T>(value: fc.Arbitrary<T>) =>
      fc.array(fc.option(value, { freq: 5 }), { minLength: rows, maxLength: rows })
    return fc.record({
      t: column(text),
      n: column(fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0)),
      b: column(fc.boolean()),
      i: column(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
    })
  }
  const comesBack = fc.asyncProperty(
    fc.integer({ min: 1, max: 30 }).chain(cells),
    fc.constantFrom('file' as const, 'stream' as const),
    async ({ t, n, b, i }, kind) => {
      const table = new Table({
        t: vectorFromArray(t, new Utf8()),
        n: vectorFromArray(n, new Float64()),
        b: vectorFromArray(b, new Bool()),
        i: vectorFromArray(i, new Int64()),
      })
      const file = Buffer.from(tableToIPC(table, kind))
      const { rows } = await bench.table(file, arrow({ types: 't:text,n:number,b:boolean,i:category' }))
      const written = t.map((_, row) => ({ t: t[row], n: n[row], b: b[row], i: i[row]?.toString() ?? null }))
      expect(rows).toEqual(written)
    },
  )
  await fc.assert(comesBack, { numRuns: 30 })
})
