import { z } from 'zod'
import type { BagEncoder } from '../../recipe/index.ts'
import { atOnce, type Steps } from '../../runtime/steps.ts'
import {
  type ColumnEncoder,
  type ColumnFitter,
  GAP_REFUSED,
  type InputCell,
  isText,
  kindOf,
} from './column-encoder.ts'
import { type LongTexts, linesOf, NO_LONG_TEXTS, unpacked } from './long-texts.ts'
import { packed } from './packed.ts'
import type { SparseRow } from './sparse-row.ts'
import { Bag, type TermPositions, termPositions } from './words/bag.ts'
import { VocabularyCounter } from './words/vocabulary.ts'

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

/** A bag of words as it is used, in plain arrays. */
export interface BagTables extends TermPositions {
  /** By position. */
  readonly idf: Float32Array | null
  readonly ratios: Float32Array | null
}

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
        kind: 'text',
        type,
        analyzer,
        ngrams,
        lowercase,
        stripHtml,
        refuseGaps,
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
  return bagEncoder(state, atOnce(bagTables(state, NO_LONG_TEXTS)))
}

/**
 * Reads the vocabulary and the weights of a fitted bag of words.
 * @param texts what of the state is still bytes
 * @throws RangeError a damaged state
 */
export function* bagTables(state: TextState, texts: LongTexts): Steps<BagTables> {
  const terms = yield* termPositions(state, linesOf(state.vocabulary, texts))
  const idf = state.idf === null ? null : yield* unpacked(state.idf, terms.width, texts)
  const ratios = state.ratios === null ? null : yield* unpacked(state.ratios, terms.width, texts)
  return { ...terms, idf, ratios }
}

/** The encoder of a bag of words whose vocabulary has been read: its texts in the state are not looked at. */
export function bagEncoder(state: TextState, tables: BagTables): ColumnEncoder {
  const { width, idf, ratios } = tables
  const bag = new Bag(state, tables)
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
