import { describe, expect, it } from 'vitest'
import { readerMemoryMb, tableMemoryMb } from '../../../src/datasets/reader/memory.ts'
import { zstdDecompressed } from '../../../src/datasets/reader/zstd.ts'

/*
 * Frames of zstd by hand (RFC 8878): the magic number, flags, the sizes that these ask for, and blocks, each with three bytes
 * of which bit 0 says that it is the last one, bits 1 and 2 its type and the others its size.
 */
const MAGIC = '28b52ffd'
const block = (type: number, size: number, content: string, isLast = true) => {
  const head = Buffer.alloc(3)
  head.writeUIntLE((isLast ? 1 : 0) + 2 * type + 8 * size, 0, 3)
  return head.toString('hex') + content
}
const text = (value: string) => Buffer.from(value).toString('hex')
/** A frame of one segment whose size is in one byte. */
const frame = (size: number, ...blocks: string[]) =>
  `${MAGIC}20${Buffer.of(size).toString('hex')}${blocks.join('')}`
const ABC = frame(3, block(0, 3, text('abc')))
const skipped = (length: number, content: string) => {
  const size = Buffer.alloc(4)
  size.writeUInt32LE(length)
  return `502a4d18${size.toString('hex')}${content}`
}
const unpacked = (hex: string, maxBytes = 1_000) =>
  zstdDecompressed(Buffer.from(hex, 'hex'), maxBytes).toString()
const DAMAGED = { code: 'invalid-dataset', message: 'The zstd data is damaged or incomplete' }

describe('zstd', () => {
  it.each<[what: string, hex: string, wanted: string]>([
    ['nothing', '', ''],
    ['a block as it is', ABC, 'abc'],
    ['a block of one byte', frame(4, block(1, 4, text('z'))), 'zzzz'],
    ['two blocks', frame(5, block(0, 3, text('abc'), false), block(1, 2, text('z'))), 'abczz'],
    ['two frames', ABC + ABC, 'abcabc'],
    [
      'frames that are passed over',
      skipped(2, 'ffff') + ABC + skipped(0, '') + ABC + skipped(1, '00'),
      'abcabc',
    ],
    ['a checksum, which is not compared', `${MAGIC}2403${block(0, 3, text('abc'))}00000000${ABC}`, 'abcabc'],
    ['a size in two bytes, less 256', `${MAGIC}600000${block(1, 256, text('z'))}`, 'z'.repeat(256)],
    ['a window instead of a size', `${MAGIC}0000${block(0, 3, text('abc'))}`, 'abc'],
    ['the dictionary 0, which is none', `${MAGIC}210003${block(0, 3, text('abc'))}`, 'abc'],
  ])('is unpacked: %s', (_, hex, wanted) => {
    expect(unpacked(hex)).toBe(wanted)
  })

  it.each<[what: string, hex: string]>([
    ['another magic number', ABC.replace(MAGIC, '28b52ffe')],
    ['a header that is cut off', MAGIC],
    ['a header without its size', `${MAGIC}e000000000`],
    ['a block that is cut off', ABC.slice(0, -2)],
    ['the head of a block that is cut off', `${MAGIC}200300`],
    ['no block', `${MAGIC}2003`],
    ['no last block', frame(3, block(0, 3, text('abc'), false))],
    ['a block of no type', frame(3, block(3, 3, text('abc')))],
    ['a block of more than 128 KiB', frame(3, block(1, 131_073, text('a')))],
    ['a checksum that is cut off', `${MAGIC}2403${block(0, 3, text('abc'))}000000`],
    ['a frame to pass over that is cut off', ABC + skipped(3, 'ffff')],
    ['the head of one that is cut off', `${ABC}502a4d18000000`],
    ['bytes behind the last frame', `${ABC}00`],
  ])('is damaged by %s', (_, hex) => {
    expect(() => unpacked(hex)).toThrow(expect.objectContaining(DAMAGED))
  })

  it('is refused with a dictionary, or a window above 128 MiB', () => {
    expect(() => unpacked(`${MAGIC}210103${block(0, 3, text('abc'))}`)).toThrow(/needs a dictionary/)
    // 2^27 bytes and an eighth of them; a single segment of 2^28 bytes.
    expect(() => unpacked(`${MAGIC}0089${block(0, 3, text('abc'))}`)).toThrow(/has a window above 128 MiB/)
    expect(() => unpacked(`${MAGIC}a000000010${block(0, 3, text('abc'))}`)).toThrow(
      /has a window above 128 MiB/,
    )
  })

  it('is unpacked up to a limit', () => {
    expect(unpacked(ABC, 3)).toBe('abc')
    const refused = { code: 'payload-too-large', message: 'The upload exceeds the limit of 2 bytes' }
    expect(() => unpacked(ABC, 2)).toThrow(expect.objectContaining(refused))
    expect(() => unpacked(ABC + ABC, 5)).toThrow(expect.objectContaining({ code: 'payload-too-large' }))
  })
})

describe('the memory of a reader', () => {
  const dialect = {
    delimiter: ',',
    separatorLine: false,
    isLong: false,
    rowNames: false,
    endsWithDelimiter: false,
    singleQuotes: false,
    warnings: [],
  }

  it('is small for up to 64 columns, and large where the width is not known', () => {
    expect([1, 64, 65, 4_000].map(tableMemoryMb)).toEqual([512, 512, 2_048, 2_048])
    expect(readerMemoryMb({ ...dialect, fields: 64 })).toBe(512)
    expect(readerMemoryMb({ ...dialect, fields: 65 })).toBe(2_048)
    expect(readerMemoryMb({ ...dialect, fields: 1, isLong: true })).toBe(2_048)
    expect(readerMemoryMb(undefined)).toBe(2_048)
  })
})
