import { numbersOf } from '../faults/random.ts'

/** Draws that are the same for the same seed. */
export class Draws {
  readonly #next: () => number

  constructor(seed: number) {
    this.#next = numbersOf(seed)
  }

  /** Returns a whole number from 0 up to, but without, `end`. */
  below(end: number): number {
    return Math.floor(this.#next() * end)
  }

  /** Returns true with this probability. */
  chance(probability: number): boolean {
    return this.#next() < probability
  }

  /** Returns one of several values. */
  of<T>(values: readonly [T, ...T[]] | readonly T[]): T {
    const value = values[this.below(values.length)]
    if (value === undefined) throw new RangeError('nothing to draw from')
    return value
  }

  /** Returns a length: mostly short, sometimes very long. */
  length(): number {
    return this.chance(0.9) ? 1 + this.below(16) : 2 ** this.below(17)
  }
}
