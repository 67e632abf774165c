import type { Optimizer } from '../../recipe/index.ts'

/** An optimizer over flat arrays: every weight of a network, and the loss's derivative by each. */
export interface FlatOptimizer {
  /**
   * Changes the weights from `from` up to but not including `to` by their gradients, and sets these to 0. The
   * formulas are Keras 3's, as in ../tensorflow/optimizers.ts.
   * @param step number of this step, from 1
   */
  update(from: number, to: number, learningRate: number, step: number): void
  /** What so many steps without gradients do to a range; null where they change its weights. */
  readonly idle: ((from: number, to: number, steps: number) => void) | null
  /** The memory: arrays as long as the weights, by name. */
  readonly slots: Readonly<Record<string, Float32Array>>
}

interface Arrays {
  weights: Float32Array
  gradients: Float32Array
  /** A new slot of the optimizer's memory. */
  slot: (name: string, initial?: number) => Float32Array
}
type Rule = Omit<FlatOptimizer, 'slots'>

export function createFlatOptimizer(
  options: Optimizer,
  weights: Float32Array,
  gradients: Float32Array,
): FlatOptimizer {
  const slots: Record<string, Float32Array> = {}
  const slot = (name: string, initial = 0) => {
    const values = new Float32Array(weights.length).fill(initial)
    slots[name] = values
    return values
  }
  return { ...createRule(options, { weights, gradients, slot }), slots }
}

function createRule(options: Optimizer, arrays: Arrays): Rule {
  switch (options.type) {
    case 'sgd':
      return options.momentum === 0 ? plainSgd(arrays) : sgd(options, arrays)
    case 'rmsprop':
      return options.momentum === 0 && !options.centered
        ? plainRmsprop(options, arrays)
        : rmsprop(options, arrays)
    case 'adam':
      return adam(options, arrays)
    case 'adamW':
      return adamW(options, arrays)
    case 'adagrad':
      return adagrad(options, arrays)
  }
}

/**
 * What decays without new gradients becomes 0 here, before it leaves the range of normal 32-bit floats, where
 * arithmetic takes a hundred times as long. TensorFlow does so too.
 */
function flushed(value: number): number {
  return Math.abs(value) < 1e-37 ? 0 : value
}

const nothing = () => {}

function plainSgd({ weights, gradients }: Arrays): Rule {
  return {
    idle: nothing,
    update(from, to, learningRate) {
      for (let at = from; at < to; at++) {
        weights[at] = (weights[at] ?? 0) - learningRate * (gradients[at] ?? 0)
        gradients[at] = 0
      }
    },
  }
}

function sgd({ momentum, nesterov }: Extract<Optimizer, { type: 'sgd' }>, arrays: Arrays): Rule {
  const { weights, gradients } = arrays
  const velocities = arrays.slot('velocity')
  return {
    idle: null,
    update(from, to, learningRate) {
      for (let at = from; at < to; at++) {
        const scaled = learningRate * (gradients[at] ?? 0)
        const velocity = flushed(momentum * (velocities[at] ?? 0) + scaled)
        velocities[at] = velocity
        weights[at] = (weights[at] ?? 0) - (nesterov ? momentum * velocity + scaled : velocity)
        gradients[at] = 0
      }
    },
  }
}

function plainRmsprop(
  { rho, epsilon }: Extract<Optimizer, { type: 'rmsprop' }>,
  { weights, gradients, slot }: Arrays,
): Rule {
  const squares = slot('square')
  const powers = Float64Array.from({ length: 1_000 }, (_, steps) => rho ** steps)
  return {
    idle(from, to, steps) {
      const decay = powers[steps] ?? rho ** steps
      for (let at = from; at < to; at++) squares[at] = flushed(decay * (squares[at] ?? 0))
    },
    update(from, to, learningRate) {
      for (let at = from; at < to; at++) {
        const gradient = gradients[at] ?? 0
        const square = rho * (squares[at] ?? 0) + (1 - rho) * gradient * gradient
        squares[at] = flushed(square)
        weights[at] = (weights[at] ?? 0) - (learningRate * gradient) / Math.sqrt(square + epsilon)
        gradients[at] = 0
      }
    },
  }
}

/** With momentum, or centered: divided by the gradient's deviation instead of its root mean square. */
function rmsprop(options: Extract<Optimizer, { type: 'rmsprop' }>, arrays: Arrays): Rule {
  const { rho, momentum, epsilon, centered } = options
  const { weights, gradients } = arrays
  const squares = arrays.slot('square')
  const means = centered ? arrays.slot('mean') : null
  const velocities = momentum > 0 ? arrays.slot('velocity') : null
  return {
    idle: null,
    update(from, to, learningRate) {
      for (let at = from; at < to; at++) {
        const gradient = gradients[at] ?? 0
        const square = flushed(rho * (squares[at] ?? 0) + (1 - rho) * gradient * gradient)
        squares[at] = square
        let denominator = square
        if (means) {
          const mean = flushed(rho * (means[at] ?? 0) + (1 - rho) * gradient)
          means[at] = mean
          denominator = Math.max(0, square - mean * mean)
        }
        let change = (learningRate * gradient) / Math.sqrt(denominator + epsilon)
        if (velocities) {
          change = flushed(momentum * (velocities[at] ?? 0) + change)
          velocities[at] = change
        }
        weights[at] = (weights[at] ?? 0) - change
        gradients[at] = 0
      }
    },
  }
}

interface AdamOptions {
  beta1: number
  beta2: number
  epsilon: number
}

/** Kingma and Ba 2015, with the bias correction in the learning rate, as Keras has it. */
function adam({ beta1, beta2, epsilon }: AdamOptions, { weights, gradients, slot }: Arrays): Rule {
  const [firsts, seconds] = [slot('first'), slot('second')]
  return {
    idle: null,
    update(from, to, learningRate, step) {
      const rate = (learningRate * Math.sqrt(1 - beta2 ** step)) / (1 - beta1 ** step)
      for (let at = from; at < to; at++) {
        const gradient = gradients[at] ?? 0
        const first = flushed(beta1 * (firsts[at] ?? 0) + (1 - beta1) * gradient)
        const second = flushed(beta2 * (seconds[at] ?? 0) + (1 - beta2) * gradient * gradient)
        firsts[at] = first
        seconds[at] = second
        weights[at] = (weights[at] ?? 0) - (rate * first) / (Math.sqrt(second) + epsilon)
        gradients[at] = 0
      }
    },
  }
}

/** Loshchilov and Hutter 2019: the decay does not pass through the moments. */
function adamW(options: Extract<Optimizer, { type: 'adamW' }>, arrays: Arrays): Rule {
  const { weights } = arrays
  const rule = adam(options, arrays)
  return {
    idle: null,
    update(from, to, learningRate, step) {
      const kept = 1 - learningRate * options.weightDecay
      for (let at = from; at < to; at++) weights[at] = (weights[at] ?? 0) * kept
      rule.update(from, to, learningRate, step)
    },
  }
}

function adagrad(
  { initialAccumulatorValue, epsilon }: Extract<Optimizer, { type: 'adagrad' }>,
  { weights, gradients, slot }: Arrays,
): Rule {
  const sums = slot('accumulator', initialAccumulatorValue)
  return {
    idle: nothing,
    update(from, to, learningRate) {
      for (let at = from; at < to; at++) {
        const gradient = gradients[at] ?? 0
        const sum = (sums[at] ?? 0) + gradient * gradient
        sums[at] = sum
        weights[at] = (weights[at] ?? 0) - (learningRate * gradient) / Math.sqrt(sum + epsilon)
        gradients[at] = 0
      }
    },
  }
}
