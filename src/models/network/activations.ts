import { sigmoid, softplus } from '../../numbers.ts'
import { ActivationName } from '../../recipe/index.ts'

/** A layer's activation: one that a recipe may give a hidden layer, or an output layer's `softmax`. */
export type Activation = ActivationName | 'softmax'

/** The activations that a recipe may give a hidden layer. */
export const HIDDEN_ACTIVATIONS: readonly ActivationName[] = ActivationName.out.options

/** α of the activation `selu` (Klambauer et al. 2017). */
export const SELU_ALPHA = 1.6732632423543772
/** λ of the activation `selu`. */
export const SELU_SCALE = 1.0507009873554805

/** Each activation as a function of one number; formulas as in Keras (https://keras.io/api/layers/activations). */
const FUNCTIONS: Record<Exclude<Activation, 'softmax' | 'linear'>, (x: number) => number> = {
  relu: (x) => Math.max(x, 0),
  relu6: (x) => Math.min(Math.max(x, 0), 6),
  tanh: Math.tanh,
  sigmoid,
  elu: (x) => (x > 0 ? x : Math.expm1(x)),
  selu: (x) => SELU_SCALE * (x > 0 ? x : SELU_ALPHA * Math.expm1(x)),
  softplus,
  softsign: (x) => x / (1 + Math.abs(x)),
  swish: (x) => x * sigmoid(x),
}

/** Applies an activation in place; `softmax` over all values. */
export function activate(activation: Activation, values: Float64Array): void {
  if (activation === 'linear') return
  if (activation === 'softmax') softmax(values)
  else if (activation === 'relu')
    for (let index = 0; index < values.length; index++) values[index] = Math.max(values[index] ?? 0, 0)
  else {
    const apply = FUNCTIONS[activation]
    for (let index = 0; index < values.length; index++) values[index] = apply(values[index] ?? 0)
  }
}

/** Returns an activation other than softmax as a function of one number. */
export function activationOf(activation: Exclude<Activation, 'softmax'>): (x: number) => number {
  return activation === 'linear' ? (x) => x : FUNCTIONS[activation]
}

function softmax(values: Float64Array): void {
  let max = Number.NEGATIVE_INFINITY
  for (const value of values) if (value > max) max = value
  let sum = 0
  for (let index = 0; index < values.length; index++) {
    const exp = Math.exp((values[index] ?? 0) - max)
    values[index] = exp
    sum += exp
  }
  for (let index = 0; index < values.length; index++) values[index] = (values[index] ?? 0) / sum
}
