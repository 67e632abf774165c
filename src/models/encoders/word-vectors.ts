import { z } from 'zod'
import type { UnicodeForm } from '../../recipe/index.ts'
import { atOnce, type Steps } from '../../runtime/steps.ts'
import { type InputCell, isText } from './column-encoder.ts'
import { inOwnMemory } from './growing.ts'
import { Float32Numbers, Int8Numbers } from './kept-arrays.ts'
import { LocatedTerm, NO_POSITION } from './located-terms.ts'
import { type LongTexts, linesOf, NO_LONG_TEXTS, unpacked, unpackedSmall } from './long-texts.ts'
import { packed } from './packed.ts'
import type { SparseRow } from './sparse-row.ts'
import { rulesOfNewVersion } from './words/html.ts'
import { TermCounter } from './words/term-counter.ts'
import { TermLocator } from './words/term-locator.ts'
import { KeptPositions, positionOf, positionsInOwnMemory, termPositions } from './words/term-positions.ts'
import type { AnyText, TermOptions } from './words/terms.ts'

/*
 * Pretrained vectors beside the terms of a text. With the known words w of a text, c(w) times each and n in all, and with
 * v(w) the vector of a word, each dimension d is one input:
 *
 *     x(d) = factor(d) · Σ c(w) · (v(w, d) − centre(d)) / (n + PRIOR_WORDS)
 *
 * `centre` is the mean of the training texts and `factor` brings their deviation to DEVIATION. The prior words pull a text of
 * few words to the centre, since their mean varies more. Each word adds a term of its own to the sum, so that answers can be
 * explained by words, also by those that no training row has.
 */

/** Words at the centre that each text has besides its own. */
const PRIOR_WORDS = 5
/**
 * Standard deviation of an input over the training texts. It decides how fast the vectors learn beside the terms; see
 * bench/choices.md.
 */
const DEVIATION = 0.3
/**
 * Least deviation of a dimension over the training texts, as a share of the centre's length. What is smaller comes of rounding,
 * as between texts of the same words, and the inputs of other texts would be millions.
 */
const LEAST_DEVIATION = 1e-6
/** Deviation below which a dimension is left out, however near the centre is to 0: its factor would be too large for a version. */
const SMALLEST_DEVIATION = 1e-25

/** Keys whose values may be long texts. */
export const VECTOR_KEYS: readonly string[] = ['words', 'scales', 'values']

/** The vectors of a set's words, as a file of the machine and a version's `encoder.json` have them. */
export const WordVectors = z.object({
  /** Name of the set. */
  name: z.string(),
  dimensions: z.int().min(1).max(1_000),
  /** The words, most frequent first, joined by line feeds. */
  words: z.string(),
  /** Factor of each word, packed. */
  scales: z.string(),
  /** Number of each word and dimension from −127 to 127, packed; times the word's factor it is the vector's. */
  values: z.string(),
})
export type WordVectors = z.infer<typeof WordVectors>

/** The vectors beside a fitted column's terms. */
export const VectorsState = WordVectors.extend({
  /** Mean of each dimension over the training texts, packed. */
  centre: z.string(),
  /** What each dimension is multiplied by, packed; 0 where it does not vary. */
  factors: z.string(),
})
export type VectorsState = z.infer<typeof VectorsState>

/** The vectors of words as they are used, in plain arrays. */
const WordTables = z
  .object({
    /** The words, found by their positions in the set. */
    words: KeptPositions,
    scales: Float32Numbers,
    values: Int8Numbers,
    dimensions: z.int(),
  })
  .readonly()
type WordTables = z.infer<typeof WordTables>

/** Fitted vectors as they are used, in plain arrays. */
export const VectorTables = z
  .object({ ...WordTables.unwrap().shape, centre: Float32Numbers, factors: Float32Numbers })
  .readonly()
export type VectorTables = z.infer<typeof VectorTables>

/** How the words of a text are found, as its terms are. */
type ReadingRules = Pick<TermOptions, 'stripHtml' | 'unicode' | 'entities'>

const wordsOnly = ({ stripHtml, unicode, entities }: ReadingRules): TermOptions => ({
  stripHtml,
  unicode,
  entities,
  lowercase: true,
  analyzer: 'word',
  ngrams: [1, 1],
})

/**
 * The words of sets, and of the states that were fitted from them here: a training fits and reads them dozens of times, and
 * they are large. A counter leaves no counts in them.
 */
const READ = new WeakMap<WordVectors, { rules: string; tables: WordTables }[]>()

