import { type FileHandle, open } from 'node:fs/promises'
import {
  CompressionType,
  compressionRegistry,
  DataType,
  type Field,
  type RecordBatch,
  RecordBatchReader,
} from 'apache-arrow'
import { FitserveError } from '../../../errors.ts'
import { inNfc } from '../../../normal-form.ts'
import { nameProblem, TOO_MANY_COLUMNS } from '../columns.ts'
import { MAX_COLUMNS } from '../limits.ts'
import type { Staging } from '../staging.ts'
import { zstdDecompressed } from '../zstd.ts'
import { lz4Decompressed } from './lz4.ts'
import { ArrowDamaged, BatchTooLarge, checkBatches, isArrowFile, messagesOf } from './messages.ts'
import { BadValue, isListOfTexts, type TextOf, textOf } from './values.ts'

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
    // The reader forgets them in the end.
    const { fields } = reader.schema
    const texts = await columnsOf(fields, staging)
    const rows = new ArrowRows(staging, texts, options)
    for await (const batch of reader) {
      rows.add(batch)
      if (staging.rejected > options.maxBad) break
      room = MAX_BATCH
    }
    return new Set(fields.flatMap(({ type }, index) => (isListOfTexts(type) ? [index] : [])))
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

/** Gives the staging table its columns, and returns how their values become texts. */
async function columnsOf(fields: readonly Field[], staging: Staging): Promise<TextOf[]> {
  const names = new Set<string>()
  for (const { name } of fields) {
    const column = inNfc(name)
    const problem = nameProblem(column) ?? (names.has(column) ? 'Two columns have the same name' : undefined)
    if (problem !== undefined)
      throw new FitserveError('invalid-dataset', 'The Arrow file cannot be read as a table', {
        problems: [{ column: column.slice(0, 200), message: problem }],
      })
    names.add(column)
  }
  if (names.size > MAX_COLUMNS) throw new FitserveError('invalid-dataset', TOO_MANY_COLUMNS)
  if (names.size === 0) throw new FitserveError('invalid-dataset', 'The Arrow file has no columns')
  const texts = fields.map(textOf)
  await staging.addColumns([...names])
  return texts
}

class ArrowRows {
  readonly #staging: Staging
  readonly #texts: readonly TextOf[]
  readonly #options: ArrowOptions
  #line = 0
  #bytes = 0

  constructor(staging: Staging, texts: readonly TextOf[], options: ArrowOptions) {
    this.#staging = staging
    this.#texts = texts
    this.#options = options
  }

  add(batch: RecordBatch): void {
    checkRows(batch)
    const vectors = this.#texts.map((_, column) => batch.getChildAt(column))
    for (let row = 0; row < batch.numRows; row++) {
      this.#line++
      const values: (string | null)[] = []
      let bad: { column: number; message: string } | undefined
      for (const [column, textOf] of this.#texts.entries()) {
        const vector = vectors[column]
        const isThere =
          vector !== null && vector !== undefined && !DataType.isNull(vector.type) && vector.isValid(row)
        const value = isThere ? textOf(vector, row) : null
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
  const columns = data.children.filter(({ type }) => !DataType.isNull(type))
  if (columns.length === 0 && numRows > MOST_EMPTY_ROWS) throw new ArrowDamaged('rows without values')
  for (const { nullCount, nullBitmap } of columns)
    if (nullCount > 0 && (nullBitmap?.length ?? 0) * 8 < numRows) throw new ArrowDamaged('gaps')
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
  const message = 'The file is not an Arrow file, is damaged, or uses a feature that is not supported'
  return new FitserveError('invalid-dataset', message, { cause: error })
}
