import { z } from 'zod'
import type { BagEncoder } from '../../recipe/index.ts'
import { atOnce, type Steps } from '../../turns.ts'
import { type LongTexts, linesOf, NO_LONG_TEXTS, unpacked } from '../long-texts.ts'
import {
  type ColumnEncoder,
  type ColumnFitter,
  GAP_REFUSED,
  type InputCell,
  isText,
  kindOf,
} from './column-encoder.ts'
import { packed } from './packed.ts'
import type { SparseRow } from './sparse-row.ts'
import { TermFinder } from './terms.ts'
import { VocabularyCounter } from './vocabulary.ts'
import type { WordText } from './word-texts.ts'

/** Terms that are gone through in one step. */
const STEP_TERMS = 16_384

/** A fitted bag of words as it is kept. */
export const TextState = z.object({
  kind: z.literal('text'),
  type: z.enum(['multiHot', 'count', 'tfIdf']),
  analyzer: z.enum(['word', 'char', 'charAcross']),
  ngrams: z.tuple([z.int().min(1).max(6), z.int().min(1).max(6)]),
  lowercase: z.boolean(),
  stripHtml: z.boolean(),
  refuseGaps: z.boolean(),
  /** Terms in the order of their inputs, most frequent first, joined by line feeds, which no term has. */
  vocabulary: z.string(),
  /** Inverse document frequency of each term, for `tfIdf`; packed. */
  idf: z.string().nullable(),
  /** What the naive-Bayes scaling multiplies each term's value by; packed. */
  ratios: z.string().nullable(),
})
export type TextState = z.infer<typeof TextState>

/** The terms of a kept vocabulary. */
export function termsOf({ vocabulary }: Pick<TextState, 'vocabulary'>): string[] {
  return vocabulary === '' ? [] : vocabulary.split('\n')
}

/**
 * Learns a vocabulary from training texts: the `numWords` terms that occur most often (equally frequent ones in
 * code-point order, so always the same), each at least `minCount` times.
 *
 * `tfIdf` weighs a term by its count times ln((1 + n) / (1 + df)) + 1 and scales a text's weights to length 1,
 * as scikit-learn's TfidfVectorizer does by default.
 */
export function textFitter(options: BagEncoder, refuseGaps: boolean): ColumnFitter<TextState> {
  const counter = new VocabularyCounter(options)
  let rows = 0
  return {
    add(value) {
      rows += 1
      if (isText(value)) counter.add(value)
    },
    finish() {
      const { terms, rows: termRows } = counter.choose()
      const { type, analyzer, ngrams, lowercase, stripHtml } = options
      const idf = Float32Array.from(termRows, (count) => Math.log((1 + rows) / (1 + count)) + 1)
      return {
        ...{ kind: 'text', type, analyzer, ngrams, lowercase, stripHtml, refuseGaps },
        vocabulary: terms.join('\n'),
        idf: type === 'tfIdf' ? packed(idf) : null,
        ratios: null,
      }
    },
  }
}

/** What a text's value may be: a text, or a gap where gaps are not refused. */
export function textFault(value: unknown, refuseGaps: boolean): string | undefined {
  if (typeof value === 'string') return undefined
  if (value === null) return refuseGaps ? GAP_REFUSED : undefined
  return `Expected a text, got ${kindOf(value)}.`
}

/** The encoder of a fitted bag of words. A gap is a text without words. @throws RangeError a damaged state */
export function textEncoder(state: TextState): ColumnEncoder {
  return atOnce(textEncoderSteps(state, NO_LONG_TEXTS))
}

/** The same in steps. @param texts what of the state is still bytes */
export function* textEncoderSteps(state: TextState, texts: LongTexts): Steps<ColumnEncoder> {
  const bag = new Bag(state)
  yield* bag.learn(linesOf(state.vocabulary, texts))
  const width = bag.counts.length
  const idf = state.idf === null ? null : yield* unpacked(state.idf, width, texts)
  const ratios = state.ratios === null ? null : yield* unpacked(state.ratios, width, texts)
  return encoderOf(state, bag, idf, ratios)
}

