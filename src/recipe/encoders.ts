import { z } from 'zod'
import { namedOrObject, spellings } from './names.ts'

/** How texts become inputs: the encoders in their complete form, as the other parts of a recipe are in parts.ts. */

const Size = z.int().min(1)

export const BagEncoder = z.strictObject({
  type: z.enum(['multiHot', 'count', 'tfIdf']),
  /** The most frequent words (or n-grams) that get an input each. */
  numWords: Size.max(2_000_000),
  /** Occurrences in the training rows below which a word is left out. */
  minCount: Size.max(1_000_000),
  /** Shortest and longest n-gram: up to 3 words, or up to 6 characters. */
  ngrams: z
    .tuple([Size.max(6), Size.max(6)])
    .refine(([from, to]) => from <= to, 'The first may not exceed the second.'),
  /** Words; characters within a word; all characters of a text, those between its words included. */
  analyzer: z.enum(['word', 'char', 'charAcross']),
  lowercase: z.boolean(),
  stripHtml: z.boolean(),
  /** Whether a term's value is multiplied by how much more often it is in one class than in the others. */
  naiveBayes: z.boolean(),
})
export type BagEncoder = z.output<typeof BagEncoder>

export const SequenceEncoder = z.strictObject({
  type: z.literal('sequence'),
  numWords: Size.max(2_000_000),
  minCount: Size.max(1_000_000),
  lowercase: z.boolean(),
  stripHtml: z.boolean(),
  /** Words of a text that are looked at. */
  maxLength: Size.max(100_000),
  padding: z.enum(['pre', 'post']),
  truncating: z.enum(['pre', 'post']),
  /** Dimensions of a word's vector. */
  embedding: Size.max(4_096),
  pooling: z.enum(['average', 'max', 'flatten']),
})
export type SequenceEncoder = z.output<typeof SequenceEncoder>

export const Encoder = z.discriminatedUnion('type', [BagEncoder, SequenceEncoder])
export type Encoder = z.output<typeof Encoder>

/** A name in Keras's spelling (`multi_hot`) too, or an object with `type` and some of its options. */
export const EncoderInput = namedOrObject(
  spellings('encoder', { multiHot: [], count: [], tfIdf: [], sequence: [] }),
  z.discriminatedUnion('type', [
    BagEncoder.partial().required({ type: true }),
    SequenceEncoder.partial().required({ type: true }),
  ]),
)
