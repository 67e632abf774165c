import { z } from 'zod'
import { type BagEncoder, UnicodeForm } from '../../recipe/index.ts'
import { atOnce, type Steps } from '../../runtime/steps.ts'
import { type ColumnEncoder, type ColumnFitter, type InputCell, isText } from './column-encoder.ts'
import { inOwnMemory } from './growing.ts'
import { Float32Numbers } from './kept-arrays.ts'
import { LocatedTerm, type LocatedTerms } from './located-terms.ts'
import { type LongTexts, linesOf, NO_LONG_TEXTS, unpacked } from './long-texts.ts'
import { logCountRatios, scaleTerms } from './naive-bayes.ts'
import { packed } from './packed.ts'
import type { SparseRow } from './sparse-row.ts'
import { NO_TEXT, type TextKind, textFault } from './text.ts'
import {
  VECTOR_KEYS,
  VectorsState,
  VectorTables,
  vectorsEncoder,
  vectorsFitter,
  vectorsInOwnMemory,
  vectorsLocator,
  vectorTables,
  type WordVectors,
} from './word-vectors.ts'
import { rulesOfNewVersion } from './words/html.ts'
import { TermCounter } from './words/term-counter.ts'
import { openTerms } from './words/term-kernel.ts'
import { type ScannedText, TermLocator } from './words/term-locator.ts'
import { KeptPositions, positionOf, type TermPositions, termPositions } from './words/term-positions.ts'
import type { AnyText } from './words/terms.ts'
import { VocabularyCounter } from './words/vocabulary.ts'

/** A fitted bag of words, as it is kept in `encoder.json`. */
export const BagState = z.object({
  kind: z.literal('text'),
  type: z.enum(['multiHot', 'count', 'tfIdf']),
  analyzer: z.enum(['word', 'char', 'charAcross']),
  ngrams: z.tuple([z.int().min(1).max(6), z.int().min(1).max(6)]),
  lowercase: z.boolean(),
  stripHtml: z.boolean(),
  /** Rule of characters outside of ASCII (see `ScanOptions`); absent in versions of earlier releases. */
  unicode: UnicodeForm.optional(),
  /** Rule of HTML entities (see `ScanOptions`); absent in versions of earlier releases. */
  entities: z.literal('html5').optional(),
  refuseGaps: z.boolean(),
  /** Terms in the order of their inputs, most frequent first, joined by line feeds, which no term has. */
  vocabulary: z.string(),
  /** Inverse document frequency of each term, packed; null unless the type is `tfIdf`. */
  idf: z.string().nullable(),
  /** Naive-Bayes ratio by which each term's value is multiplied, packed; null unless the recipe asks for it. */
  ratios: z.string().nullable(),
  /** Word vectors, whose inputs follow those of the terms. Absent: there are none. */
  vectors: VectorsState.optional(),
})
export type BagState = z.infer<typeof BagState>

const KeptTables = z.object({
  kind: z.literal('text'),
  ...KeptPositions.unwrap().shape,
  /** Inverse document frequencies by position. */
  idf: Float32Numbers.nullable(),
  /** Naive-Bayes ratios by position. */
  ratios: Float32Numbers.nullable(),
  /** Null: the column has no word vectors. */
  vectors: VectorTables.nullable().default(null),
})

/** A bag of words as it is used, in plain arrays. */
export interface BagTables extends Readonly<z.infer<typeof KeptTables>>, TermPositions {}

/**
 * Learns a vocabulary from training texts: the `numWords` terms that occur most often (equally frequent ones in
 * code-point order, so always the same), each at least `minCount` times.
 *
 * `tfIdf` weighs a term by its count times ln((1 + n) / (1 + df)) + 1 and scales a text's weights to length 1,
 * as scikit-learn's TfidfVectorizer does by default.
 * @param wordVectors the set whose inputs follow those of the terms. Default: none
 */