function encoderOf(
  state: TextState,
  bag: Bag,
  idf: Float32Array | null,
  ratios: Float32Array | null,
): ColumnEncoder {
  const width = bag.counts.length
  const { counts } = bag
  const weigh = (position: number, count: number): number => {
    if (state.type === 'multiHot') return 1
    return idf ? count * (idf[position] ?? 0) : count
  }
  return {
    width,
    memoryBytes: bag.memoryBytes + (idf?.byteLength ?? 0) + (ratios?.byteLength ?? 0),
    fault: (value) => textFault(value, state.refuseGaps),
    encode(value: InputCell, base: number, into: SparseRow): void {
      if (!isText(value)) return
      const occurring = bag.countTerms(value)
      if (state.type === 'multiHot' && !ratios) {
        for (let at = 0; at < occurring; at++) {
          const position = bag.occurring[at] ?? 0
          into.add(base + position, 1)
          counts[position] = 0
        }
        return
      }
      let squares = 0
      if (state.type === 'tfIdf')
        for (let at = 0; at < occurring; at++) {
          const position = bag.occurring[at] ?? 0
          squares += weigh(position, counts[position] ?? 0) ** 2
        }
      const scale = squares > 0 ? 1 / Math.sqrt(squares) : 1
      for (let at = 0; at < occurring; at++) {
        const position = bag.occurring[at] ?? 0
        const weight = weigh(position, counts[position] ?? 0) * scale
        // Rounded before it is multiplied, as the training rows were.
        into.add(base + position, ratios ? Math.fround(weight) * (ratios[position] ?? 0) : weight)
        counts[position] = 0
      }
    },
  }
}

/** Counts how often each term of a vocabulary is in a text. */
class Bag {
  counts = new Uint32Array(0)
  /** Positions of the terms that occur. */
  occurring = new Uint32Array(0)
  readonly #finder: TermFinder
  /** Position + 1 of a term, by its symbol or by its n-gram's number; 0: not in the vocabulary. */
  #single = new Uint32Array(0)
  #grams = new Uint32Array(0)
  #size = 0

  constructor(state: TextState) {
    this.#finder = new TermFinder(state, 'pass', (term) => this.#count(term))
  }

  /** Takes the vocabulary, once. */
  *learn(vocabulary: Iterable<string>): Steps<void> {
    const numbers = yield* this.#finder.addAll(vocabulary)
    this.counts = new Uint32Array(numbers.length)
    this.occurring = new Uint32Array(numbers.length)
    let symbols = 0
    for (let at = 0; at < numbers.length; at++) {
      const number = numbers[at] ?? 0
      if (number < 0 && ~number >= symbols) symbols = ~number + 1
      if (at % STEP_TERMS === 0) yield
    }
    this.#single = new Uint32Array(symbols)
    this.#grams = new Uint32Array(this.#finder.grams.size)
    for (let position = 0; position < numbers.length; position++) {
      const number = numbers[position] ?? 0
      if (number < 0) this.#single[~number] = position + 1
      else this.#grams[number] = position + 1
      if (position % STEP_TERMS === 0) yield
    }
  }

  get memoryBytes(): number {
    const own = [this.counts, this.occurring, this.#single, this.#grams]
    return own.reduce((bytes, each) => bytes + each.byteLength, this.#finder.memoryBytes)
  }

  /** Adds a text's terms to `counts`. @returns how many positions of `occurring` are set */
  countTerms(text: string | WordText): number {
    this.#size = 0
    if (typeof text === 'string') this.#finder.scan(text)
    else this.#finder.scanWords(text)
    return this.#size
  }

  #count(term: number): void {
    const position = ((term < 0 ? this.#single[~term] : this.#grams[term]) ?? 0) - 1
    if (position < 0) return
    const count = this.counts[position] ?? 0
    if (count === 0) this.occurring[this.#size++] = position
    this.counts[position] = count + 1
  }
}
