import { isUtf8 } from 'node:buffer'
import { open } from 'node:fs/promises'
import { FitserveError } from '../../errors.ts'
import type { Encoding } from '../contract.ts'
import { EncodingFaults } from './encoding-faults.ts'
import { foreignFormat, type TextFormat } from './foreign.ts'
import { MAX_RECORD, MAX_REJECT_TEXT } from './limits.ts'

/** Bytes that are read from the file at once. */
const CHUNK = 1024 * 1024
const LF = 10
const BOM = '\uFEFF'

/** Some whole lines of a file, as text. */
export interface Block {
  /** Includes the last line's end, except at the end of the file. */
  text: string
  /** Number of the block's first line; the file's first is 1. */
  line: number
  /** Lines whose bytes are wrong, by number, with the reason; in `text` they are only approximate. */
  faults: ReadonlyMap<number, string>
  /** True for the block that ends the file. */
  last: boolean
}

/**
 * Cuts a file into blocks of whole lines (ended by `\n`) and decodes them. Lines that are not UTF-8, or longer than
 * `MAX_RECORD` bytes, are reported as faults. Holds one chunk and at most `MAX_RECORD` bytes of a line. Drops a BOM.
 * @param encoding the one that the client gave, for messages: the file itself has been written anew in UTF-8
 * @throws FitserveError `invalid-dataset` if the first bytes show another format
 */
export async function* blocksOf(
  path: string,
  format: TextFormat,
  encoding: Encoding | null,
): AsyncGenerator<Block> {
  const file = await open(path)
  try {
    const stream = file.createReadStream({ highWaterMark: CHUNK, autoClose: false })
    yield* decode(wholeLines(chunksOf(stream, format)), encoding)
  } finally {
    await file.close()
  }
}

interface Lines {
  bytes: Buffer
  /** True if this is only the beginning of one line, which exceeds `MAX_RECORD`. */
  cut: boolean
  last: boolean
}

async function* chunksOf(source: AsyncIterable<Buffer>, format: TextFormat): AsyncGenerator<Buffer> {
  let first = true
  for await (const chunk of source) {
    const foreign = first ? foreignFormat(chunk, format) : undefined
    if (foreign !== undefined) throw new FitserveError('invalid-dataset', foreign)
    first = false
    yield chunk
  }
}

async function* wholeLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<Lines> {
  let held: Buffer[] = []
  let size = 0
  let overlong = false
  for await (const chunk of chunks) {
    let rest = chunk
    if (overlong) {
      // The rest of an overlong line is dropped.
      const end = chunk.indexOf(LF)
      if (end === -1) continue
      rest = chunk.subarray(end + 1)
      overlong = false
    }
    const end = rest.lastIndexOf(LF) + 1
    if (end > 0) {
      yield { bytes: Buffer.concat([...held, rest.subarray(0, end)]), cut: false, last: false }
      held = []
      size = 0
    }
    if (end < rest.length) {
      held.push(rest.subarray(end))
      size += rest.length - end
    }
    if (size > MAX_RECORD) {
      yield { bytes: Buffer.concat(held, MAX_REJECT_TEXT), cut: true, last: false }
      held = []
      size = 0
      overlong = true
    }
  }
  yield { bytes: Buffer.concat(held), cut: false, last: true }
}

async function* decode(pieces: AsyncIterable<Lines>, encoding: Encoding | null): AsyncGenerator<Block> {
  let line = 1
  let first = true
  const wrong = new EncodingFaults(encoding)
  for await (const { bytes, cut, last } of pieces) {
    const block = cut ? overlongBlock(bytes, line) : textBlock(bytes, line, last, wrong)
    if (first && block.text.startsWith(BOM)) block.text = block.text.slice(1)
    first = false
    line += countLines(block.text)
    yield block
  }
}

function overlongBlock(bytes: Buffer, line: number): Block {
  const fault = `The line exceeds the limit of ${MAX_RECORD / 1024 / 1024} MiB`
  // A quote in the text would open a field that the dropped rest of the line may close.
  const text = `${bytes.toString('utf8').replaceAll('"', "'").replaceAll('\n', ' ')}\n`
  return { text, line, faults: new Map([[line, fault]]), last: false }
}

function textBlock(bytes: Buffer, line: number, last: boolean, wrong: EncodingFaults): Block {
  const faults = new Map<number, string>()
  const text = bytes.toString('utf8')
  if (isUtf8(bytes)) return { text, line, faults, last }
  let number = line
  for (let start = 0; start < bytes.length; number++) {
    const end = bytes.indexOf(LF, start)
    const stop = end === -1 ? bytes.length : end + 1
    const whole = bytes.subarray(start, stop)
    if (!isUtf8(whole)) faults.set(number, wrong.messageOf(number, whole))
    start = stop
  }
  return { text, line, faults, last }
}

function countLines(text: string): number {
  let count = 0
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count++
  return count
}
