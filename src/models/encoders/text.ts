import { z } from 'zod'
import type { BagEncoder } from '../../recipe/index.ts'
import type { Cell } from '../../recipe/table.ts'
import { type ColumnEncoder, GAP_REFUSED, kindOf } from './column-encoder.ts'
import type { SparseRow } from './sparse-row.ts'
import { forEachTerm } from './tokenizer.ts'

/** A fitted bag of words as it is kept. */
export const TextState = z.object({
  kind: z.literal('text'),
  type: z.enum(['multiHot', 'count', 'tfIdf']),
  analyzer: z.enum(['word', 'char']),
  ngrams: z.tuple([z.int(), z.int()]),
  lowercase: z.boolean(),
  stripHtml: z.boolean(),
  refuseGaps: z.boolean(),
  /** Terms in the order of their inputs, most frequent first. */
  vocabulary: z.array(z.string()),
  /** Inverse document frequency of each term, for `tfIdf`. */
  idf: z.array(z.number()).nullable(),
})
export type TextState = z.infer<typeof TextState>

/**
 * Learns a vocabulary from training texts: the `numWords` terms that occur most often (equally frequent ones in
 * code-point order, so always the same), each at least `minCount` times.
 *
 * `tfIdf` weighs a term by its count times ln((1 + n) / (1 + df)) + 1 and scales a text's weights to length 1,
 * as scikit-learn's TfidfVectorizer does by default.
 */
export function fitText(values: Iterable<Cell>, options: BagEncoder, refuseGaps: boolean): TextState {
  const counts = new Map<string, number>()
  for (const value of values)
    if (typeof value === 'string')
      forEachTerm(value, options, (term) => counts.set(term, (counts.get(term) ?? 0) + 1))
  const frequent = [...counts].filter(([, count]) => count >= options.minCount)
  frequent.sort(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1))
  const vocabulary = frequent.slice(0, options.numWords).map(([term]) => term)
  const { type, analyzer, ngrams, lowercase, stripHtml } = options
  const idf = type === 'tfIdf' ? inverseDocumentFrequencies(values, options, vocabulary) : null
  return { kind: 'text', type, analyzer, ngrams, lowercase, stripHtml, refuseGaps, vocabulary, idf }
}

function inverseDocumentFrequencies(
  values: Iterable<Cell>,
  options: BagEncoder,
  vocabulary: readonly string[],
): number[] {
  const positions = positionsOf(vocabulary)
  const documents = new Uint32Array(vocabulary.length)
  const seenIn = new Int32Array(vocabulary.length).fill(-1)
  let rows = 0
  for (const value of values) {
    if (typeof value === 'string')
      forEachTerm(value, options, (term) => {
        const position = positions.get(term)
        if (position === undefined || seenIn[position] === rows) return
        seenIn[position] = rows
        documents[position] = (documents[position] ?? 0) + 1
      })
    rows += 1
  }
  return Array.from(documents, (frequency) => Math.log((1 + rows) / (1 + frequency)) + 1)
}

function positionsOf(vocabulary: readonly string[]): Map<string, number> {
  return new Map(vocabulary.map((term, position) => [term, position]))
}

/** The encoder of a fitted bag of words. A gap is a text without words. */
export function textEncoder(state: TextState): ColumnEncoder {
  const positions = positionsOf(state.vocabulary)
  const width = state.vocabulary.length
  const counts = new Uint32Array(width)
  const occurring: number[] = []
  const weigh = (position: number, count: number): number => {
    if (state.type === 'multiHot') return 1
    return state.type === 'count' ? count : count * (state.idf?.[position] ?? 0)
  }
  return {
    width,
    memoryBytes: width * 80 + (state.idf ? width * 8 : 0),
    fault: (value) => {
      if (typeof value === 'string') return undefined
      if (value === null) return state.refuseGaps ? GAP_REFUSED : undefined
      return `Expected a text, got ${kindOf(value)}.`
    },
    encode(value: Cell, base: number, into: SparseRow): void {
      if (typeof value !== 'string') return
      forEachTerm(value, state, (term) => {
        const position = positions.get(term)
        if (position === undefined) return
        if (counts[position] === 0) occurring.push(position)
        counts[position] = (counts[position] ?? 0) + 1
      })
      let squares = 0
      if (state.type === 'tfIdf')
        for (const position of occurring) squares += weigh(position, counts[position] ?? 0) ** 2
      const scale = squares > 0 ? 1 / Math.sqrt(squares) : 1
      for (const position of occurring) {
        into.add(base + position, weigh(position, counts[position] ?? 0) * scale)
        counts[position] = 0
      }
      occurring.length = 0
    },
  }
}