export function bagFitter(
  options: BagEncoder,
  refuseGaps: boolean,
  wordVectors: WordVectors | null = null,
): ColumnFitter<BagState> {
  const rules = rulesOfNewVersion(options)
  const vectors = wordVectors && vectorsFitter(wordVectors, { ...options, ...rules })
  const counter = new VocabularyCounter({ ...options, ...rules })
  let rows = 0
  return {
    add(value) {
      rows += 1
      if (isText(value)) counter.add(value)
      vectors?.add(value)
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
        ...rules,
        refuseGaps,
        vocabulary: terms.join('\n'),
        idf: type === 'tfIdf' ? packed(idf) : null,
        ratios: null,
        ...(vectors && { vectors: vectors.finish() }),
      }
    },
  }
}

/**
 * Returns the encoder of a fitted bag of words. A gap is a text without words. @throws RangeError if the state is
 * damaged
 */
export function bagEncoder(state: BagState): ColumnEncoder {
  return encoderOfBag(state, atOnce(openBag(state, atOnce(bagTables(state, NO_LONG_TEXTS)))))
}

/**
 * Reads the vocabulary and the weights of a fitted bag of words.
 * @param texts the texts of the state that are still bytes
 * @throws RangeError if the state is damaged
 */
function* bagTables(state: BagState, texts: LongTexts): Steps<BagTables> {
  const terms = yield* termPositions(state, linesOf(state.vocabulary, texts))
  const idf = state.idf === null ? null : yield* unpacked(state.idf, terms.width, texts)
  const ratios = state.ratios === null ? null : yield* unpacked(state.ratios, terms.width, texts)
  const vectors = state.vectors ? yield* vectorTables(state.vectors, state, texts) : null
  return { kind: 'text', ...terms, idf, ratios, vectors }
}

/**
 * Returns the tables in the memory of a kernel, or as they are where no kernel reads them.
 * @param weights of the only unit that takes the column's inputs. Default: there are several, or others take them too
 */
function* openBag(state: BagState, tables: BagTables, weights?: Float32Array): Steps<BagTables> {
  const isSum = state.type === 'multiHot' && !tables.vectors
  const products = weights && isSum ? weighed(weights, tables) : null
  const opened = yield* openTerms(state, tables, products)
  if (!opened) return tables
  // What was in a file with the others would keep all of it in memory.
  const idf = tables.idf && (yield* inOwnMemory(tables.idf, Float32Array))
  const ratios = tables.ratios && (yield* inOwnMemory(tables.ratios, Float32Array))
  const vectors = tables.vectors && (yield* vectorsInOwnMemory(tables.vectors))
  return { ...tables, ...opened, idf, ratios, vectors }
}

/** Returns what each term adds to the sum of a unit: products of two 32-bit numbers, which are exact in 64 bits. */
function weighed(weights: Float32Array, { width, ratios }: BagTables): Float64Array {
  const products = new Float64Array(width)
  for (let at = 0; at < width; at++) products[at] = (ratios?.[at] ?? 1) * (weights[at] ?? 0)
  return products
}

function encoderOfBag(state: BagState, tables: BagTables): ColumnEncoder {
  const { width, idf, ratios } = tables
  const vectors = tables.vectors && vectorsEncoder(tables.vectors, state)
  const counter = new TermCounter(state, tables)
  const { counts } = counter
  const weigh = (position: number, count: number): number => {
    if (state.type === 'multiHot') return 1
    return idf ? count * (idf[position] ?? 0) : count
  }
  const encodeTerms = (value: AnyText, base: number, into: SparseRow): void => {
    const occurring = counter.countTerms(value)
    if (state.type === 'multiHot' && !ratios) {
      for (let at = 0; at < occurring; at++) {
        const position = counter.occurring[at] ?? 0
        into.add(base + position, 1)
        counts[position] = 0
      }
      return
    }
    let squares = 0
    if (state.type === 'tfIdf')
      for (let at = 0; at < occurring; at++) {
        const position = counter.occurring[at] ?? 0
        squares += weigh(position, counts[position] ?? 0) ** 2
      }
    const scale = squares > 0 ? 1 / Math.sqrt(squares) : 1
    for (let at = 0; at < occurring; at++) {
      const position = counter.occurring[at] ?? 0
      const weight = weigh(position, counts[position] ?? 0) * scale
      // Rounded before it is multiplied, as the training rows were.
      into.add(base + position, ratios ? Math.fround(weight) * (ratios[position] ?? 0) : weight)
      counts[position] = 0
    }
  }
  const own = counter.memoryBytes + (idf?.byteLength ?? 0) + (ratios?.byteLength ?? 0)
  return {
    width: width + (vectors?.width ?? 0),
    memoryBytes: own + (vectors?.memoryBytes ?? 0),
    fault: (value) => textFault(value, state.refuseGaps),
    gap: (value) => (value === null ? NO_TEXT : undefined),
    locate: bagLocator(state, tables),
    ...(!vectors && {
      sum: (value, start) => (isText(value) ? tables.kernel?.sumTerms(value, start) : undefined),
    }),
    encode(value: InputCell, base: number, into: SparseRow): void {
      if (!isText(value)) return
      encodeTerms(value, base, into)
      vectors?.encode(value, base + width, into)
    },
  }
}

