import { type FileHandle, open } from 'node:fs/promises'
import {
  CompressionType,
  compressionRegistry,
  type Data,
  DataType,
  type RecordBatch,
  RecordBatchReader,
} from 'apache-arrow'
import { FitserveError } from '../../../errors.ts'
import type { Staging } from '../staging.ts'
import { zstdDecompressed } from '../zstd.ts'
import { type ArrowColumn, columnsOf, vectorsOf } from './columns.ts'
import { ArrowDamaged } from './flat-table.ts'
import { lz4Decompressed } from './lz4.ts'
import { BatchTooLarge, checkBatches, isArrowFile, messagesOf } from './messages.ts'
import { BadValue } from './values.ts'

/** Bytes of a batch of rows, packed and unpacked: it is held as a whole. */
const MAX_BATCH = 512 * 1024 * 1024

/** How an Arrow file is read. */
export interface ArrowOptions {
  /** Reading stops soon after this number of bad rows. */
  maxBad: number
  /** Limit on the table as text, in bytes. */
  maxBytes: number
}

/** Bytes that the batch in hand may still take when it is unpacked. */
let room = MAX_BATCH

/**
 * Reads an Arrow IPC file or stream (Feather 2 is the file) into the staging table, batch by batch. The line of a row is its
 * number, from 1.
 * @returns the indexes of the columns of lists
 * @throws FitserveError `invalid-dataset`, `payload-too-large`
 */
export async function readArrow(path: string, staging: Staging, options: ArrowOptions): Promise<Set<number>> {
  registerCodecs()
  const file = await open(path)
  try {
    room = MAX_BATCH
    const reader = await readerOf(file)
    await reader.open()
    const columns = columnsOf(reader.schema.fields)
    await staging.addColumns(columns.map(({ name }) => name))
    const rows = new ArrowRows(staging, columns, options)
    for await (const batch of reader) {
      rows.add(batch)
      if (staging.rejected > options.maxBad) break
      room = MAX_BATCH
    }
    return new Set(columns.flatMap(({ isList }, index) => (isList ? [index] : [])))
  } catch (error) {
    throw understood(error)
  } finally {
    await file.close()
  }
}

async function readerOf(file: FileHandle) {
  if (!(await isArrowFile(file))) return RecordBatchReader.from(messagesOf(file, MAX_BATCH))
  await checkBatches(file, MAX_BATCH)
  return RecordBatchReader.from(file)
}

function registerCodecs(): void {
  const within = (unpack: (bytes: Uint8Array, maxBytes: number) => Buffer) => (bytes: Uint8Array) => {
    const unpacked = unpack(bytes, room)
    room -= unpacked.length
    return unpacked
  }
  compressionRegistry.set(CompressionType.LZ4_FRAME, { decode: within(lz4Decompressed) })
  compressionRegistry.set(CompressionType.ZSTD, { decode: within(zstdDecompressed) })
}

class ArrowRows {
  readonly #staging: Staging
  readonly #columns: readonly ArrowColumn[]
  readonly #options: ArrowOptions
  #line = 0
  #bytes = 0

  constructor(staging: Staging, columns: readonly ArrowColumn[], options: ArrowOptions) {
    this.#staging = staging
    this.#columns = columns
    this.#options = options
  }

  add(batch: RecordBatch): void {
    checkRows(batch)
    const vectors = this.#columns.map((column) => vectorsOf(batch, column))
    for (let row = 0; row < batch.numRows; row++) {
      this.#line++
      const values: (string | null)[] = []
      let bad: { column: number; message: string } | undefined
      for (const [column, { textOf }] of this.#columns.entries()) {
        const own = vectors[column]
        const vector = own?.at(-1)
        const isThere = own?.every((each) => each.isValid(row))
        const value = vector && isThere ? textOf(vector, row) : null
        if (value instanceof BadValue) bad ??= { column, message: value.message }
        else {
          values.push(value)
          this.#bytes += 1 + (value?.length ?? 0)
        }
      }
      if (bad) this.#staging.reject(this.#line, bad.column, bad.message, '')
      else this.#staging.add(this.#line, values)
      if (this.#staging.rejected > this.#options.maxBad) return
      if (this.#bytes > this.#options.maxBytes) throw tooLarge(this.#options.maxBytes)
    }
  }
}

/** Rows of a batch that has nothing but columns of the type null, which take no bytes. */
const MOST_EMPTY_ROWS = 1_000_000

/**
 * Checks that a batch has as many rows as it says, as far as gaps tell: other values are missed where they are read.
 * @throws ArrowDamaged
 */
function checkRows({ numRows, data }: RecordBatch): void {
  const columns = fieldsOf(data).filter(({ type }) => !DataType.isNull(type))
  const isEmpty = columns.every(({ type }) => DataType.isStruct(type))
  if (isEmpty && numRows > MOST_EMPTY_ROWS) throw new ArrowDamaged('rows without values')
  for (const { nullCount, nullBitmap } of columns)
    if (nullCount > 0 && (nullBitmap?.length ?? 0) * 8 < numRows) throw new ArrowDamaged('gaps')
}

/** Returns the columns of a batch, and the fields of those that are structures. */
function fieldsOf({ children }: Data): Data[] {
  return children.flatMap((child) => [child, ...(DataType.isStruct(child.type) ? fieldsOf(child) : [])])
}

function tooLarge(maxBytes: number): FitserveError {
  return new FitserveError(
    'payload-too-large',
    `The table in the file exceeds the limit of ${maxBytes} bytes`,
  )
}

function understood(error: unknown): unknown {
  if (error instanceof FitserveError) return error
  if (error instanceof BatchTooLarge) {
    const limit = `${MAX_BATCH / 1024 / 1024} MiB`
    const message = `A batch of rows in the Arrow file exceeds the limit of ${limit}. Write the file in batches of fewer rows.`
    return new FitserveError('invalid-dataset', message, { cause: error })
  }
  const message =
    'The file is not an Arrow file, is damaged, or uses a feature that is not supported. Send a file of another format with its own media type, such as text/csv'
  return new FitserveError('invalid-dataset', message, { cause: error })
}
