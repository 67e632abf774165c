import { z } from 'zod'
import type { EncoderKind } from './kind.ts'
import {
  CHARACTERS_PER_WORD,
  differentTerms,
  frequentTerms,
  WORD_RUN_NS,
  WORD_TEXT_BYTES,
} from './text-costs.ts'
import { UnicodeForm } from './unicode-form.ts'

const Size = z.int().min(1)

/** Longest n-gram of words. The schema's limit of 6 is for characters. */
const LONGEST_WORD_NGRAM = 3

/**
 * Nanoseconds for one character of a text, by the longest run of characters (index 0 is unused). English texts take
 * less and Korean ones more, by a factor of 3: the more different runs, the further apart they are in memory.
 */
const CHARACTER_RUN_NS = [0, 80, 150, 250, 450, 1_100, 1_700]
/** Bytes for each character of texts that are read by character. */
const CHARACTER_TEXT_BYTES = 3
/** Bytes to count one run of words; most runs occur only once. */
const RUN_BYTES = 200
/** Share of a text's words that are different ones: a little more than half. */
const DIFFERENT_SHARE = 0.6

/** A bag of words in its complete form: the terms that occur in a text, their counts, or their tf-idf weights. */
export const BagEncoder = z.strictObject({
  type: z.enum(['multiHot', 'count', 'tfIdf']),
  /** Number of the most frequent words (or n-grams) that get an input each. */
  numWords: Size.max(2_000_000),
  /** Occurrences in the training rows below which a word is left out. */
  minCount: Size.max(1_000_000),
  /** Shortest and longest n-gram: up to 3 words, or up to 6 characters. */
  ngrams: z
    .tuple([Size.max(6), Size.max(6)])
    .refine(
      ([from, to]) => from <= to,
      'The first number (the shortest n-gram) must not exceed the second (the longest).',
    ),
  /** `word`: words; `char`: characters within a word; `charAcross`: all characters, those between words included. */
  analyzer: z.enum(['word', 'char', 'charAcross']),
  lowercase: z.boolean(),
  stripHtml: z.boolean(),
  /** How characters beyond ASCII are read. Absent in recipes of earlier releases, which read them by NFC. */
  unicode: UnicodeForm.optional(),
  /** If true, a term's value is multiplied by the ratio of its frequencies in one class and in the others. */
  naiveBayes: z.boolean(),
})
export type BagEncoder = z.output<typeof BagEncoder>

/** Bags of words: the three types differ only in a term's value. */
export const bag: EncoderKind<BagEncoder> = {
  defaults: {
    numWords: 10_000,
    minCount: 1,
    ngrams: [1, 1],
    analyzer: 'word',
    lowercase: true,
    stripHtml: true,
    unicode: 'nfkc',
    naiveBayes: false,
  },
  needsTensorFlow: false,
  check(encoder, task, problem) {
    if (encoder.analyzer === 'word' && encoder.ngrams[1] > LONGEST_WORD_NGRAM)
      problem(
        '/encoder/ngrams/1',
        `An n-gram of words has at most ${LONGEST_WORD_NGRAM} words. For longer n-grams use the analyzer "char".`,
      )
    if (encoder.naiveBayes && task === 'regression')
      problem(
        '/encoder/naiveBayes',
        'naiveBayes compares the words of classes, and a regression has no classes. Remove it.',
      )
    if (encoder.naiveBayes && task === 'multiLabel')
      problem(
        '/encoder/naiveBayes',
        'naiveBayes compares the words of classes, and with multiLabel a row has no single class. Remove it.',
      )
  },
  inputs: ({ numWords }) => numWords,
  filledInputs({ analyzer, ngrams: [from, to] }, meanLength) {
    const words = meanLength / (analyzer === 'word' ? CHARACTERS_PER_WORD : 1)
    return DIFFERENT_SHARE * words * (to - from + 1)
  },
  laidOut: () => null,
  embeddingParameters: () => 0,
  likelyTerms: ({ ngrams, minCount }, characters) => frequentTerms(characters, ngrams[1], minCount),
  nsPerCharacter: ({ analyzer, ngrams }) =>
    (analyzer === 'word' ? WORD_RUN_NS : CHARACTER_RUN_NS)[ngrams[1]] ?? 0,
  bytes({ analyzer, ngrams }, characters) {
    if (analyzer !== 'word') return characters * CHARACTER_TEXT_BYTES
    const runs = ngrams[1] > 1 ? differentTerms(characters, ngrams[1]) * RUN_BYTES : 0
    return characters * WORD_TEXT_BYTES + runs
  },
  vectorsFault: ({ lowercase }) =>
    lowercase
      ? undefined
      : 'The words that have vectors are in small letters, and the encoder keeps capital ones. Set its "lowercase" to true, or vectors to "none".',
}

/** The encoder of the first chapters of Chollet's book: one input for each of the 10,000 most frequent words. */
export const DEFAULT_ENCODER: BagEncoder = { type: 'multiHot', ...bag.defaults }
