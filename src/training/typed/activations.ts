import { type Activation, activationOf, SELU_ALPHA, SELU_SCALE, sigmoid } from '../../models/activations.ts'

export type HiddenActivation = Exclude<Activation, 'softmax'>

/** Derivatives, from a unit's output y and its sum x before the activation. */
const DERIVATIVES: Record<HiddenActivation, (y: number, x: number) => number> = {
  linear: () => 1,
  relu: (y) => (y > 0 ? 1 : 0),
  relu6: (y) => (y > 0 && y < 6 ? 1 : 0),
  tanh: (y) => 1 - y * y,
  sigmoid: (y) => y * (1 - y),
  elu: (y) => (y > 0 ? 1 : y + 1),
  selu: (y) => (y < 0 ? y + SELU_SCALE * SELU_ALPHA : SELU_SCALE),
  // The logistic function of x, of which y = ln(1 + e^x).
  softplus: (y) => -Math.expm1(-y),
  softsign: (y) => (1 - Math.abs(y)) ** 2,
  swish: (y, x) => y + sigmoid(x) * (1 - y),
}

/** outputs = activation(sums), for so many values. The two may be one array. */
export function activateInto(
  activation: HiddenActivation,
  sums: Float32Array,
  outputs: Float32Array,
  count: number,
): void {
  const apply = activationOf(activation)
  for (let at = 0; at < count; at++) outputs[at] = apply(sums[at] ?? 0)
}

/** gradient *= the activation's derivative. */
export function timesDerivative(
  activation: HiddenActivation,
  gradient: Float32Array,
  outputs: Float32Array,
  sums: Float32Array,
  count: number,
): void {
  const derivative = DERIVATIVES[activation]
  for (let at = 0; at < count; at++)
    gradient[at] = (gradient[at] ?? 0) * derivative(outputs[at] ?? 0, sums[at] ?? 0)
}
