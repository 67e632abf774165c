import type { Optimizer, OptimizerType } from '../../recipe/index.ts'
import type { OptimizerState } from '../engine.ts'
import { type Tensor, tf, type Variable } from './tf.ts'

/**
 * One step of an optimizer: changes the variables by their gradients, with Keras 3's formulas, where epsilon
 * and the bias correction stand differently from tfjs's own optimizers (keras/src/optimizers).
 */
export interface StepRule {
  /** @param gradients one for each variable, in the same order; they stay the caller's */
  apply(gradients: readonly Tensor[], learningRate: number): void
  /** A copy of the memory, for each variable in order. */
  state(): OptimizerState
  restore(state: OptimizerState): void
  dispose(): void
}

/** Computes the change of one variable from its gradient and named state of the same shape. */
type Update = (
  gradient: Tensor,
  state: StateOf,
  learningRate: number,
  step: number,
  variable: Variable,
) => Tensor
type StateOf = (name: string, initial?: number) => Variable

/** Makes the step rule of an optimizer for these variables. Its state is one set of variables for each. */
export function createOptimizer(options: Optimizer, variables: readonly Variable[]): StepRule {
  const update = updateOf(options.type, options)
  const states = variables.map(() => new Map<string, Variable>())
  let step = 0
  const setSlot = (index: number, name: string, values: Float32Array) => {
    const variable = variables[index]
    const slots = states[index]
    if (!variable || !slots) throw new RangeError('a state of another network')
    slots.get(name)?.dispose()
    slots.set(
      name,
      tf.tidy(() => tf.variable(tf.tensor(values.slice(), variable.shape), false)),
    )
  }
  return {
    apply(gradients, learningRate) {
      step += 1
      for (const [index, variable] of variables.entries()) {
        const gradient = gradients[index]
        const slots = states[index]
        if (!gradient || !slots) throw new RangeError('a gradient is missing')
        const state: StateOf = (name, initial = 0) => {
          let slot = slots.get(name)
          if (!slot) {
            slot = tf.tidy(() => tf.variable(tf.fill(variable.shape, initial), false))
            slots.set(name, slot)
          }
          return slot
        }
        tf.tidy(() => variable.assign(variable.sub(update(gradient, state, learningRate, step, variable))))
      }
    },
    state: () => ({
      step,
      reached: null,
      slots: states.map((slots) =>
        Object.fromEntries([...slots].map(([name, slot]) => [name, slot.dataSync<'float32'>().slice()])),
      ),
    }),
    restore(state) {
      step = state.step
      for (const [index, slots] of state.slots.entries())
        for (const [name, values] of Object.entries(slots)) setSlot(index, name, values)
    },
    dispose() {
      for (const slots of states) for (const slot of slots.values()) slot.dispose()
    },
  }
}

type Options<Type extends OptimizerType> = Extract<Optimizer, { type: Type }>

const UPDATES: { [Type in OptimizerType]: (options: Options<Type>) => Update } = {
  sgd({ momentum, nesterov }) {
    if (momentum === 0) return (gradient, _state, learningRate) => gradient.mul(learningRate)
    return (gradient, state, learningRate) => {
      const velocity = state('velocity')
      const scaled = gradient.mul(learningRate)
      velocity.assign(velocity.mul(momentum).add(scaled))
      return nesterov ? velocity.mul(momentum).add(scaled) : velocity
    }
  },
  rmsprop({ rho, momentum, epsilon, centered }) {
    return (gradient, state, learningRate) => {
      const square = state('square')
      square.assign(square.mul(rho).add(gradient.square().mul(1 - rho)))
      let denominator: Tensor = square
      if (centered) {
        const mean = state('mean')
        mean.assign(mean.mul(rho).add(gradient.mul(1 - rho)))
        denominator = square.sub(mean.square())
      }
      const change = gradient.mul(learningRate).div(denominator.add(epsilon).sqrt())
      if (momentum === 0) return change
      const velocity = state('velocity')
      velocity.assign(velocity.mul(momentum).add(change))
      return velocity
    }
  },
  adam,
  adamW(options) {
    const adamStep = adam(options)
    // Loshchilov and Hutter 2019: the decay does not pass through the moments.
    return (gradient, state, learningRate, step, variable) =>
      tf.add(
        adamStep(gradient, state, learningRate, step, variable),
        variable.mul(learningRate * options.weightDecay),
      )
  },
  adagrad(options) {
    return (gradient, state, learningRate) => {
      const sum = state('accumulator', options.initialAccumulatorValue)
      sum.assign(sum.add(gradient.square()))
      return gradient.mul(learningRate).div(sum.add(options.epsilon).sqrt())
    }
  },
}

/** Kingma and Ba 2015, with the bias correction in the learning rate, as Keras has it. */
function adam({ beta1, beta2, epsilon }: Options<'adam'> | Options<'adamW'>): Update {
  return (gradient, state, learningRate, step) => {
    const first = state('first')
    const second = state('second')
    first.assign(first.mul(beta1).add(gradient.mul(1 - beta1)))
    second.assign(second.mul(beta2).add(gradient.square().mul(1 - beta2)))
    const rate = (learningRate * Math.sqrt(1 - beta2 ** step)) / (1 - beta1 ** step)
    return first.mul(rate).div(second.sqrt().add(epsilon))
  }
}

/** Makes the update of any optimizer. */
function updateOf<Type extends OptimizerType>(type: Type, options: Options<Type>): Update {
  return UPDATES[type](options)
}
