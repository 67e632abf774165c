import type { FileHandle } from 'node:fs/promises'
import { Footer } from 'apache-arrow/ipc/metadata/file'
import { ArrowDamaged } from './flat-table.ts'
import { checkFooter, checkMessage, DICTIONARY_BATCH, RECORD_BATCH } from './metadata.ts'

/** Mark in front of each message. */
const CONTINUATION = 0xffff_ffff
const FILE_MAGIC = 'ARROW1'
/** Bytes in front of the messages of a file, and behind its footer: its length and the magic word. */
const FILE_HEAD = 8
const FILE_TAIL = 10
/** Bytes of a message without its body. */
const MAX_METADATA = 64 * 1024 * 1024
/** Bytes that are read at once. */
const CHUNK = 1024 * 1024

/** A batch of rows is larger than memory should hold. */
export class BatchTooLarge extends Error {
  override readonly name = 'BatchTooLarge'
}

/** Returns whether a file is an Arrow file, and not a stream. */
export async function isArrowFile(file: FileHandle): Promise<boolean> {
  const { size } = await file.stat()
  return (await bytesAt(file, 0, Math.min(FILE_HEAD, size))).toString('latin1').startsWith(FILE_MAGIC)
}

/**
 * Checks that the batches that the footer of an Arrow file names lie in the file, are batches and of limited size. Where
 * it names another message, such as the schema, apache-arrow would read that one again and again.
 * @throws ArrowDamaged, BatchTooLarge, RangeError
 */
export async function checkBatches(file: FileHandle, maxBody: number): Promise<void> {
  const { size } = await file.stat()
  if (size < FILE_HEAD + FILE_TAIL) throw new ArrowDamaged('no footer')
  const tail = await bytesAt(file, size - FILE_TAIL, FILE_TAIL)
  const length = tail.readInt32LE()
  const start = size - FILE_TAIL - length
  if (tail.toString('latin1', 4) !== FILE_MAGIC || start < FILE_HEAD || length <= 0 || length > MAX_METADATA)
    throw new ArrowDamaged('no footer')
  const bytes = await bytesAt(file, start, length)
  checkFooter(bytes)
  const footer = Footer.decode(bytes)
  const blocks = [
    ...[...footer.dictionaryBatches()].map((block) => ({ block, type: DICTIONARY_BATCH })),
    ...[...footer.recordBatches()].map((block) => ({ block, type: RECORD_BATCH })),
  ]
  for (const { block, type } of blocks) {
    const { offset, metaDataLength, bodyLength } = block
    if (
      offset < FILE_HEAD ||
      metaDataLength < 0 ||
      metaDataLength > MAX_METADATA ||
      bodyLength < 0 ||
      offset + metaDataLength + bodyLength > start
    )
      throw new ArrowDamaged('batch')
    if (bodyLength > maxBody) throw new BatchTooLarge()
    const metadata = withoutLength(await bytesAt(file, offset, metaDataLength))
    if (checkMessage(metadata).type !== type) throw new ArrowDamaged('batch')
  }
}

/**
 * Yields the messages of an Arrow stream up to its end. The lengths in it are compared with the file, so that none of them
 * asks for memory that the file does not fill.
 * @param maxBody limit on a body, in bytes: a batch of rows is held as a whole
 * @throws ArrowDamaged, BatchTooLarge, RangeError
 */
export async function* messagesOf(file: FileHandle, maxBody: number): AsyncGenerator<Uint8Array> {
  const { size } = await file.stat()
  for (let at = 0; at < size; ) {
    const length = await messageLength(file, at, size, maxBody)
    if (length === 0) return
    for (let done = 0; done < length; done += CHUNK)
      yield await bytesAt(file, at + done, Math.min(CHUNK, length - done))
    at += length
  }
}

/** Returns the bytes of a message with its body; 0 for the mark of the end. */
async function messageLength(file: FileHandle, at: number, end: number, maxBody: number): Promise<number> {
  const head = await bytesAt(file, at, Math.min(8, end - at))
  // Arrow before 0.15 had no mark.
  const marked = head.readUInt32LE() === CONTINUATION
  const prefix = marked ? 8 : 4
  const metadata = head.readInt32LE(marked ? 4 : 0)
  if (metadata === 0) return 0
  if (metadata < 0 || metadata > MAX_METADATA || at + prefix + metadata > end)
    throw new ArrowDamaged('metadata')
  const { bodyLength: body } = checkMessage(await bytesAt(file, at + prefix, metadata))
  if (body < 0 || at + prefix + metadata + body > end) throw new ArrowDamaged('body')
  if (body > maxBody) throw new BatchTooLarge()
  return prefix + metadata + body
}

/** @param prefixed a message with its length, and a mark before that in newer files, in front */
function withoutLength(prefixed: Buffer): Buffer {
  return prefixed.subarray(prefixed.readUInt32LE() === CONTINUATION ? 8 : 4)
}

async function bytesAt(file: FileHandle, at: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, at)
  if (bytesRead < length) throw new ArrowDamaged('breaks off')
  return buffer
}
