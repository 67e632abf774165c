import { z } from 'zod'
import { namedOrObject, spellings, spellingsOf } from './names.ts'
import type { Task } from './task.ts'

/** Properties of a loss that a recipe depends on. */
interface LossEntry {
  /** Tasks that can be trained with it. */
  tasks: readonly Task[]
  /** Further names that a client may give it, beside its own in any spelling (`mean_squared_error`). */
  spellings: readonly string[]
  /** Its options beside `type`, each with its default. */
  options?: { readonly delta?: number }
  /** The only form of a multiclass target that it takes; absent: the form does not matter. */
  labels?: 'integer' | 'oneHot'
}

/**
 * All losses. A new entry does not compile until its formula is in `evaluation/losses.ts`,
 * `training/typed/losses.ts` and `training/tensorflow/losses.ts`.
 */
export const LOSSES = {
  binaryCrossentropy: { tasks: ['binary', 'multiLabel'], spellings: ['bce'] },
  categoricalCrossentropy: { tasks: ['multiclass'], spellings: [], labels: 'oneHot' },
  sparseCategoricalCrossentropy: { tasks: ['multiclass'], spellings: [], labels: 'integer' },
  meanSquaredError: { tasks: ['binary', 'multiLabel', 'regression'], spellings: ['mse'] },
  meanAbsoluteError: { tasks: ['regression'], spellings: ['mae'] },
  // The default is Keras's.
  huber: { tasks: ['regression'], spellings: ['huberLoss'], options: { delta: 1 } },
} as const satisfies Record<string, LossEntry>

/** A loss's name, in the spelling that answers use. */
export type LossName = keyof typeof LOSSES
/** Reads a loss's name in any spelling. */
export const LossName = spellings('loss', spellingsOf<LossName>(LOSSES))

/** A loss with its options. */
export const Loss = z.strictObject({
  type: LossName,
  /** For `huber`: the error from which the loss grows linearly, in the units that the network is trained in. */
  delta: z.number().positive().max(1e9).optional(),
})
export type Loss = z.output<typeof Loss>

/** Reads a loss from its name, or from an object with `type` and its options. */
export const LossInput = namedOrObject(LossName, Loss)

/** Returns the registry's entry of a loss. */
export function lossEntry(name: LossName): LossEntry {
  return LOSSES[name]
}

/** Returns the names of the losses that fit a task, in the registry's order. */
export function lossesOf(task: Task): LossName[] {
  return LossName.out.options.filter((name) => lossEntry(name).tasks.includes(task))
}

/** Returns the loss with the defaults of the options that it leaves out. */
export function completeLoss(loss: Loss): Loss {
  return { ...lossEntry(loss.type).options, ...loss }
}
