import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { zip } from '../helpers/zip.ts'
import { type Bench, openBench, type Sending } from './harness.ts'

let bench: Bench
beforeAll(async () => {
  bench = await openBench()
})
afterAll(() => bench.close())

const CSV = 'a,b\n1,x\n2,y\n'
const ROWS = [
  { a: 1, b: 'x' },
  { a: 2, b: 'y' },
]
const found: Sending = { format: null }
const zipOf = (files: Record<string, string | Buffer>) =>
  zip(Object.fromEntries(Object.entries(files).map(([name, content]) => [name, Buffer.from(content)])))
const fixture = (name: string) => readFileSync(resolve(import.meta.dirname, `../fixtures/${name}`))

/** A zstd frame of blocks that are not compressed, as RFC 8878 describes it. */
function zstd(
  content: Buffer,
  { window = 1024, block = 1000, checksum = false, last = true, dictionary = false } = {},
): Buffer {
  const exponent = Math.log2(window) - 10
  const header = Buffer.from([(checksum ? 4 : 0) | (dictionary ? 1 : 0), exponent << 3])
  const blocks: Buffer[] = []
  for (let at = 0; at === 0 || at < content.length; at += block) {
    const piece = content.subarray(at, at + block)
    const head = Buffer.alloc(3)
    head.writeUIntLE((piece.length << 3) | (last && at + block >= content.length ? 1 : 0), 0, 3)
    blocks.push(head, piece)
  }
  const parts = [Buffer.from('28b52ffd', 'hex'), header, ...(dictionary ? [Buffer.from([7])] : []), ...blocks]
  return Buffer.concat(checksum ? [...parts, Buffer.alloc(4)] : parts)
}
/** A frame of one block that repeats a byte. */
const repeated = (byte: number, times: number, blocks: number) => {
  const head = Buffer.alloc(3)
  const frame = [Buffer.from('28b52ffd0038', 'hex')]
  for (let at = 1; at <= blocks; at++) {
    head.writeUIntLE((times << 3) | 2 | (at === blocks ? 1 : 0), 0, 3)
    frame.push(Buffer.from(head), Buffer.from([byte]))
  }
  return Buffer.concat(frame)
}
const SKIPPED = Buffer.concat([Buffer.from('502a4d1803000000', 'hex'), Buffer.from('abc')])

