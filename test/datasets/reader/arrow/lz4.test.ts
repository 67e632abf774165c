import { describe, expect, it } from 'vitest'
import { lz4Decompressed } from '../../../../src/datasets/reader/arrow/lz4.ts'

const MAGIC = [0x04, 0x22, 0x4d, 0x18]
const word = (value: number) => [value & 255, (value >> 8) & 255, (value >> 16) & 255, (value >>> 24) & 255]
const END = word(0)
/** A frame of blocks. @param flags behind the version @param fields bytes between the flags and the first block */
const frame = (blocks: number[][], { flags = 0, fields = [0x40, 0] } = {}) =>
  Uint8Array.from([...MAGIC, 0x40 | flags, ...fields, ...blocks.flat(), ...END])
const packed = (...bytes: number[]) => [...word(bytes.length), ...bytes]
const plain = (text: string) => [...word((0x8000_0000 | text.length) >>> 0), ...Buffer.from(text)]
const unpacked = (bytes: Uint8Array, most = 1e6) => lz4Decompressed(bytes, most).toString()
const letters = (text: string) => [...Buffer.from(text)]

describe('an LZ4 frame', () => {
  it('has plain blocks and packed ones', () => {
    expect(unpacked(frame([]))).toBe('')
    expect(unpacked(frame([plain('abc'), plain('de')]))).toBe('abcde')
    // Three letters, and no copy at the end.
    expect(unpacked(frame([packed(0x30, ...letters('abc'))]))).toBe('abc')
  })

  it('has copies of what came before, which may run into themselves', () => {
    // "abc", then four from a distance of three, then "x".
    expect(unpacked(frame([packed(0x30, ...letters('abc'), 3, 0, 0x10, ...letters('x'))]))).toBe('abcabcax')
    expect(unpacked(frame([packed(0x12, ...letters('a'), 1, 0, 0x10, ...letters('b'))]))).toBe('aaaaaaab')
    expect(unpacked(frame([plain('abcdef'), packed(0x00, 6, 0, 0x10, ...letters('x'))]))).toBe('abcdefabcdx')
    // A distance of 258 takes two bytes.
    const text = Array.from({ length: 258 }, (_, at) => String.fromCharCode(97 + (at % 26))).join('')
    expect(unpacked(frame([plain(text), packed(0x00, 2, 1, 0x00)]))).toBe(`${text}${text.slice(0, 4)}`)
  })

  it('has lengths of more than 14 in further bytes', () => {
    const text = 'x'.repeat(15 + 255 + 3)
    expect(unpacked(frame([packed(0xf0, 255, 3, ...letters(text))]))).toBe(text)
    expect(unpacked(frame([packed(0xf0, 0, ...letters(text.slice(0, 15)))]))).toBe(text.slice(0, 15))
    expect(unpacked(frame([packed(0x1f, ...letters('a'), 1, 0, 2, 0x10, ...letters('b'))]))).toBe(
      `${'a'.repeat(1 + 4 + 15 + 2)}b`,
    )
  })

  it('may tell its size, name a dictionary, and have checksums, which are passed over', () => {
    const size = { flags: 1 << 3, fields: [0x40, ...new Array(8).fill(9), 0] }
    expect(unpacked(frame([plain('ab')], size))).toBe('ab')
    const dictionary = { flags: 1, fields: [0x40, ...new Array(4).fill(9), 0] }
    expect(unpacked(frame([plain('ab')], dictionary))).toBe('ab')
    const sums = { flags: 1 << 4 }
    expect(
      unpacked(
        frame(
          [
            [...plain('ab'), 9, 9, 9, 9],
            [...plain('c'), 9, 9, 9, 9],
          ],
          sums,
        ),
      ),
    ).toBe('abc')
  })

  it('grows up to its limit', () => {
    const text = 'x'.repeat(70_000)
    expect(unpacked(frame([plain(text), plain('yz')]), 70_002)).toBe(`${text}yz`)
    expect(() => unpacked(frame([plain(text), plain('yz')]), 70_001)).toThrow('the frame is too large')
    const copies = packed(0x1f, ...letters('a'), 1, 0, ...new Array(300).fill(255), 0, 0x00)
    const length = 1 + 4 + 15 + 300 * 255
    expect(unpacked(frame([copies]), length)).toBe('a'.repeat(length))
    expect(() => unpacked(frame([copies]), length - 1)).toThrow('the frame is too large')
  })

  it.each<[fault: string, bytes: Uint8Array]>([
    ['no LZ4 frame', Uint8Array.from([4, 0x22, 0x4d, 0x19, 0x40, 0x40, 0])],
    ['the block breaks off', frame([]).with(7, 5)],
    ['the block breaks off', frame([packed(0x50, ...letters('abc'))])],
    ['the block breaks off', frame([packed(0xf0, 255)])],
    ['the distance is too far', frame([packed(0x10, ...letters('a'), 2, 0, 0x00)])],
    ['the distance is too far', frame([packed(0x10, ...letters('a'), 0, 0, 0x00)])],
  ])('is damaged: %s', (fault, bytes) => {
    expect(() => unpacked(bytes)).toThrow(fault)
  })
})
