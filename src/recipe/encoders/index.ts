import { z } from 'zod'
import { namedOrObject, spellings } from '../names.ts'
import { BagEncoder, bag } from './bag.ts'
import type { EncoderKind } from './kind.ts'
import { SequenceEncoder, sequence } from './sequence.ts'

/*
 * The list of text encoders: what turns a text column into inputs of a network. A new kind is a file beside this one
 * (its schema and an `EncoderKind`) and a place in each list below. Once its schema is in `Encoder`, the compiler names
 * every other list in which it is missing, here and in src/models/encoders/kinds.ts.
 */

/** The encoder of a complete recipe. */
export const Encoder = z.discriminatedUnion('type', [BagEncoder, SequenceEncoder])
export type Encoder = z.output<typeof Encoder>

/** The kind of each type of encoder. */
export const ENCODERS = {
  multiHot: bag,
  count: bag,
  tfIdf: bag,
  sequence,
} satisfies { readonly [Type in Encoder['type']]: EncoderKind<Encoder & { type: Type }> }

/** An encoder of terms, with some of its options. */
export const BagEncoderInput = BagEncoder.partial().required({ type: true })
/** The encoder of sequences, with some of its options. */
export const SequenceEncoderInput = SequenceEncoder.partial().required({ type: true })

/**
 * The encoder as a client writes it: a name, in Keras's spelling (`multi_hot`) too, or an object with `type` and some
 * of the options.
 */
export const EncoderInput = namedOrObject(
  spellings('encoder', { multiHot: [], count: [], tfIdf: [], sequence: [] } satisfies Record<
    Encoder['type'],
    readonly string[]
  >),
  z.discriminatedUnion('type', [BagEncoderInput, SequenceEncoderInput]),
)
export type EncoderInput = z.output<typeof EncoderInput>

/** Returns the kind of an encoder. */
export function kindOfEncoder({ type }: Pick<Encoder, 'type'>): EncoderKind<Encoder> {
  return ENCODERS[type]
}
