import { z } from 'zod'
import { RESERVED_IDS, type SequenceEncoder, UnicodeForm } from '../../recipe/index.ts'
import { atOnce, type Steps } from '../../runtime/steps.ts'
import { type ColumnEncoder, type ColumnFitter, type InputCell, isText } from './column-encoder.ts'
import { LocatedTerm, type LocatedTerms } from './located-terms.ts'
import { type LongTexts, linesOf, NO_LONG_TEXTS } from './long-texts.ts'
import type { SparseRow } from './sparse-row.ts'
import { NO_TEXT, type TextKind, textFault } from './text.ts'
import { NO_GRAM } from './words/gram-table.ts'
import { rulesOfNewVersion } from './words/html.ts'
import { type ScannedText, TermLocator } from './words/term-locator.ts'
import { TermFinder, type TermOptions, TermTables } from './words/terms.ts'
import { VocabularyCounter } from './words/vocabulary.ts'
import { WordScanner } from './words/word-scanner.ts'
import { forEachWord, WordText } from './words/word-texts.ts'

/** Id of a word that is not in the vocabulary, as in Keras's TextVectorization; 0 is padding. */
const UNKNOWN = 1

/** A fitted column of word sequences, as it is kept in `encoder.json`. */
export const SequenceState = z.object({
  kind: z.literal('sequence'),
  lowercase: z.boolean(),
  stripHtml: z.boolean(),
  /** Rule of characters outside of ASCII (see `ScanOptions`); absent in versions of earlier releases. */
  unicode: UnicodeForm.optional(),
  /** Rule of HTML entities (see `ScanOptions`); absent in versions of earlier releases. */
  entities: z.literal('html5').optional(),
  /** Number of words of a text that are read, and of positions of an encoded text. */
  maxLength: z.int().min(1).max(100_000),
  padding: z.enum(['pre', 'post']),
  truncating: z.enum(['pre', 'post']),
  embedding: z.int().positive(),
  pooling: z.enum(['average', 'max', 'flatten']),
  refuseGaps: z.boolean(),
  /** Words in the order of their ids, from 2 on; joined by line feeds, which no word has. */
  vocabulary: z.string(),
})
export type SequenceState = z.infer<typeof SequenceState>

/** A column of word sequences as it is used, in plain arrays. */
const SequenceTables = z
  .object({
    kind: z.literal('sequence'),
    /** The tables in which words are looked up. */
    terms: TermTables,
    /** Number of words of the vocabulary. */
    words: z.int().nonnegative(),
  })
  .readonly()
export type SequenceTables = z.infer<typeof SequenceTables>

/** Learns the `numWords` most frequent words, as a bag of words does. */
export function sequenceFitter(options: SequenceEncoder, refuseGaps: boolean): ColumnFitter<SequenceState> {
  const { type: _, numWords, minCount, ...rest } = options
  const kept = { ...rest, ...rulesOfNewVersion(rest) }
  const counter = new VocabularyCounter({ ...kept, numWords, minCount, analyzer: 'word', ngrams: [1, 1] })
  return {
    add(value) {
      if (isText(value)) counter.add(value)
    },
    finish: () => ({
      kind: 'sequence',
      ...kept,
      refuseGaps,
      vocabulary: counter.choose().terms.join('\n'),
    }),
  }
}

/**
 * Returns the encoder that gives a text as the ids of its words, in order. Longer texts are cut and shorter ones padded
 * with 0, before or behind, as by Keras's pad_sequences. A gap is a text without words.
 */
export function sequenceEncoder(state: SequenceState): ColumnEncoder {
  return encoderOfSequence(state, atOnce(sequenceTables(state, NO_LONG_TEXTS)))
}

/** Returns a function that counts the words of a text, by the rules of an encoder; a gap has none. */
export function wordCounter(
  encoder: Pick<SequenceEncoder, 'lowercase' | 'stripHtml' | 'unicode'>,
): (value: InputCell) => number {
  let words = 0
  const count = () => {
    words += 1
  }
  const { lowercase, stripHtml } = encoder
  const scanner = new WordScanner({ lowercase, stripHtml, ...rulesOfNewVersion(encoder) }, count)
  return (value) => {
    words = 0
    if (value instanceof WordText) forEachWord(value, count)
    else if (typeof value === 'string') scanner.scan(value)
    return words
  }
}

