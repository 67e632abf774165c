import { spellings, spellingsOf } from './names.ts'

/**
 * All activations of hidden layers, each with further names that a client may give it. A new entry does not compile
 * until its formula is in `models/network/activations.ts` and `training/tensorflow/stack.ts`, and its number in
 * `training/typed/kernels.ts` and `kernels/activations.ts`.
 */
export const ACTIVATIONS = {
  relu: { spellings: [] },
  tanh: { spellings: [] },
  sigmoid: { spellings: [] },
  linear: { spellings: [] },
  elu: { spellings: [] },
  selu: { spellings: [] },
  softplus: { spellings: [] },
  softsign: { spellings: [] },
  swish: { spellings: ['silu'] },
  relu6: { spellings: [] },
} as const satisfies Record<string, { spellings: readonly string[] }>

/** An activation's name, in the spelling that answers use. */
export type ActivationName = keyof typeof ACTIVATIONS
/** Reads an activation's name in any spelling. */
export const ActivationName = spellings('activation', spellingsOf<ActivationName>(ACTIVATIONS))
