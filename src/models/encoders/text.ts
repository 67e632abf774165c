import { z } from 'zod'
import type { BagEncoder } from '../../recipe/index.ts'
import type { Cell } from '../../recipe/table.ts'
import { type ColumnEncoder, type ColumnFitter, GAP_REFUSED, kindOf } from './column-encoder.ts'
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
export function textFitter(options: BagEncoder, refuseGaps: boolean): ColumnFitter<TextState> {
  const terms = new Map<string, { count: number; rows: number; lastRow: number }>()
  let rows = 0
  return {
    add(value) {
      rows += 1
      if (typeof value !== 'string') return
      forEachTerm(value, options, (term) => {
        const known = terms.get(term)
        if (!known) terms.set(term, { count: 1, rows: 1, lastRow: rows })
        else {
          known.count += 1
          if (known.lastRow !== rows) known.rows += 1
          known.lastRow = rows
        }
      })
    },
    finish() {
      const frequent = [...terms].filter(([, { count }]) => count >= options.minCount)
      frequent.sort(([a, { count: countA }], [b, { count: countB }]) => countB - countA || (a < b ? -1 : 1))
      const chosen = frequent.slice(0, options.numWords)
      const { type, analyzer, ngrams, lowercase, stripHtml } = options
      const idf = chosen.map(([, term]) => Math.log((1 + rows) / (1 + term.rows)) + 1)
      return {
        ...{ kind: 'text', type, analyzer, ngrams, lowercase, stripHtml, refuseGaps },
        vocabulary: chosen.map(([term]) => term),
        idf: type === 'tfIdf' ? idf : null,
      }
    },
  }
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
