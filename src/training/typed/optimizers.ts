import type { Optimizer, OptimizerType } from '../../recipe/index.ts'
import type { Kernels, Layout, Place } from './kernels.ts'

/** Parts of the weights, as the kernels take them: addresses of a list of spans, and their length in bytes. */
export interface Spans {
  at: number
  end: number
  length: number
}

/** An optimizer over flat arrays: every weight of a network, and the loss's derivative by each. */
export interface FlatOptimizer {
  /**
   * Changes the weights of spans by their gradients, and sets these to 0. The formulas are in kernels/updates.ts.
   * @param step number of this step, from 1
   */
  update(kernels: Kernels, spans: Spans, learningRate: number, step: number): void
  /** True where a step without a gradient leaves a weight as it is, so that it may be updated later. */
  readonly patient: boolean
  /** Memory by name, one number for each weight. */
  readonly slots: ReadonlyMap<string, Place>
  /** Initial value of the memory. */
  readonly initial: number
}

/** An optimizer whose memory has been placed. */
interface Rule extends Pick<FlatOptimizer, 'patient'> {
  /** Initial value of the memory. Default: 0. */
  initial?: number
  /** Calls the optimizer's kernel; `common` are the arguments that all of them begin with. */
  call(
    kernels: Kernels,
    common: [at: number, end: number, length: number, weights: number, gradients: number],
    learningRate: number,
    step: number,
  ): void
}

type Options<Type extends OptimizerType> = Extract<Optimizer, { type: Type }>

/**
 * Makes an optimizer's rule from its options.
 * @param slot gives memory a name and a place: one number for each weight. Returns its address
 */
type MakeRule<Type extends OptimizerType> = (options: Options<Type>, slot: (name: string) => number) => Rule

const RULES: { [Type in OptimizerType]: MakeRule<Type> } = {
  sgd({ momentum, nesterov }, slot) {
    if (momentum === 0)
      return { patient: true, call: (kernels, common, rate) => kernels.sgd(...common, rate) }
    const velocities = slot('velocity')
    return {
      patient: false,
      call: (kernels, common, rate) =>
        kernels.sgdMomentum(...common, rate, velocities, momentum, nesterov ? 1 : 0),
    }
  },
  rmsprop({ rho, momentum, epsilon, centered }, slot) {
    const squares = slot('square')
    if (momentum === 0 && !centered)
      return {
        patient: true,
        call: (kernels, common, rate) => kernels.rmsprop(...common, rate, squares, rho, epsilon),
      }
    const means = centered ? slot('mean') : 0
    const velocities = momentum > 0 ? slot('velocity') : 0
    return {
      patient: false,
      call: (kernels, common, rate) =>
        kernels.rmspropMomentum(...common, rate, squares, rho, epsilon, means, velocities, momentum),
    }
  },
  adam: (options, slot) => adam(options, slot, 0),
  adamW: (options, slot) => adam(options, slot, options.weightDecay),
  adagrad({ epsilon, initialAccumulatorValue }, slot) {
    const sums = slot('accumulator')
    return {
      patient: true,
      initial: initialAccumulatorValue,
      call: (kernels, common, rate) => kernels.adagrad(...common, rate, sums, epsilon),
    }
  },
}

/** @param weightDecay AdamW's; 0 for Adam */
function adam(
  { beta1, beta2, epsilon }: Options<'adam'> | Options<'adamW'>,
  slot: (name: string) => number,
  weightDecay: number,
): Rule {
  const firsts = slot('first')
  const seconds = slot('second')
  return {
    patient: false,
    call(kernels, common, learningRate, step) {
      const rate = (learningRate * Math.sqrt(1 - beta2 ** step)) / (1 - beta1 ** step)
      const kept = 1 - learningRate * weightDecay
      kernels.adam(...common, rate, firsts, seconds, beta1, beta2, epsilon, kept)
    },
  }
}

/** Makes the rule of any optimizer. */
function createRule<Type extends OptimizerType>(
  type: Type,
  options: Options<Type>,
  slot: (name: string) => number,
) {
  return RULES[type](options, slot)
}

/**
 * Places an optimizer's memory beside the weights.
 * @param gradients the loss's derivative by each of the weights
 */
export function placeOptimizer(
  layout: Layout,
  options: Optimizer,
  weights: Place,
  gradients: Place,
): FlatOptimizer {
  const slots = new Map<string, Place>()
  const slot = (name: string) => {
    const place = layout.place(weights.length)
    slots.set(name, place)
    return place.at
  }
  const { call, patient, initial = 0 } = createRule(options.type, options, slot)
  return {
    patient,
    slots,
    initial,
    update: (kernels, { at, end, length }, learningRate, step) =>
      call(kernels, [at, end, length, weights.at, gradients.at], learningRate, step),
  }
}
