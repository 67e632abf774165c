import { z } from 'zod'
import type { EncoderKind } from './kind.ts'
import { frequentTerms, WORD_RUN_NS, WORD_TEXT_BYTES } from './text-costs.ts'
import { UnicodeForm } from './unicode-form.ts'

const Size = z.int().min(1)

/** Ids that stand for no word of the vocabulary: 0 is padding, 1 is any word that is not in it. */
export const RESERVED_IDS = 2

/** A sequence of words in its complete form: a text as the vectors of its words, which the network learns. */
export const SequenceEncoder = z.strictObject({
  type: z.literal('sequence'),
  numWords: Size.max(2_000_000),
  minCount: Size.max(1_000_000),
  lowercase: z.boolean(),
  stripHtml: z.boolean(),
  /** How characters beyond ASCII are read. Absent in recipes of earlier releases, which read them by NFC. */
  unicode: UnicodeForm.optional(),
  /** Number of words of a text that are read. */
  maxLength: Size.max(100_000),
  padding: z.enum(['pre', 'post']),
  truncating: z.enum(['pre', 'post']),
  /** Number of dimensions of a word's vector. */
  embedding: Size.max(4_096),
  pooling: z.enum(['average', 'max', 'flatten']),
})
export type SequenceEncoder = z.output<typeof SequenceEncoder>

/** Sequences of word ids. Padding and truncating default to the beginning, as in Keras's pad_sequences. */
export const sequence: EncoderKind<SequenceEncoder> = {
  defaults: {
    numWords: 10_000,
    minCount: 1,
    lowercase: true,
    stripHtml: true,
    unicode: 'nfkc',
    maxLength: 256,
    padding: 'pre',
    truncating: 'pre',
    embedding: 16,
    pooling: 'average',
  },
  needsTensorFlow: true,
  check() {},
  inputs: ({ pooling, maxLength, embedding }) => (pooling === 'flatten' ? maxLength * embedding : embedding),
  filledInputs: ({ maxLength }) => maxLength,
  laidOut: ({ maxLength }) => maxLength,
  embeddingParameters: ({ numWords, embedding }) => (numWords + RESERVED_IDS) * embedding,
  likelyTerms: ({ minCount }, characters) => frequentTerms(characters, 1, minCount),
  nsPerCharacter: () => WORD_RUN_NS[1] ?? 0,
  bytes: (_, characters) => characters * WORD_TEXT_BYTES,
}
