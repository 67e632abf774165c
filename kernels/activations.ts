import { get, put } from './four'

// Activations and their derivatives, by number, as in `NUMBERS` of src/training/typed/kernels.ts. They work on plain
// arrays of 32-bit floats, of any length. Tests: test/training/engines.test.ts compares them with TensorFlow, and
// arithmetic.test.ts to the bit with kept results.

const RELU: i32 = 0
const RELU6: i32 = 1
const TANH: i32 = 2
const SIGMOID: i32 = 3
const ELU: i32 = 4
const SELU: i32 = 5
const SOFTPLUS: i32 = 6
const SOFTSIGN: i32 = 7
const SWISH: i32 = 8

const SELU_ALPHA: f32 = 1.6732632423543772
const SELU_SCALE: f32 = 1.0507009873554805

/** outputs = activation(sums), for `count` numbers. The two may be one array. */
export function activate(kind: i32, sums: usize, outputs: usize, count: i32): void {
  let at: usize = 0
  const end = (<usize>count) << 2
  if (kind === RELU) {
    for (; at + 16 <= end; at += 16) reluAt<v128>(sums + at, outputs + at)
    for (; at < end; at += 4) reluAt<f32>(sums + at, outputs + at)
  } else for (; at < end; at += 4) store<f32>(outputs + at, activated(kind, load<f32>(sums + at)))
}

function reluAt<T>(sum: usize, output: usize): void {
  put<T>(output, f32x4.max(get<T>(sum), f32x4.splat(0)))
}

/** Formulas as in Keras (https://keras.io/api/layers/activations). */
function activated(kind: i32, x: f32): f32 {
  switch (kind) {
    case RELU6:
      return min<f32>(max<f32>(x, 0), 6)
    case TANH:
      return Mathf.tanh(x)
    case SIGMOID:
      return sigmoid(x)
    case ELU:
      return x > 0 ? x : Mathf.expm1(x)
    case SELU:
      return SELU_SCALE * (x > 0 ? x : SELU_ALPHA * Mathf.expm1(x))
    case SOFTPLUS:
      // ln(1 + e^x) without overflow.
      return max<f32>(x, 0) + Mathf.log1p(Mathf.exp(-abs<f32>(x)))
    case SOFTSIGN:
      return x / (<f32>1 + abs<f32>(x))
    case SWISH:
      return x * sigmoid(x)
    default:
      return x
  }
}

/** 1 / (1 + e^-x), without overflow on either side. */
function sigmoid(x: f32): f32 {
  if (x >= 0) return 1 / (1 + Mathf.exp(-x))
  const exp = Mathf.exp(x)
  return exp / (1 + exp)
}

/** gradient *= the activation's derivative, computed from each unit's output and its sum before the activation. */
export function timesDerivative(kind: i32, gradient: usize, outputs: usize, sums: usize, count: i32): void {
  let at: usize = 0
  const end = (<usize>count) << 2
  if (kind === RELU) {
    for (; at + 16 <= end; at += 16) timesRelu<v128>(gradient + at, outputs + at)
    for (; at < end; at += 4) timesRelu<f32>(gradient + at, outputs + at)
  } else
    for (; at < end; at += 4) {
      const slope = derivative(kind, load<f32>(outputs + at), load<f32>(sums + at))
      store<f32>(gradient + at, load<f32>(gradient + at) * slope)
    }
}

function timesRelu<T>(gradient: usize, output: usize): void {
  put<T>(gradient, v128.and(get<T>(gradient), f32x4.gt(get<T>(output), f32x4.splat(0))))
}

function derivative(kind: i32, y: f32, x: f32): f32 {
  switch (kind) {
    case RELU6:
      return y > 0 && y < 6 ? 1 : 0
    case TANH:
      return 1 - y * y
    case SIGMOID:
      return y * (1 - y)
    case ELU:
      return y > 0 ? 1 : y + 1
    case SELU:
      return y < 0 ? y + SELU_SCALE * SELU_ALPHA : SELU_SCALE
    case SOFTPLUS:
      // The logistic function of x, computed from y = ln(1 + e^x).
      return -Mathf.expm1(-y)
    case SOFTSIGN: {
      const rest: f32 = <f32>1 - abs<f32>(y)
      return rest * rest
    }
    case SWISH:
      return y + sigmoid(x) * (1 - y)
    default:
      return 1
  }
}

/** into = a · b, element by element, for `count` numbers. */
export function multiply(a: usize, b: usize, into: usize, count: i32): void {
  let at: usize = 0
  const end = (<usize>count) << 2
  for (; at + 16 <= end; at += 16) put<v128>(into + at, f32x4.mul(get<v128>(a + at), get<v128>(b + at)))
  for (; at < end; at += 4) put<f32>(into + at, f32x4.mul(get<f32>(a + at), get<f32>(b + at)))
}
