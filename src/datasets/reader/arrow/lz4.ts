/*
 * LZ4 frames, by which Arrow files are packed (LZ4 Frame Format 1.6, LZ4 Block Format). A block is a sequence of texts and
 * copies: a token of two lengths of four bits, each of which goes on in further bytes from 15 on, the literal bytes, and
 * the distance of what is copied.
 */

const MAGIC = 0x184d2204
/** Flags of a frame: each block, the content and its size have numbers of their own. */
const BLOCK_CHECKSUM = 1 << 4
const CONTENT_SIZE = 1 << 3
const DICTIONARY = 1
/** Mark of a block that is not compressed. */
const PLAIN = 0x8000_0000
const MIN_COPY = 4

/** Unpacks an LZ4 frame. Checksums are not compared. @throws Error if it is damaged, or larger than `maxBytes` */
export function lz4Decompressed(bytes: Uint8Array, maxBytes: number): Buffer {
  const input = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  if (input.readUInt32LE() !== MAGIC) throw new Error('no LZ4 frame')
  const flags = input.readUInt8(4)
  const output = new Output(maxBytes)
  // Magic number, flags, size of blocks and the header's checksum.
  let at = 7 + ((flags & CONTENT_SIZE) !== 0 ? 8 : 0) + ((flags & DICTIONARY) !== 0 ? 4 : 0)
  for (;;) {
    const head = input.readUInt32LE(at)
    at += 4
    if (head === 0) return output.bytes()
    const end = at + (head & ~PLAIN)
    if (end > input.length) throw new Error('the block breaks off')
    if (head >= PLAIN) output.add(input, at, end)
    else addBlock(input, at, end, output)
    at = end + ((flags & BLOCK_CHECKSUM) !== 0 ? 4 : 0)
  }
}

function addBlock(input: Buffer, start: number, end: number, output: Output): void {
  let at = start
  const lengthFrom = (begin: number): number => {
    let length = begin
    if (begin === 15)
      for (let more = 255; more === 255; ) {
        if (at >= end) throw new Error('the block breaks off')
        more = input.readUInt8(at++)
        length += more
      }
    return length
  }
  while (at < end) {
    const token = input.readUInt8(at++)
    const literals = lengthFrom(token >> 4)
    if (at + literals > end) throw new Error('the block breaks off')
    output.add(input, at, at + literals)
    at += literals
    // The last sequence has no copy.
    if (at === end) return
    const distance = input.readUInt16LE(at)
    at += 2
    output.copy(distance, MIN_COPY + lengthFrom(token & 15))
  }
}

/** Bytes that grow up to a limit. */
class Output {
  readonly #maxBytes: number
  #buffer = Buffer.alloc(64 * 1024)
  #length = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  add(input: Buffer, start: number, end: number): void {
    this.#reserve(end - start)
    this.#length += input.copy(this.#buffer, this.#length, start, end)
  }

  /** Repeats bytes from `distance` before the end on; the copy may run into itself. */
  copy(distance: number, length: number): void {
    if (distance === 0 || distance > this.#length) throw new Error('the distance is too far')
    this.#reserve(length)
    const from = this.#length - distance
    if (distance >= length) this.#buffer.copyWithin(this.#length, from, from + length)
    else
      for (let index = 0; index < length; index++)
        this.#buffer[this.#length + index] = this.#buffer[from + index] ?? 0
    this.#length += length
  }

  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length)
  }

  #reserve(more: number): void {
    const needed = this.#length + more
    if (needed > this.#maxBytes) throw new Error('the frame is too large')
    if (needed <= this.#buffer.length) return
    const grown = Buffer.alloc(Math.max(needed, 2 * this.#buffer.length))
    this.#buffer.copy(grown, 0, 0, this.#length)
    this.#buffer = grown
  }
}
