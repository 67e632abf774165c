import { sigmoid } from '../../numbers.ts'
import type { ActivationName } from '../../recipe/index.ts'
import { SELU_ALPHA, SELU_SCALE } from './activations.ts'

/** The derivative of each activation by the sum that it takes; where it has a corner, that of one side. */
export const SLOPES: Record<ActivationName, (x: number) => number> = {
  linear: () => 1,
  relu: (x) => (x > 0 ? 1 : 0),
  relu6: (x) => (x > 0 && x < 6 ? 1 : 0),
  tanh: (x) => 1 - Math.tanh(x) ** 2,
  sigmoid: (x) => sigmoid(x) * sigmoid(-x),
  elu: (x) => (x > 0 ? 1 : Math.exp(x)),
  selu: (x) => SELU_SCALE * (x > 0 ? 1 : SELU_ALPHA * Math.exp(x)),
  softplus: sigmoid,
  softsign: (x) => 1 / (1 + Math.abs(x)) ** 2,
  swish: (x) => sigmoid(x) * (1 + x * sigmoid(-x)),
}

/** Where the derivative of an activation is not smooth; nowhere unless named here. */
export const CORNERS: Partial<Record<ActivationName, readonly number[]>> = {
  relu: [0],
  relu6: [0, 6],
  elu: [0],
  selu: [0],
}
/** The activations that are straight lines between their corners. */
export const STRAIGHT: ReadonlySet<ActivationName> = new Set(['linear', 'relu', 'relu6'])
