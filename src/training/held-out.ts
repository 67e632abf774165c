import { z } from 'zod'
import { FitserveError } from '../errors.ts'
import { HELD_OUT_FILE } from '../training-contract.ts'

/**
 * Answers to training rows by networks that were not trained on them: a fold's, or that of a first fit which was followed
 * by a last one on all rows. They measure the version fairly on rows that its own network has seen.
 */
export interface HeldOut {
  /** Numbers of the rows in the version's data set. */
  rows: Uint32Array
  /** Values of each row: 1, or the number of classes. */
  outputs: number
  /**
   * Shape [rows, outputs]: a classifier's logits, calibrated by the version's map where it has one, or a regression's
   * answers in the target's own unit. Empty where the version's own network has not seen the rows.
   */
  values: Float64Array
}

const HeldOutFile = z.object({
  format: z.literal(1),
  outputs: z.int().positive(),
  rows: z.base64(),
  values: z.base64(),
})

/** Returns the content of the file. */
export function writeHeldOut({ rows, outputs, values }: HeldOut): string {
  const text = ({ buffer, byteOffset, byteLength }: Uint32Array | Float64Array) =>
    Buffer.from(buffer, byteOffset, byteLength).toString('base64')
  return JSON.stringify({ format: 1, outputs, rows: text(rows), values: text(values) })
}

/** Reads the content of the file. @throws FitserveError `corrupt-artifact` */
export function readHeldOut(bytes: Uint8Array): HeldOut {
  try {
    const file = HeldOutFile.parse(JSON.parse(Buffer.from(bytes).toString()))
    const rows = new Uint32Array(bytesOf(file.rows))
    const values = new Float64Array(bytesOf(file.values))
    if (values.length > 0 && values.length !== rows.length * file.outputs)
      throw new RangeError('the numbers do not fit')
    return { rows, outputs: file.outputs, values }
  } catch (cause) {
    throw new FitserveError('corrupt-artifact', `The model's file ${HELD_OUT_FILE} is damaged.`, { cause })
  }
}

/** Returns decoded bytes at the start of a buffer of their own, as typed arrays need them. */
function bytesOf(text: string): ArrayBuffer {
  return Uint8Array.from(Buffer.from(text, 'base64')).buffer
}

/**
 * Returns answers to some of the rows, such that they have no more than `most` values. Rows are chosen by their numbers
 * alone, so that versions of one table keep answers to the same ones and can be compared.
 */
export function sampledHeldOut({ rows, outputs, values }: HeldOut, most: number): HeldOut {
  const count = Math.floor(most / outputs)
  if (rows.length <= count) return { rows, outputs, values }
  const ranks = rows.map(scattered)
  const limit = ranks.slice().sort()[count] ?? 0
  const chosen = Array.from(rows.keys()).filter((place) => (ranks[place] ?? 0) < limit)
  const kept = {
    rows: new Uint32Array(chosen.length),
    outputs,
    values: new Float64Array(chosen.length * outputs),
  }
  for (const [at, place] of chosen.entries()) {
    kept.rows[at] = rows[place] ?? 0
    kept.values.set(values.subarray(place * outputs, (place + 1) * outputs), at * outputs)
  }
  return kept
}

/** Returns a number for each row number, different ones for different rows: the finalizer of MurmurHash3. */
function scattered(row: number): number {
  const once = Math.imul(row ^ (row >>> 16), 0x85ebca6b)
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35)
  return (twice ^ (twice >>> 16)) >>> 0
}

/** Puts answers to different rows together. @param parts at least one, all with as many outputs */
export function joinHeldOut(parts: readonly HeldOut[]): HeldOut {
  const outputs = parts[0]?.outputs ?? 1
  const count = parts.reduce((sum, { rows }) => sum + rows.length, 0)
  const joined = { rows: new Uint32Array(count), outputs, values: new Float64Array(count * outputs) }
  let at = 0
  for (const { rows, values } of parts) {
    joined.rows.set(rows, at)
    joined.values.set(values, at * outputs)
    at += rows.length
  }
  return joined
}
