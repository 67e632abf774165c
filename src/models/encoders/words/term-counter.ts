import type { Steps } from '../../../runtime/steps.ts'
import { type AnyText, TermFinder, type TermOptions, type TermTables } from './terms.ts'

/** Terms handled in one step. */
const STEP_TERMS = 16_384

/** The positions of a vocabulary's terms, and arrays to count them in, which only one counter may use. */
export interface TermPositions {
  /** The tables in which terms are found. */
  readonly terms: TermTables
  /** Position + 1 of a term of one symbol, by the symbol; 0 if the vocabulary lacks it. */
  readonly single: Uint32Array
  /** Position + 1 of an n-gram, by its number; 0 if the vocabulary lacks it. */
  readonly grams: Uint32Array
  /** Number of positions. */
  readonly width: number
  /** Occurrences by position; all 0 between two texts. */
  readonly counts: Uint32Array
  /** Positions of the terms that occur, with one element to spare behind the last position. */
  readonly occurring: Uint32Array
}

/** Reads a vocabulary, in steps. @param pieces its parts, each of whole terms separated by line feeds */
export function* termPositions(options: TermOptions, pieces: Iterable<string>): Steps<TermPositions> {
  const finder = new TermFinder(options, 'pass', () => {})
  const numbers = yield* finder.addAll(pieces)
  let symbols = 0
  for (let at = 0; at < numbers.length; at++) {
    const number = numbers[at] ?? 0
    if (number < 0 && ~number >= symbols) symbols = ~number + 1
    if (at % STEP_TERMS === 0) yield
  }
  const single = new Uint32Array(symbols)
  const grams = new Uint32Array(finder.grams.size)
  for (let position = 0; position < numbers.length; position++) {
    const number = numbers[position] ?? 0
    if (number < 0) single[~number] = position + 1
    else grams[number] = position + 1
    if (position % STEP_TERMS === 0) yield
  }
  const width = numbers.length
  const counts = new Uint32Array(width)
  const occurring = new Uint32Array(width + 1)
  return { terms: yield* finder.tables(), single, grams, width, counts, occurring }
}

/** Counts how often each term of a vocabulary occurs in a text. */
export class TermCounter {
  /** Occurrences by position. The caller sets those that it has read back to 0. */
  readonly counts: Uint32Array
  /** Positions of the terms that occur; `countTerms` returns their number. */
  readonly occurring: Uint32Array
  readonly #finder: TermFinder
  readonly #single: Uint32Array
  readonly #grams: Uint32Array
  #size = 0

  constructor(options: TermOptions, { terms, single, grams, counts, occurring }: TermPositions) {
    this.#finder = new TermFinder(options, 'pass', (term) => this.#count(term), terms)
    this.#single = single
    this.#grams = grams
    this.counts = counts
    this.occurring = occurring
  }

  /** Memory held, in bytes. */
  get memoryBytes(): number {
    const own = [this.counts, this.occurring, this.#single, this.#grams]
    return own.reduce((bytes, each) => bytes + each.byteLength, this.#finder.memoryBytes)
  }

  /** Adds a text's terms to `counts`. @returns the number of positions in `occurring` */
  countTerms(text: AnyText): number {
    this.#size = 0
    this.#finder.scan(text)
    return this.#size
  }

  #count(term: number): void {
    const position = ((term < 0 ? this.#single[~term] : this.#grams[term]) ?? 0) - 1
    if (position < 0) return
    const count = this.counts[position] ?? 0
    // Without a branch: the processor could not predict whether a word comes for the first time.
    this.occurring[this.#size] = position
    this.#size += (count - 1) >>> 31
    this.counts[position] = count + 1
  }
}
