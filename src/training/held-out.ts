import { z } from 'zod'
import { FitserveError } from '../errors.ts'
import { concatenated } from '../evaluation/take-rows.ts'
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
   * Shape [rows, outputs]: a classifier's logits, calibrated by the map of the candidate that gave them where it has one, or a
   * regression's answers in the target's own unit. The candidate is the version's own, or the one that other rows chose.
   * Empty where the version's own network has not seen the rows.
   */
  values: Float64Array
  /**
   * The same answers as the evaluation measures them: logits by calibrations that other rows chose, and where `values` is empty
   * also answers of other candidates. Absent: they are `values`, or where that is empty those of the version itself; or there
   * are too many to keep, or an earlier release trained it.
   */
  evaluated?: Float64Array | undefined
  /** Number of the class that each row was answered with, where `evaluated` alone does not say. */
  answered?: Uint32Array | undefined
}

const HeldOutFile = z.object({
  format: z.literal(1),
  outputs: z.int().positive(),
  rows: z.base64(),
  values: z.base64(),
  evaluated: z.base64().optional(),
  answered: z.base64().optional(),
})

/** Returns the content of the file. */
export function writeHeldOut({ rows, outputs, values, evaluated, answered }: HeldOut): string {
  const text = ({ buffer, byteOffset, byteLength }: Uint32Array | Float64Array) =>
    Buffer.from(buffer, byteOffset, byteLength).toString('base64')
  return JSON.stringify({
    format: 1,
    outputs,
    rows: text(rows),
    values: text(values),
    evaluated: evaluated && text(evaluated),
    answered: answered && text(answered),
  })
}

/** Reads the content of the file. @throws FitserveError `corrupt-artifact` */
export function readHeldOut(bytes: Uint8Array): HeldOut {
  try {
    const file = HeldOutFile.parse(JSON.parse(Buffer.from(bytes).toString()))
    const rows = new Uint32Array(bytesOf(file.rows))
    const values = new Float64Array(bytesOf(file.values))
    const evaluated = file.evaluated === undefined ? undefined : new Float64Array(bytesOf(file.evaluated))
    const answered = file.answered === undefined ? undefined : new Uint32Array(bytesOf(file.answered))
    const size = rows.length * file.outputs
    const fits =
      [0, size].includes(values.length) &&
      (evaluated ?? { length: size }).length === size &&
      (answered ?? rows).length === rows.length
    if (!fits) throw new RangeError('the numbers do not fit')
    return { rows, outputs: file.outputs, values, evaluated, answered }
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
export function sampledHeldOut(heldOut: HeldOut, most: number): HeldOut {
  const { rows, outputs, values, evaluated, answered } = heldOut
  const count = Math.floor(most / outputs)
  if (rows.length <= count) return heldOut
  const ranks = rows.map(scattered)
  const limit = ranks.slice().sort()[count] ?? 0
  const chosen = Array.from(rows.keys()).filter((place) => (ranks[place] ?? 0) < limit)
  const numbers = (all: Uint32Array) => Uint32Array.from(chosen, (place) => all[place] ?? 0)
  const taken = (all: Float64Array) => {
    const own = new Float64Array(chosen.length * outputs)
    for (const [at, place] of chosen.entries())
      own.set(all.subarray(place * outputs, (place + 1) * outputs), at * outputs)
    return own
  }
  return {
    rows: numbers(rows),
    outputs,
    values: taken(values),
    ...(evaluated && { evaluated: taken(evaluated) }),
    ...(answered && { answered: numbers(answered) }),
  }
}

/** Returns a number for each row number, different ones for different rows: the finalizer of MurmurHash3. */
function scattered(row: number): number {
  const once = Math.imul(row ^ (row >>> 16), 0x85ebca6b)
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35)
  return (twice ^ (twice >>> 16)) >>> 0
}

/** Puts answers to different rows together. @param parts at least one, all with as many outputs and the same fields */
export function joinHeldOut(parts: readonly HeldOut[]): HeldOut {
  const evaluated = parts.flatMap((part) => part.evaluated ?? [])
  const answered = parts.flatMap((part) => part.answered ?? [])
  return {
    rows: joinedNumbers(parts.map(({ rows }) => rows)),
    outputs: parts[0]?.outputs ?? 1,
    values: concatenated(parts.map(({ values }) => values)),
    ...(evaluated.length === parts.length && { evaluated: concatenated(evaluated) }),
    ...(answered.length === parts.length && { answered: joinedNumbers(answered) }),
  }
}

function joinedNumbers(parts: readonly Uint32Array[]): Uint32Array {
  const joined = new Uint32Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return joined
}
