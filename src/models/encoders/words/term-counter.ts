import { NOT_HERE } from './known-words.ts'
import { positionOf, type TermKernel, type TermPositions } from './term-positions.ts'
import { type AnyText, TermFinder, type TermOptions } from './terms.ts'

/** Counts how often each term of a vocabulary occurs in a text. */
export class TermCounter {
  /** Occurrences by position. The caller sets those that it has read back to 0. */
  readonly counts: Uint32Array
  /** Positions of the terms that occur; `countTerms` returns their number. */
  readonly occurring: Uint32Array
  readonly #finder: TermFinder
  readonly #positions: Pick<TermPositions, 'single' | 'width'>
  readonly #kernel: TermKernel | undefined
  #size = 0

  constructor(options: TermOptions, { terms, single, width, counts, occurring, kernel }: TermPositions) {
    this.#kernel = kernel
    this.#finder = new TermFinder(options, 'pass', (term) => this.#count(term), terms)
    this.#positions = { single, width }
    this.counts = counts
    this.occurring = occurring
  }

  /** Memory held, in bytes. */
  get memoryBytes(): number {
    if (this.#kernel) return this.#kernel.memoryBytes
    const own = [this.counts, this.occurring, this.#positions.single]
    return own.reduce((bytes, each) => bytes + each.byteLength, this.#finder.memoryBytes)
  }

  /** Adds a text's terms to `counts`. @returns the number of positions in `occurring` */
  countTerms(text: AnyText): number {
    const counted = this.#kernel?.countTerms(text) ?? NOT_HERE
    if (counted !== NOT_HERE) return counted
    this.#size = 0
    this.#finder.scan(text)
    return this.#size
  }

  #count(term: number): void {
    const position = positionOf(this.#positions, term)
    if (position < 0) return
    const count = this.counts[position] ?? 0
    // Without a branch: the processor could not predict whether a word comes for the first time.
    this.occurring[this.#size] = position
    this.#size += (count - 1) >>> 31
    this.counts[position] = count + 1
  }
}
