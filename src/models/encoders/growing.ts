import type { Steps } from '../../runtime/steps.ts'

type Numbers = Uint8Array | Uint16Array | Uint32Array | Int8Array | Int32Array | Float32Array | Float64Array

/** Returns a copy of an array with more elements, those at the end being 0. */
export function enlarged<T extends Numbers>(values: T, length: number, make: new (length: number) => T): T {
  const larger = new make(length)
  larger.set(values)
  return larger
}

/** Returns the array itself if it has `needed` elements, else a copy at least twice as long, filled up with 0. */
export function grown<T extends Numbers>(values: T, needed: number, make: new (length: number) => T): T {
  return needed <= values.length ? values : enlarged(values, Math.max(needed, values.length * 2), make)
}

/** Elements that are copied in one step: a fraction of a millisecond's work. */
const STEP_LENGTH = 65_536

/** Copies an array into one of the same length, in steps. @returns the copy */
export function* copied<T extends Numbers>(values: T, into: T): Steps<T> {
  for (let start = 0; start < values.length; start += STEP_LENGTH) {
    into.set(values.subarray(start, start + STEP_LENGTH), start)
    yield
  }
  return into
}

/** Returns an array that has its memory for itself: the same one if it does, else a copy made in steps. */
export function* inOwnMemory<T extends Numbers>(values: T, make: new (length: number) => T): Steps<T> {
  const isAlone = values.byteLength === values.buffer.byteLength
  return isAlone ? values : yield* copied(values, new make(values.length))
}