/** Reads fitted vectors, in steps. @throws RangeError if they are damaged */
export function* vectorTables(
  state: VectorsState,
  rules: ReadingRules,
  texts: LongTexts,
): Steps<VectorTables> {
  const known = knownTables(state, rules)
  return {
    ...(known ?? (yield* wordTables(state, rules, texts))),
    centre: yield* unpacked(state.centre, state.dimensions, texts),
    factors: yield* unpacked(state.factors, state.dimensions, texts),
  }
}

/** Returns vectors whose arrays have their memory for themselves, in steps. */
export function* vectorsInOwnMemory(tables: VectorTables): Steps<VectorTables> {
  const { words, scales, values, centre, factors, dimensions } = tables
  return {
    words: yield* positionsInOwnMemory(words),
    scales: yield* inOwnMemory(scales, Float32Array),
    values: yield* inOwnMemory(values, Int8Array),
    centre: yield* inOwnMemory(centre, Float32Array),
    factors: yield* inOwnMemory(factors, Float32Array),
    dimensions,
  }
}

function knownTables(set: WordVectors, rules: ReadingRules): WordTables | undefined {
  const wanted = JSON.stringify(wordsOnly(rules))
  return READ.get(set)?.find((each) => each.rules === wanted)?.tables
}

/** Returns the words of a set, which are read once for all fits by the same rules. */
function tablesOfSet(set: WordVectors, rules: ReadingRules): WordTables {
  const known = knownTables(set, rules)
  if (known) return known
  const tables = atOnce(wordTables(set, rules, NO_LONG_TEXTS))
  READ.set(set, [...(READ.get(set) ?? []), { rules: JSON.stringify(wordsOnly(rules)), tables }])
  return tables
}

function* wordTables(
  { dimensions, words: lines, scales, values }: WordVectors,
  rules: ReadingRules,
  texts: LongTexts,
): Steps<WordTables> {
  const words = yield* termPositions(wordsOnly(rules), linesOf(lines, texts))
  return {
    words,
    dimensions,
    scales: yield* unpacked(scales, words.width, texts),
    values: yield* unpackedSmall(values, words.width * dimensions, texts),
  }
}

/** Adds up the vectors of a text's words. */
class VectorSum {
  /** Sum by dimension, of the text that was read last. */
  readonly sums: Float64Array
  readonly #tables: WordTables
  readonly #counter: TermCounter

  constructor(tables: WordTables, rules: ReadingRules) {
    this.#tables = tables
    this.#counter = new TermCounter(wordsOnly(rules), tables.words)
    this.sums = new Float64Array(tables.dimensions)
  }

  get memoryBytes(): number {
    const { scales, values } = this.#tables
    return this.#counter.memoryBytes + scales.byteLength + values.byteLength
  }

  /** Sets the sums to those of a text. @returns the number of its known words, repeats included */
  read(text: AnyText): number {
    const { sums } = this
    const { scales, values, dimensions } = this.#tables
    const { counts, occurring } = this.#counter
    sums.fill(0)
    const different = this.#counter.countTerms(text)
    let known = 0
    for (let at = 0; at < different; at++) {
      const word = occurring[at] ?? 0
      const count = counts[word] ?? 0
      counts[word] = 0
      known += count
      const factor = count * (scales[word] ?? 0)
      const start = word * dimensions
      for (let dimension = 0; dimension < dimensions; dimension++)
        sums[dimension] = (sums[dimension] ?? 0) + factor * (values[start + dimension] ?? 0)
    }
    return known
  }
}

/**
 * Returns a function that counts the words of a text that a set has.
 * @param encoder the recipe's, whose rules read the texts
 */
export function knownWordCounter(
  set: WordVectors,
  encoder: { stripHtml: boolean; unicode?: UnicodeForm | undefined },
): (value: InputCell) => number {
  const rules = { ...encoder, ...rulesOfNewVersion(encoder) }
  const sum = new VectorSum(tablesOfSet(set, rules), rules)
  return (value) => (isText(value) ? sum.read(value) : 0)
}

/** Learns centre and deviation of a set's dimensions from training texts. */
export interface VectorsFitter {
  /** Takes the value of the next row; one without known words teaches nothing. */
  add(value: InputCell): void
  finish(): VectorsState
}

