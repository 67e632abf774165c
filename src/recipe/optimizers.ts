import { z } from 'zod'
import { namedOrObject, spellings, spellingsOf } from './names.ts'

const Probability = z.number().min(0).max(1)
const Positive = z.number().positive().max(1e9)

/** Returns an optimizer's entry: its schemas for complete and partial options, and its defaults. */
function optimizer<const Type extends string, Options extends z.ZodRawShape>(
  type: Type,
  options: Options,
  defaults: z.output<z.ZodObject<Options>>,
) {
  const schema = z.strictObject({ type: z.literal(type), ...options })
  return {
    /** Further names that a client may give it, beside its own in any spelling (`adam_w`). */
    spellings: [] as readonly string[],
    /** The complete form, with every option. */
    schema,
    /** The form that a client sends; every option is optional. */
    input: schema.partial().required({ type: true }),
    defaults: { type, ...defaults },
  }
}

/**
 * All optimizers, with Keras's defaults (https://keras.io/api/optimizers). A new entry does not compile until its rule
 * is in `training/typed/optimizers.ts` (which calls `kernels/updates.ts`) and `training/tensorflow/optimizers.ts`.
 */
export const OPTIMIZERS = {
  sgd: optimizer(
    'sgd',
    { learningRate: Positive, momentum: Probability, nesterov: z.boolean() },
    { learningRate: 0.01, momentum: 0, nesterov: false },
  ),
  rmsprop: optimizer(
    'rmsprop',
    {
      learningRate: Positive,
      rho: Probability,
      momentum: Probability,
      epsilon: Positive,
      centered: z.boolean(),
    },
    { learningRate: 0.001, rho: 0.9, momentum: 0, epsilon: 1e-7, centered: false },
  ),
  adam: optimizer(
    'adam',
    { learningRate: Positive, beta1: Probability, beta2: Probability, epsilon: Positive },
    { learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 },
  ),
  adamW: optimizer(
    'adamW',
    {
      learningRate: Positive,
      beta1: Probability,
      beta2: Probability,
      epsilon: Positive,
      weightDecay: z.number().min(0),
    },
    { learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-7, weightDecay: 0.004 },
  ),
  adagrad: optimizer(
    'adagrad',
    { learningRate: Positive, initialAccumulatorValue: z.number().min(0), epsilon: Positive },
    { learningRate: 0.001, initialAccumulatorValue: 0.1, epsilon: 1e-7 },
  ),
}

/** An optimizer's name, in the spelling that answers use. */
export type OptimizerType = keyof typeof OPTIMIZERS

/** An optimizer with all its options. */
export const Optimizer = z.discriminatedUnion(
  'type',
  nonEmpty(Object.values(OPTIMIZERS).map((each) => each.schema)),
)
export type Optimizer = z.output<typeof Optimizer>

/** Reads an optimizer from its name, or from an object with `type` and some of its options. */
export const OptimizerInput = namedOrObject(
  spellings('optimizer', spellingsOf<OptimizerType>(OPTIMIZERS)),
  z.discriminatedUnion('type', nonEmpty(Object.values(OPTIMIZERS).map((each) => each.input))),
)
export type OptimizerInput = z.output<typeof OptimizerInput>

/** Returns the optimizer with the defaults of the options that it leaves out. */
export function completeOptimizer(input: OptimizerInput): Optimizer {
  // The schema has checked that the given options belong to the type, so the union of both is of that type.
  const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined))
  return Object.assign({ ...OPTIMIZERS[input.type].defaults }, given)
}

function nonEmpty<T>(values: readonly T[]): [T, ...T[]] {
  const [first, ...others] = values
  if (first === undefined) throw new RangeError('a registry is empty')
  return [first, ...others]
}