/** Reads the vocabulary of a fitted column. @param texts the texts of the state that are still bytes */
function* sequenceTables(state: SequenceState, texts: LongTexts): Steps<SequenceTables> {
  const finder = new TermFinder(scanOf(state), 'tell', () => {})
  const words = (yield* finder.addAll(linesOf(state.vocabulary, texts))).length
  return { kind: 'sequence', terms: yield* finder.tables(), words }
}

const scanOf = ({ lowercase, stripHtml, unicode, entities }: SequenceState): TermOptions => ({
  lowercase,
  stripHtml,
  unicode,
  entities,
  analyzer: 'word',
  ngrams: [1, 1],
})

function encoderOfSequence(state: SequenceState, { terms, words }: SequenceTables): ColumnEncoder {
  const { maxLength, padding, truncating } = state
  // Truncating `post` keeps the first words and ignores the rest; `pre` overwrites the oldest, so the last words stay.
  const ids = new Uint32Array(maxLength)
  let found = 0
  const onTerm = (term: number) => {
    const known = term < 0 ? ~term : -1
    if (truncating === 'pre' || found < maxLength)
      ids[found % maxLength] = known < 0 ? UNKNOWN : known + RESERVED_IDS
    found += 1
  }
  const finder = new TermFinder(scanOf(state), 'tell', onTerm, terms)
  return {
    width: maxLength,
    sequence: {
      length: maxLength,
      words: words + RESERVED_IDS,
      dimensions: state.embedding,
      pooling: state.pooling,
    },
    memoryBytes: finder.memoryBytes + ids.byteLength,
    fault: (value) => textFault(value, state.refuseGaps),
    gap: (value) => (value === null ? NO_TEXT : undefined),
    locate: sequenceLocator(state, terms),
    encode(value: InputCell, base: number, into: SparseRow): void {
      if (!isText(value)) return
      found = 0
      finder.scan(value)
      const length = Math.min(found, maxLength)
      const first = truncating === 'pre' && found > maxLength ? found % maxLength : 0
      const start = padding === 'pre' ? maxLength - length : 0
      for (let at = 0; at < length; at++) into.add(base + start + at, ids[(first + at) % maxLength] ?? 0)
    },
  }
}

/** Returns the function that finds the words of a text, and the positions that each of them takes. */
function sequenceLocator(state: SequenceState, terms: TermTables): (text: string) => LocatedTerms {
  const { maxLength, padding, truncating } = state
  let locator: TermLocator | undefined
  let words: boolean[] = []
  const onTerm = (_: ScannedText, term: number) => {
    words.push(term !== NO_GRAM)
  }
  return (text) => {
    locator ??= new TermLocator(scanOf(state), terms, onTerm)
    words = []
    const scanned = locator.scan(text)
    const found = new Map<string, LocatedTerm>()
    const length = Math.min(words.length, maxLength)
    const first = truncating === 'pre' ? words.length - length : 0
    const start = padding === 'pre' ? maxLength - length : 0
    let unknown = 0
    for (let at = 0; at < length; at++) {
      const word = first + at
      const known = words[word] ?? false
      if (!known) unknown += 1
      const text = scanned.text(word, word)
      const located = found.get(text)
      located?.add(word, word)
      located?.addPosition(start + at)
      if (!located) found.set(text, new LocatedTerm(scanned, known, start + at, word, word))
    }
    const cut = words.length - length
    return { terms: [...found.values()], symbols: length, unit: 'word', unknown, cut }
  }
}

/** Sequences of word ids, which an embedding in the network turns into vectors. */
export const sequence: TextKind<SequenceEncoder, SequenceState, SequenceTables> = {
  longKeys: ['vocabulary'],
  fitter: sequenceFitter,
  wordScan: ({ lowercase, stripHtml, unicode }) => ({
    lowercase,
    stripHtml,
    ...rulesOfNewVersion({ unicode }),
  }),
  learnsLabels: () => false,
  readTables: sequenceTables,
  keptTables: SequenceTables,
  encoder: encoderOfSequence,
}
