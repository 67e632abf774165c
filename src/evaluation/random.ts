import { z } from 'zod'
import { FNV_PRIME, FNV_START } from '../fnv1a.ts'

const int32 = z
  .int()
  .min(-(2 ** 31))
  .max(2 ** 31 - 1)
/** A generator's position in its stream: four 32-bit numbers. */
export const RandomState = z.tuple([int32, int32, int32, int32])
export type RandomState = z.infer<typeof RandomState>

/**
 * A small seeded random number generator: sfc32 of PractRand (https://pracrand.sourceforge.net), whose state
 * is four 32-bit numbers. The same seed and purpose give the same numbers on every machine.
 */
export class Random {
  #a: number
  #b: number
  #c: number
  #counter: number

  /** @param purpose keeps streams of one seed apart (`shuffle`, `dropout`) */
  constructor(seed: number, purpose: string) {
    // FNV-1a spreads the purpose over 32 bits; sfc32 needs a dozen rounds to forget how it was seeded.
    let hash = FNV_START
    for (let index = 0; index < purpose.length; index++)
      hash = Math.imul(hash ^ purpose.charCodeAt(index), FNV_PRIME)
    this.#a = hash | 0
    this.#b = seed | 0
    this.#c = (seed / 2 ** 32) | 0
    this.#counter = 1
    for (let round = 0; round < 16; round++) this.uint32()
  }

  /** Returns a whole number from 0 to 2^32 − 1. */
  uint32(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0
    return sum >>> 0
  }

  /** Returns a number from 0 up to but not including 1, in steps of 2^-32. */
  next(): number {
    return this.uint32() / 2 ** 32
  }

  /** Returns its position, which `restore` takes to give the same numbers again. */
  state(): RandomState {
    return [this.#a, this.#b, this.#c, this.#counter]
  }

  restore([a, b, c, counter]: RandomState): void {
    this.#a = a
    this.#b = b
    this.#c = c
    this.#counter = counter
  }

  /** Brings the values into a random order, in place (Fisher and Yates). */
  shuffle<T extends Uint32Array | unknown[]>(values: T): T {
    for (let last = values.length - 1; last > 0; last--) {
      const other = Math.floor(this.next() * (last + 1))
      const value = values[last]
      values[last] = values[other] as never
      values[other] = value as never
    }
    return values
  }
}
