import { createHash } from 'node:crypto'
import { z } from 'zod'
import { FitserveError } from '../../errors.ts'
import { atOnce, type Steps } from '../../runtime/steps.ts'
import { tablesFileName } from '../../tables-file-name.ts'
import { kindOfColumn } from '../encoders/kinds.ts'
import { type InputTables, inputTables } from '../encoders/row-encoder.ts'
import { owning } from '../own-memory.ts'
import { EncoderFile, encoderFileSteps } from './files.ts'

/*
 * The tables of a version's vocabularies in a file, as they stand in memory. To make them of the terms in `encoder.json`
 * takes half a second for 500,000 terms and two for two million; to read them takes as long as to copy them.
 *
 *   │ bytes of the head, 32 bits │ head: JSON │ array │ array │ …
 *
 * The head has the encoder without its long texts, and its tables, in which a description stands for each array: its type,
 * length, and place behind the head. Arrays begin at multiples of 64 bytes from the beginning of the file and have the order
 * of bytes of the machine, little endian. One that is full of zeros takes no place.
 *
 * The file is made where `encoder.json` is written, and never taken from an archive: what looks something up trusts that a
 * table has a free slot. Its hash in the manifest tells whether it is whole.
 */

/** Bytes of `encoder.json` from which on it is worth such a file. */
const LARGE_BYTES = 2 ** 20
/** Limit on the head, which is parsed at once. */
const MAX_HEAD_BYTES = 2 ** 18
/** Bytes of the number at the beginning. */
const NUMBER_BYTES = 4
/** Bytes of a cache line: each array begins on one. */
const ALIGNMENT = 64

const ARRAYS = { Int8Array, Int32Array, Uint32Array, Uint16Array, Float32Array }
type KeepableArray = InstanceType<(typeof ARRAYS)[keyof typeof ARRAYS]>

/** What stands for an array in the head. */
const KeptArray = z.strictObject({
  array: z.enum(['Int8Array', 'Int32Array', 'Uint32Array', 'Uint16Array', 'Float32Array']),
  length: z.int().nonnegative(),
  /** Place behind the head, in bytes; null: it is full of zeros. */
  at: z.int().nonnegative().nullable(),
})
type KeptArray = z.infer<typeof KeptArray>

const Head = z.object({ format: z.literal(1), encoder: EncoderFile, tables: z.array(z.unknown()) })

/** Returns the files of a version that come of its encoder, by name: `encoder.json` and, where it is of use, that of tables. */
export function filesOfEncoder(encoder: Uint8Array): Map<string, Uint8Array> {
  const files = new Map([['encoder.json', encoder]])
  const tables = tablesFile(encoder)
  if (tables) files.set(tablesFileName(createHash('sha256').update(encoder).digest('hex')), tables)
  return files
}

/**
 * Returns the file for a version with this `encoder.json`; null where it would save little: the vocabularies are small, there
 * are none, or some table can only be made anew.
 * @param largeBytes of `encoder.json` from which on it is worth a file, which tests change
 * @throws FitserveError `corrupt-artifact`
 */
export function tablesFile(encoder: Uint8Array, largeBytes = LARGE_BYTES): Uint8Array | null {
  if (encoder.byteLength < largeBytes) return null
  const { file, texts } = atOnce(encoderFileSteps(encoder))
  const withTables = file.inputs.map(({ state }) => kindOfColumn(state)).filter((kind) => kind.readTables)
  if (withTables.length === 0 || withTables.some((kind) => !kind.keptTables)) return null
  return fileOf(file, atOnce(inputTables(file.inputs, texts)))
}

/** Reads such a file, in steps. The tables are in the memory of its bytes. @throws FitserveError `corrupt-artifact` */
export function* tablesFileSteps(bytes: Uint8Array): Steps<{ file: EncoderFile; tables: InputTables }> {
  const file = owning(bytes)
  yield
  try {
    const headBytes = Buffer.from(file.buffer).readUInt32LE()
    const start = aligned(NUMBER_BYTES + headBytes)
    const head = Buffer.from(file.buffer, NUMBER_BYTES, headBytes)
    const { encoder, tables } = Head.parse(JSON.parse(head.toString('utf8')))
    yield
    const arrayOf = ({ array, length, at }: KeptArray) =>
      at === null ? new ARRAYS[array](length) : new ARRAYS[array](file.buffer, start + at, length)
    return { file: encoder, tables: tablesOf(encoder, withArrays(tables, arrayOf)) }
  } catch (cause) {
    throw new FitserveError('corrupt-artifact', "The model's tables are damaged or have an unknown format.", {
      cause,
    })
  }
}

function tablesOf({ inputs }: EncoderFile, tables: unknown): InputTables {
  const list = z.array(z.unknown()).length(inputs.length).parse(tables)
  return inputs.map(({ state }, index) => kindOfColumn(state).keptTables?.parse(list[index]) ?? null)
}

function fileOf(encoder: EncoderFile, tables: InputTables): Uint8Array | null {
  const arrays: { values: KeepableArray; at: number }[] = []
  let bytes = 0
  const described = withDescriptions(tables, (values) => {
    const isEmpty = !values.some((value) => value !== 0)
    const at = isEmpty ? null : bytes
    if (at !== null) {
      arrays.push({ values, at })
      bytes = aligned(at + values.byteLength)
    }
    return { array: values[Symbol.toStringTag], length: values.length, at }
  })
  const head = Buffer.from(JSON.stringify({ format: 1, encoder, tables: described }))
  if (head.byteLength > MAX_HEAD_BYTES) return null
  const start = aligned(NUMBER_BYTES + head.byteLength)
  const file = Buffer.alloc(start + bytes)
  file.writeUInt32LE(head.byteLength)
  file.set(head, NUMBER_BYTES)
  for (const { values, at } of arrays)
    file.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), start + at)
  return file
}

/** Returns a plain value with a description in place of each array. */
function withDescriptions(value: unknown, describe: (values: KeepableArray) => KeptArray): unknown {
  if (isKeepable(value)) return describe(value)
  return mapped(value, (part) => withDescriptions(part, describe))
}

/** Returns a plain value with an array in place of each description. */
function withArrays(value: unknown, arrayOf: (kept: KeptArray) => KeepableArray): unknown {
  const kept = KeptArray.safeParse(value)
  if (kept.success) return arrayOf(kept.data)
  return mapped(value, (part) => withArrays(part, arrayOf))
}

function mapped(value: unknown, map: (part: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map(map)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, map(part)]))
}

function isKeepable(value: unknown): value is KeepableArray {
  return Object.values(ARRAYS).some((array) => value instanceof array)
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT
}
