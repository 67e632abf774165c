import { z } from 'zod'
import type { Steps } from '../../../runtime/steps.ts'
import { inOwnMemory } from '../growing.ts'
import { Uint32Numbers } from '../kept-arrays.ts'
import { type AnyText, TermFinder, type TermOptions, TermTables } from './terms.ts'

/** Terms handled in one step. */
const STEP_TERMS = 16_384

/** Stands for the id of an n-gram that has none yet. */
const NO_ID = 0xffff_ffff

/** The positions of a vocabulary's terms as they can be kept in a file, and empty arrays to count them in. */
export const KeptPositions = z
  .object({
    /** The tables in which terms are found. */
    terms: TermTables,
    /** Position + 1 of a term of one symbol, by the symbol; 0 if the vocabulary lacks it. */
    single: Uint32Numbers,
    /** Number of positions. An n-gram's id is its position, or at least as large if the vocabulary lacks it. */
    width: z.int().nonnegative(),
    /** Occurrences by position; all 0 between two texts. */
    counts: Uint32Numbers,
    /**
     * Positions of the terms that occur, with one element to spare behind the last position; of no meaning between two texts.
     */
    occurring: Uint32Numbers,
  })
  .readonly()

/** The positions of a vocabulary's terms, and arrays to count them in, which only one counter may use. */
export interface TermPositions extends z.infer<typeof KeptPositions> {
  /** The kernel in whose memory all these arrays are. Absent: they are in none. */
  readonly kernel?: TermKernel
}

/** The terms of a text with their places, until the next text is read. */
export interface ListedTerms {
  /** Number of terms, repeats included. */
  readonly count: number
  /** Position of each term, in the order of `TermFinder.scan`. */
  readonly positions: Uint32Array
  /** Where each term stands: the index of its last symbol times 8, plus the number of its symbols. */
  readonly places: Uint32Array
  /** Number of symbols of the text. */
  readonly symbols: number
  /** First character of each word of the text and the one behind it; null where symbols are characters. */
  readonly words: Uint32Array | null
}

/** Reads texts in a kernel's memory, with the results of `TermFinder.scan`. */
export interface TermKernel {
  /** Bytes of that memory, with all tables. */
  readonly memoryBytes: number
  /**
   * Counts a text's terms into `counts` and `occurring` of its tables.
   * @returns the number of positions in `occurring`; `NOT_HERE` for a text that the kernel cannot read
   */
  countTerms(text: AnyText): number
  /**
   * Returns `start` and the weights of a text's terms together, each added once, in the order in which they first occur;
   * undefined for a text without known terms, or that the kernel cannot read, and where there are no weights.
   */
  sumTerms(text: AnyText, start: number): number | undefined
  /** Lists a text's terms with their places; undefined for a text whose places the kernel cannot tell. */
  listTerms(text: string): ListedTerms | undefined
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
  const ids = new Uint32Array(finder.grams.size).fill(NO_ID)
  for (let position = 0; position < numbers.length; position++) {
    const number = numbers[position] ?? 0
    if (number < 0) single[~number] = position + 1
    else ids[number] = position
    if (position % STEP_TERMS === 0) yield
  }
  const width = numbers.length
  let next = width
  for (let number = 0; number < ids.length; number++) if (ids[number] === NO_ID) ids[number] = next++
  const counts = new Uint32Array(width)
  const occurring = new Uint32Array(width + 1)
  return { terms: yield* finder.tables(ids), single, width, counts, occurring }
}

/** Returns positions whose arrays have their memory for themselves, in steps. */
export function* positionsInOwnMemory(positions: z.infer<typeof KeptPositions>): Steps<TermPositions> {
  const { terms, single, width, counts, occurring } = positions
  const { words, grams, short } = terms
  return {
    terms: {
      words: {
        size: words.size,
        slots: yield* inOwnMemory(words.slots, Int32Array),
        starts: yield* inOwnMemory(words.starts, Uint32Array),
        codes: yield* inOwnMemory(words.codes, Uint16Array),
      },
      grams: {
        slots: yield* inOwnMemory(grams.slots, Int32Array),
        keys: yield* inOwnMemory(grams.keys, Int32Array),
      },
      short: short && (yield* inOwnMemory(short, Int32Array)),
    },
    single: yield* inOwnMemory(single, Uint32Array),
    width,
    counts: yield* inOwnMemory(counts, Uint32Array),
    occurring: yield* inOwnMemory(occurring, Uint32Array),
  }
}

/** Returns the position of a term that a finder has reported; −1 if the vocabulary lacks it. */
export function positionOf({ single, width }: Pick<TermPositions, 'single' | 'width'>, term: number): number {
  if (term < 0) return (single[~term] ?? 0) - 1
  return term < width ? term : -1
}
