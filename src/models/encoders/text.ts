import type { ColumnFitter } from './column-encoder.ts'
import { type ColumnKind, GAP_REFUSED, kindOf } from './column-encoder.ts'
import type { WordVectors } from './word-vectors.ts'
import type { ScanOptions } from './words/html.ts'

/*
 * How a text becomes numbers. Every kind of text encoder works on the same terms:
 *
 *     "It’s <b>not</b> bad"
 *        │ characters     words/html.ts           tags left out, entities read, ’ becomes ', small letters
 *        ▼
 *     it's · not · bad
 *        │ words          words/word-scanner.ts   runs of letters, marks and numbers, each with its hash
 *        ▼
 *     0 · 1 · 2
 *        │ word numbers   words/word-table.ts     0, 1, 2, … in the order in which words first came
 *        ▼
 *     it's, it's not, not, not bad, bad
 *        │ terms          words/terms.ts          words or n-grams of them; words/gram-table.ts numbers the n-grams
 *        ▼
 *     inputs              bag.ts                  one input for each term of the vocabulary
 *                         word-vectors.ts         and, behind them, one for each dimension of its words' vectors, if there are any
 *     ids                 sequence.ts             one id for each word of the text, in order
 *
 * Learning and encoding take the same way. To learn, words/vocabulary.ts counts the terms of all training texts and
 * keeps the most frequent ones. To encode, terms that are not in the vocabulary are passed over.
 *
 * Four shorter ways give the same terms, and tests hold each against the first one:
 * - words/word-texts.ts keeps training texts as word numbers, so that they are cut into words only once;
 * - words/json-text.ts reads a text where it stands in a request's JSON, without making a string of it;
 * - words/known-words.ts lets a WebAssembly kernel find the words of Western texts for small vocabularies;
 * - words/term-kernel.ts lets another one find the n-grams of words and characters, in tables that are in its memory, and add
 *   up their weights where that is all that a model does with them.
 *
 * Each word used here is defined where it is made: term in words/terms.ts, word and number in words/word-table.ts,
 * n-gram in words/gram-table.ts.
 */

/**
 * One kind of text encoder, as a recipe names it: how it learns from texts, beside how its fitted columns are kept and
 * used. What a recipe needs to know of it is its `EncoderKind` in src/recipe/encoders.
 */
export interface TextKind<Options, State, Tables> extends ColumnKind<State, Tables> {
  /**
   * Learns a column from its training texts.
   * @param refuseGaps whether the encoder is to refuse a missing text
   * @param vectors the word vectors that stand beside its terms. Default: none
   */
  fitter(options: Options, refuseGaps: boolean, vectors?: WordVectors | null): ColumnFitter<State>
  /**
   * Returns how a table's texts may be cut into words while the table is read, which saves cutting them twice; null
   * where the encoder reads more than words, so that texts must be kept as they are.
   */
  wordScan(options: Options): ScanOptions | null
  /** Returns whether `weighByLabels` must be called after the training rows are encoded. */
  learnsLabels(options: Options): boolean
}

/** Returns the terms of a kept vocabulary, in its order. */
export function termsOf({ vocabulary }: { vocabulary: string }): string[] {
  return vocabulary === '' ? [] : vocabulary.split('\n')
}

/** Characters of a text that is answered: encoding more would hold up all other requests. */
export const MAX_TEXT = 1_000_000

function tooLong({ length }: string): string {
  return `The text has ${length.toLocaleString('en')} characters, above the limit of ${MAX_TEXT.toLocaleString('en')}. Send a shorter one.`
}

/** What `gap` of a column of texts says. */
export const NO_TEXT = 'The text is missing. It counts as a text without words.'

/** Returns why a value that a client sent is no text; undefined for a text, and for a gap unless gaps are refused. */
export function textFault(value: unknown, refuseGaps: boolean): string | undefined {
  if (typeof value === 'string') return value.length > MAX_TEXT ? tooLong(value) : undefined
  if (value === null) return refuseGaps ? GAP_REFUSED : undefined
  return `Expected a text, got ${kindOf(value)}.`
}