describe('a packed file', () => {
  const same: Record<string, [file: Buffer, sending?: Sending]> = {
    'a zip archive with one file': [zipOf({ 'data/t.csv': CSV }), found],
    'a zip archive by a Mac': [zipOf({ '__MACOSX/._t.csv': 'x', '.DS_Store': 'x', 't.csv': CSV }), found],
    'a zip archive that is sent as CSV': [zipOf({ t: CSV })],
    'one of several files of a zip archive': [
      zipOf({ 'a.csv': 'x\n1\n', 'b/t.csv': CSV }),
      { format: null, entry: 'b/t.csv' },
    ],
    'a zip archive packed by gzip': [gzipSync(zipOf({ 't.csv': CSV })), found],
    'a zstd file': [zstd(Buffer.from(CSV)), found],
    'a zstd file of several frames': [
      Buffer.concat([
        SKIPPED,
        zstd(Buffer.from(CSV.slice(0, 5)), { checksum: true }),
        zstd(Buffer.alloc(0)),
        zstd(Buffer.from(CSV.slice(5)), { block: 2 }),
        SKIPPED,
      ]),
      { format: 'csv' },
    ],
    'gzip, of which nobody says what it holds': [gzipSync(CSV), found],
  }
  it.each(Object.entries(same))('%s is the same data set as the file inside', async (_, [file, sending]) => {
    const plain = await bench.send(CSV)
    const { dataset, rows } = await bench.table(file, sending)
    expect([rows, dataset.id]).toEqual([ROWS, plain.dataset.id])
  })

  it('is read as the name of the file inside says, or as its content shows', async () => {
    const sets: [Buffer, string[]][] = [
      [zipOf({ 'a.ndjson': '{"a":1}\n' }), []],
      [zipOf({ 'a.txt': '{"a":1}\n' }), ['format-found']],
      [zipOf({ 'a.parquet': fixture('parquet/snappy.parquet') }), []],
      [zipOf({ 'a.csv': fixture('parquet/snappy.parquet') }), ['format-found']],
      [fixture('parquet/snappy.parquet'), ['format-found']],
      [zipOf({ 'a.xlsx': fixture('xlsx/sheets.xlsx') }), ['sheet-found']],
    ]
    for (const [file, codes] of sets) {
      const { dataset, rows } = await bench.table(file, found)
      expect(dataset.warnings.map(({ code }) => code)).toEqual(expect.arrayContaining(codes))
      expect(dataset.warnings.some(({ code }) => code === 'format-found')).toBe(
        codes.includes('format-found'),
      )
      expect(rows[0]?.['a'] ?? rows[0]?.['x']).toBeTypeOf('number')
    }
  })

  const refused: Record<string, [file: Buffer | string, message: RegExp, sending?: Sending]> = {
    'a zip archive of several files': [
      zipOf({ 'a b.csv': CSV, 'c.csv': CSV }),
      /2 files: "a b\.csv", "c\.csv".*entry=a%20b\.csv/,
    ],
    'a zip archive without the file that is named': [
      zipOf({ 'a.csv': CSV }),
      /no file "b\.csv".*"a\.csv"/,
      { format: null, entry: 'b.csv' },
    ],
    'a zip archive without a file': [zipOf({ 'a/': '', '__MACOSX/b': '' }), /has no file/],
    'a zip archive with an empty file': [zipOf({ 'a.csv': '' }), /empty/],
    'a zip archive in a zip archive': [zipOf({ 'a.csv': zipOf({ 'b.csv': CSV }) }), /zip archive within/],
    'a zip archive that climbs': [
      zipOf({ 'b.csv': CSV, '../a.csv': CSV }),
      /file whose name leads out of the archive.*Pack it again/,
    ],
    'a zip archive with an absolute name': [zipOf({ '/a.csv': CSV }), /leads out of the archive/],
    'a zip archive without anything': [zipOf({}), /has no file.*Pack/],
    'a zip archive that is cut off': [zipOf({ 'a.csv': CSV }).subarray(0, 60), /damaged/],
    'a file that is no archive, but is to have files': [
      CSV,
      /is not a zip archive. Leave out the parameter entry/,
      { format: null, entry: 'a' },
    ],
    'an OpenDocument spreadsheet': [zipOf({ mimetype: 'x', 'content.xml': '<a/>' }), /OpenDocument.*\.xlsx/],
    'a binary workbook': [zipOf({ '[Content_Types].xml': '', 'xl/workbook.bin': 'x' }), /\.xlsb/],
    'a document': [zipOf({ '[Content_Types].xml': '', 'word/document.xml': 'x' }), /document/],
    'zstd that is cut off': [zstd(Buffer.from(CSV)).subarray(0, 15), /zstd data is damaged/],
    'zstd without its last block': [zstd(Buffer.from(CSV), { last: false }), /zstd data is damaged/],
    'zstd with something behind it': [Buffer.concat([zstd(Buffer.from(CSV)), Buffer.from('abc')]), /damaged/],
    'zstd with a huge window': [zstd(Buffer.from(CSV), { window: 2 ** 31 }), /window above 128 MiB.*--long/],
    'zstd with a dictionary': [zstd(Buffer.from(CSV), { dictionary: true }), /dictionary/],
  }
  it.each(Object.entries(refused))('is refused if it is %s', async (_, [file, message, sending = found]) => {
    const error = await bench.refusal(file, sending)
    expect([error.code, error.message]).toEqual(['invalid-dataset', expect.stringMatching(message)])
  })

  it('is refused soon where its content exceeds the limit of uploads', async () => {
    const small = await openBench({ maxUploadBytes: 1_000_000 })
    for (const bomb of [
      zipOf({ 'a.csv': Buffer.alloc(10_000_000, '1\n') }),
      repeated(49, 100_000, 100_000),
      gzipSync(repeated(49, 100_000, 100_000)),
    ])
      expect(await small.refusal(bomb, found)).toMatchObject({ code: 'payload-too-large' })
    await small.close()
  })

  it('or accepted, however its bytes are changed', async () => {
    const files = [
      zipOf({ 'a.csv': CSV }),
      Buffer.concat([zstd(Buffer.from(CSV), { block: 5 }), repeated(50, 7, 2)]),
    ]
    const change = fc.record({
      at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      to: fc.integer({ min: 0, max: 255 }),
    })
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...files),
        fc.array(change, { minLength: 1, maxLength: 3 }),
        async (file, changes) => {
          const bytes = Buffer.from(file)
          for (const { at, to } of changes) bytes[Math.floor(at * bytes.length)] = to
          const sent = await bench
            .table(bytes, { format: 'csv', onError: 'skip' })
            .catch((error: unknown) => error)
          if (sent instanceof Error)
            expect(sent).toMatchObject({
              code: expect.stringMatching(/^(invalid-dataset|payload-too-large)$/),
            })
        },
      ),
      { numRuns: 40 },
    )
  })
})