/** Returns a fitter of a set's vectors. @throws RangeError if the set is damaged */
export function vectorsFitter(set: WordVectors, rules: ReadingRules): VectorsFitter {
  const { dimensions } = set
  const sum = new VectorSum(tablesOfSet(set, rules), rules)
  const centre = new Float64Array(dimensions)
  /** Sum of the squared distances from the centre, each by the weight of its text. */
  const squares = new Float64Array(dimensions)
  let texts = 0
  let weights = 0
  return {
    add(value) {
      if (!isText(value)) return
      const known = sum.read(value)
      if (known === 0) return
      // What is encoded is the distance of the text's mean from the centre times this share.
      const share = known / (known + PRIOR_WORDS)
      const weight = share * share
      texts += 1
      weights += weight
      // West (1979), "Updating mean and variance estimates".
      for (let dimension = 0; dimension < dimensions; dimension++) {
        const mean = (sum.sums[dimension] ?? 0) / known
        const before = mean - (centre[dimension] ?? 0)
        centre[dimension] = (centre[dimension] ?? 0) + (before * weight) / weights
        squares[dimension] = (squares[dimension] ?? 0) + weight * before * (mean - (centre[dimension] ?? 0))
      }
    },
    finish() {
      const least = Math.max(SMALLEST_DEVIATION, LEAST_DEVIATION * Math.hypot(...centre))
      const factors = Float32Array.from(squares, (square) => {
        const deviation = square > 0 ? Math.sqrt(square / texts) : 0
        return deviation > least ? DEVIATION / deviation : 0
      })
      const state = { ...set, centre: packed(Float32Array.from(centre)), factors: packed(factors) }
      READ.set(state, READ.get(set) ?? [])
      return state
    },
  }
}

/** Turns texts into the inputs of their words' vectors. */
export interface VectorsEncoder {
  readonly width: number
  readonly memoryBytes: number
  /** Appends the inputs of a value; none for a text without known words. */
  encode(value: InputCell, base: number, into: SparseRow): void
}

/** Returns the encoder of fitted vectors. */
export function vectorsEncoder(tables: VectorTables, rules: ReadingRules): VectorsEncoder {
  const { dimensions, centre, factors } = tables
  const sum = new VectorSum(tables, rules)
  return {
    width: dimensions,
    memoryBytes: sum.memoryBytes,
    encode(value, base, into) {
      const known = isText(value) ? sum.read(value) : 0
      if (known === 0) return
      for (let dimension = 0; dimension < dimensions; dimension++) {
        const distance = (sum.sums[dimension] ?? 0) - known * (centre[dimension] ?? 0)
        into.add(base + dimension, ((factors[dimension] ?? 0) * distance) / (known + PRIOR_WORDS))
      }
    },
  }
}

/** The words of a text that have vectors, and where. */
export interface LocatedWords {
  /** Each with its part of every dimension's input. */
  readonly terms: readonly LocatedTerm[]
  /** Numbers of the words of the text, counted from 0, that have a vector. */
  readonly symbols: readonly number[]
}

/**
 * Returns the function that finds the words of texts that have vectors. Its tables are made with the first text.
 * @param base position of the first dimension within the column
 */
export function vectorsLocator(
  tables: VectorTables,
  rules: ReadingRules,
  base: number,
): (text: string) => LocatedWords {
  const { words, dimensions, scales, values, centre } = tables
  let found = new Map<number, LocatedTerm>()
  let symbols: number[] = []
  let locator: TermLocator | undefined
  return (text) => {
    locator ??= new TermLocator(wordsOnly(rules), words.terms, (scanned, term, first, last) => {
      const word = positionOf(words, term)
      if (word < 0) return
      const located = found.get(word)
      if (located) located.add(first, last)
      else found.set(word, new LocatedTerm(scanned, true, NO_POSITION, first, last))
      symbols.push(first)
    })
    found = new Map()
    symbols = []
    locator.scan(text)
    const sums = new Float64Array(dimensions)
    const distance = (word: number, count: number, dimension: number) =>
      count * ((scales[word] ?? 0) * (values[word * dimensions + dimension] ?? 0) - (centre[dimension] ?? 0))
    for (const [word, { count }] of found)
      for (let dimension = 0; dimension < dimensions; dimension++)
        sums[dimension] = (sums[dimension] ?? 0) + distance(word, count, dimension)
    for (const [word, term] of found)
      term.shared = {
        base,
        width: dimensions,
        partOf(amounts) {
          let part = 0
          for (let dimension = 0; dimension < dimensions; dimension++) {
            const sum = sums[dimension] ?? 0
            if (sum !== 0) part += (distance(word, term.count, dimension) / sum) * (amounts[dimension] ?? 0)
          }
          return part
        },
      }
    const terms = [...found.values()]
    return { terms, symbols }
  }
}
