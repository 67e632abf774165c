import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { Decompress } from 'fzstd'
import { FitserveError } from '../../errors.ts'

/** Bytes that a frame may look back, for which memory is taken: the default limit of zstd's own program. */
const MAX_WINDOW = 128 * 1024 * 1024
/** Bytes of a block, before it is packed and after. */
const MAX_BLOCK = 128 * 1024
/** Bytes of the longest header of a frame. */
const HEADER = 18
const MAGIC = 0xfd2fb528
/** Frames that are passed over have this number without its last four bits. */
const SKIPPED = 0x184d2a5
/** Bytes of the number of a dictionary, and of the size of the content, by their flags. */
const DICTIONARY_BYTES = [0, 1, 2, 4]
const SIZE_BYTES = [0, 2, 4, 8]
/** Types of blocks that have one byte for all, and that do not exist. */
const REPEATED = 1
const RESERVED = 3

/** Where the bytes of frames are: returns `length` of them, or fewer at the end. */
interface Source {
  size: number
  read(at: number, length: number): Buffer
}

/**
 * Yields the unpacked bytes of a zstd file (RFC 8878), of one frame or several. Holds the window of one frame.
 * @throws FitserveError `invalid-dataset` if it is damaged, or needs a dictionary or a larger window;
 *   `payload-too-large` beyond `maxBytes`
 */
export function* fromZstd(path: string, maxBytes: number): Generator<Buffer> {
  const file = openSync(path, 'r')
  try {
    const read = (at: number, length: number) => {
      const buffer = Buffer.alloc(length)
      return buffer.subarray(0, readSync(file, buffer, 0, length, at))
    }
    yield* unpacked({ size: fstatSync(file).size, read }, maxBytes)
  } finally {
    closeSync(file)
  }
}

/** Unpacks bytes in memory in the same way. */
export function zstdDecompressed(bytes: Uint8Array, maxBytes: number): Buffer {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const read = (at: number, length: number) => whole.subarray(at, at + length)
  return Buffer.concat([...unpacked({ size: whole.length, read }, maxBytes)])
}

function* unpacked(source: Source, maxBytes: number): Generator<Buffer> {
  let bytes = 0
  for (let at = 0; at < source.size; ) {
    const head = source.read(at, HEADER)
    if (head.length >= 8 && head.readUInt32LE() >>> 4 === SKIPPED) {
      at += 8 + head.readUInt32LE(4)
      if (at > source.size) throw damaged()
      continue
    }
    const frame = frameOf(head)
    at += frame.header.length
    let out: Uint8Array[] = []
    const decompress = new Decompress((chunk) => out.push(chunk))
    unpacking(() => decompress.push(frame.header))
    for (let last = false; !last; ) {
      const block = blockAt(source, at)
      last = ((block[0] ?? 0) & 1) === 1
      at += block.length
      out = []
      unpacking(() => decompress.push(block, last))
      for (const chunk of out) {
        bytes += chunk.length
        if (bytes > maxBytes)
          throw new FitserveError('payload-too-large', `The upload exceeds the limit of ${maxBytes} bytes`)
        // The window is used again for the next block.
        if (chunk.length > 0) yield Buffer.from(chunk)
      }
    }
    if (frame.hasChecksum) at += bytesAt(source, at, 4).length
  }
}

interface Frame {
  /** Without the flag of a checksum, which is not given to the decompressor. */
  header: Buffer
  hasChecksum: boolean
}

function frameOf(head: Buffer): Frame {
  if (head.length < 6 || head.readUInt32LE() !== MAGIC) throw damaged()
  const flags = head[4] ?? 0
  const isSingle = ((flags >> 5) & 1) === 1
  const dictionary = DICTIONARY_BYTES[flags & 3] ?? 0
  const sizeFlag = flags >> 6
  const sizeBytes = sizeFlag === 0 && isSingle ? 1 : (SIZE_BYTES[sizeFlag] ?? 0)
  const sizeAt = 5 + (isSingle ? 0 : 1) + dictionary
  const header = Buffer.from(head.subarray(0, sizeAt + sizeBytes))
  if (header.length < sizeAt + sizeBytes) throw damaged()
  if (header.subarray(sizeAt - dictionary, sizeAt).some((byte) => byte !== 0))
    throw new FitserveError(
      'invalid-dataset',
      'The zstd data needs a dictionary. Compress it without one, and upload it again.',
    )
  const window = isSingle ? littleEndian(header.subarray(sizeAt)) : windowOf(header[5] ?? 0)
  if (window > MAX_WINDOW) {
    const limit = `${MAX_WINDOW / 1024 / 1024} MiB`
    throw new FitserveError(
      'invalid-dataset',
      `The zstd data has a window above ${limit}. Compress it without --long or --ultra, and upload it again.`,
    )
  }
  header[4] = flags & ~4
  return { header, hasChecksum: ((flags >> 2) & 1) === 1 }
}

function windowOf(byte: number): number {
  const base = 2 ** (10 + (byte >> 3))
  return base + (base / 8) * (byte & 7)
}

function littleEndian(bytes: Buffer): number {
  return bytes.reduceRight((sum, byte) => sum * 256 + byte, 0)
}

function blockAt(source: Source, at: number): Buffer {
  const head = bytesAt(source, at, 3)
  const bits = head.readUIntLE(0, 3)
  const type = (bits >> 1) & 3
  const size = bits >> 3
  if (type === RESERVED || size > MAX_BLOCK) throw damaged()
  return Buffer.concat([head, bytesAt(source, at + 3, type === REPEATED ? 1 : size)])
}

function bytesAt(source: Source, at: number, length: number): Buffer {
  const bytes = source.read(at, length)
  if (bytes.length < length) throw damaged()
  return bytes
}

function unpacking(step: () => void): void {
  try {
    step()
  } catch (error) {
    throw damaged(error)
  }
}

function damaged(cause?: unknown): FitserveError {
  return new FitserveError('invalid-dataset', 'The zstd data is damaged or incomplete', { cause })
}