/** Returns the function that finds the places of a vocabulary's terms. Its tables are made with the first text. */
function bagLocator(state: BagState, tables: BagTables): (text: string) => LocatedTerms {
  const { terms, counts } = tables
  const wordsOf = tables.vectors && vectorsLocator(tables.vectors, state, tables.width)
  let found: LocatedTerm[] = []
  let covered = new Uint8Array(0)
  let locator: TermLocator | undefined
  const onTerm = (text: ScannedText, term: number, first: number, last: number) => {
    const position = positionOf(tables, term)
    if (position < 0) return
    // Until the text is read, the counts hold the number of each term's place among those that were found.
    const place = counts[position] ?? 0
    if (place === 0) counts[position] = found.push(new LocatedTerm(text, true, position, first, last))
    else found[place - 1]?.add(first, last)
    for (let symbol = first; symbol <= last; symbol++) covered[symbol] = 1
  }
  return (text) => {
    locator ??= new TermLocator(state, terms, onTerm, tables.kernel)
    found = []
    // Each character is a symbol at most, and a word of one may have a space on either side.
    covered = new Uint8Array(3 * text.length + 2)
    const scanned = locator.scan(text)
    for (const { position } of found) counts[position] = 0
    const words = wordsOf?.(text)
    if (words && state.analyzer === 'word') for (const symbol of words.symbols) covered[symbol] = 1
    let symbols = 0
    let unknown = 0
    for (let symbol = 0; symbol < scanned.size; symbol++) {
      if (state.analyzer !== 'word' && scanned.isSpace(symbol)) continue
      symbols += 1
      if (covered[symbol] === 0) unknown += 1
    }
    const unit = state.analyzer === 'word' ? 'word' : 'character'
    return { terms: words ? joined(found, words.terms) : found, symbols, unit, unknown, cut: 0 }
  }
}

/** Returns the terms of a vocabulary, and words that have vectors: a word that is a term too is one of them. */
function joined(terms: readonly LocatedTerm[], words: readonly LocatedTerm[]): LocatedTerm[] {
  const byText = new Map(terms.map((term) => [term.term, term]))
  const further = words.filter((word) => {
    const term = byText.get(word.term)
    if (term) term.shared = word.shared
    return !term
  })
  return [...terms, ...further]
}

/** The bag of words: `multiHot`, `count` and `tfIdf`. */
export const bag: TextKind<BagEncoder, BagState, BagTables> = {
  longKeys: ['vocabulary', 'idf', 'ratios', ...VECTOR_KEYS],
  fitter: bagFitter,
  wordScan: ({ analyzer, lowercase, stripHtml, unicode }) =>
    analyzer === 'word' ? { lowercase, stripHtml, ...rulesOfNewVersion({ unicode }) } : null,
  learnsLabels: ({ naiveBayes }) => naiveBayes,
  readTables: bagTables,
  keptTables: KeptTables,
  openTables: openBag,
  encoder: encoderOfBag,
  weighByLabels(state, { rows, labels, classes, base, width }) {
    const length = width - (state.vectors?.dimensions ?? 0)
    const terms = { from: base, length, binary: state.type !== 'count' }
    const ratios = logCountRatios(rows, labels, classes, terms)
    scaleTerms(rows, base, ratios)
    return { ...state, ratios: packed(ratios) }
  },
}
