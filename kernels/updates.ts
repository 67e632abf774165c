import { get, put } from './four'

// The optimizers' rules, by the formulas of Keras 3. A step changes only those parts of the weights that it touched:
//
//   spans   │ offset  idle │ offset  idle │ …    8 bytes for each span: its offset in the arrays (bytes, 32-bit), and the
//                                              number of steps since its last gradient (32-bit)
//
// All spans of a call have the same length, in bytes; weights, gradients and the optimizer's memories are arrays of one
// layout, so that one offset serves them all. A rule sets the gradients that it has used to 0. Each rule is a function of
// four numbers or one (see four.ts) inside the same two loops; AssemblyScript cannot inline a function that is
// passed to another one, and an indirect call for each four numbers would be slow, so the loops are written out.
// Tests: test/training/arithmetic.test.ts and engines.test.ts; test/training/keras.test.ts has Keras's own histories.

const SPAN: usize = 8

/**
 * Replaces tiny numbers by 0: a memory that decays without new gradients would else become subnormal, where arithmetic
 * takes a hundred times as long. TensorFlow does so too.
 */
function flushed(values: v128): v128 {
  return v128.andnot(values, f32x4.lt(f32x4.abs(values), f32x4.splat(1e-37)))
}

/** Returns base ** exponent by squaring, which rounds alike on every machine. */
function power(base: f64, exponent: u32): f32 {
  let result: f64 = 1
  for (; exponent > 0; exponent >>>= 1) {
    if (exponent & 1) result *= base
    base *= base
  }
  return <f32>result
}

/**
 * Writes a span for each input in a list that this step has not met before.
 * @param reached the last step that met each input, 32 bits each
 * @returns the spans' end
 */
export function collectSpans(list: usize, end: usize, stride: u32, reached: usize, step: u32, spans: usize): usize {
  for (; list < end; list += 8) {
    const offset = load<u32>(list)
    const seen = reached + ((offset / stride) << 2)
    const last = load<u32>(seen)
    if (last === step) continue
    store<u32>(seen, step)
    store<u32>(spans, offset)
    store<u32>(spans, step - 1 - last, 4)
    spans += SPAN
  }
  return spans
}

/** Stochastic gradient descent: weight −= rate · gradient. */
export function sgd(spans: usize, end: usize, length: usize, weights: usize, gradients: usize, rate: f32): void {
  for (; spans < end; spans += SPAN) {
    let at: usize = load<u32>(spans)
    const last = at + length
    for (; at + 16 <= last; at += 16) sgdAt<v128>(weights + at, gradients + at, rate)
    for (; at < last; at += 4) sgdAt<f32>(weights + at, gradients + at, rate)
  }
}

function sgdAt<T>(weight: usize, gradient: usize, rate: f32): void {
  put<T>(weight, f32x4.sub(get<T>(weight), f32x4.mul(f32x4.splat(rate), get<T>(gradient))))
  put<T>(gradient, f32x4.splat(0))
}

/** Stochastic gradient descent with momentum, Nesterov's or the plain one. */
export function sgdMomentum(
  spans: usize,
  end: usize,
  length: usize,
  weights: usize,
  gradients: usize,
  rate: f32,
  velocities: usize,
  momentum: f32,
  nesterov: i32,
): void {
  for (; spans < end; spans += SPAN) {
    let at: usize = load<u32>(spans)
    const last = at + length
    for (; at + 16 <= last; at += 16)
      momentumAt<v128>(weights + at, gradients + at, rate, velocities + at, momentum, nesterov)
    for (; at < last; at += 4)
      momentumAt<f32>(weights + at, gradients + at, rate, velocities + at, momentum, nesterov)
  }
}

function momentumAt<T>(
  weight: usize,
  gradient: usize,
  rate: f32,
  velocity: usize,
  momentum: f32,
  nesterov: i32,
): void {
  const kept = f32x4.splat(momentum)
  const scaled = f32x4.mul(f32x4.splat(rate), get<T>(gradient))
  const moved = flushed(f32x4.add(f32x4.mul(kept, get<T>(velocity)), scaled))
  put<T>(velocity, moved)
  put<T>(weight, f32x4.sub(get<T>(weight), nesterov ? f32x4.add(f32x4.mul(kept, moved), scaled) : moved))
  put<T>(gradient, f32x4.splat(0))
}

/** RMSprop without momentum: the gradient is divided by its root mean square. */
export function rmsprop(
  spans: usize,
  end: usize,
  length: usize,
  weights: usize,
  gradients: usize,
  rate: f32,
  squares: usize,
  rho: f64,
  epsilon: f32,
): void {
  for (; spans < end; spans += SPAN) {
    let at: usize = load<u32>(spans)
    const last = at + length
    // The steps without a gradient would only have decayed the memory.
    const idle = load<u32>(spans, 4)
    const decay = idle > 0 ? power(rho, idle) : <f32>1
    for (; at + 16 <= last; at += 16)
      rmspropAt<v128>(weights + at, gradients + at, rate, squares + at, decay, rho, epsilon)
    for (; at < last; at += 4)
      rmspropAt<f32>(weights + at, gradients + at, rate, squares + at, decay, rho, epsilon)
  }
}

function rmspropAt<T>(
  weight: usize,
  gradient: usize,
  rate: f32,
  square: usize,
  decay: f32,
  rho: f64,
  epsilon: f32,
): void {
  const slope = get<T>(gradient)
  const before = flushed(f32x4.mul(get<T>(square), f32x4.splat(decay)))
  const fresh = f32x4.mul(f32x4.splat(<f32>(1 - rho)), f32x4.mul(slope, slope))
  const now = f32x4.add(f32x4.mul(f32x4.splat(<f32>rho), before), fresh)
  put<T>(square, flushed(now))
  const root = f32x4.sqrt(f32x4.add(now, f32x4.splat(epsilon)))
  put<T>(weight, f32x4.sub(get<T>(weight), f32x4.div(f32x4.mul(f32x4.splat(rate), slope), root)))
  put<T>(gradient, f32x4.splat(0))
}

/**
 * RMSprop with momentum, or centered: the gradient is divided by its deviation instead of its root mean square.
 * @param means address of the running means; 0 if not centered
 * @param velocities address of the velocities; 0 without momentum
 */
export function rmspropMomentum(
  spans: usize,
  end: usize,
  length: usize,
  weights: usize,
  gradients: usize,
  rate: f32,
  squares: usize,
  rho: f64,
  epsilon: f32,
  means: usize,
  velocities: usize,
  momentum: f32,
): void {
  for (; spans < end; spans += SPAN) {
    let at: usize = load<u32>(spans)
    const last = at + length
    for (; at < last; at += 4) {
      const slope = load<f32>(gradients + at)
      const square = decayed(squares + at, rho, slope * slope)
      let denominator = square
      if (means) {
        const mean = decayed(means + at, rho, slope)
        denominator = max<f32>(0, square - mean * mean)
      }
      let change = (rate * slope) / sqrt<f32>(denominator + epsilon)
      if (velocities) {
        change = flushedOne(momentum * load<f32>(velocities + at) + change)
        store<f32>(velocities + at, change)
      }
      store<f32>(weights + at, load<f32>(weights + at) - change)
      store<f32>(gradients + at, 0)
    }
  }
}

function flushedOne(value: f32): f32 {
  return abs<f32>(value) < 1e-37 ? 0 : value
}

/** Updates the running mean at `at`, and returns it. */
function decayed(at: usize, rho: f64, fresh: f32): f32 {
  const value = flushedOne(<f32>rho * load<f32>(at) + <f32>(1 - rho) * fresh)
  store<f32>(at, value)
  return value
}

/**
 * Adam (Kingma and Ba 2015), with the bias correction in the rate, as Keras has it. AdamW (Loshchilov and Hutter 2019)
 * multiplies the weights by `kept` first, so that the decay does not pass through the moments; for Adam `kept` is 1.
 */
export function adam(
  spans: usize,
  end: usize,
  length: usize,
  weights: usize,
  gradients: usize,
  rate: f32,
  firsts: usize,
  seconds: usize,
  beta1: f64,
  beta2: f64,
  epsilon: f32,
  kept: f32,
): void {
  for (; spans < end; spans += SPAN) {
    let at: usize = load<u32>(spans)
    const last = at + length
    for (; at + 16 <= last; at += 16)
      adamAt<v128>(weights + at, gradients + at, rate, firsts + at, seconds + at, beta1, beta2, epsilon, kept)
    for (; at < last; at += 4)
      adamAt<f32>(weights + at, gradients + at, rate, firsts + at, seconds + at, beta1, beta2, epsilon, kept)
  }
}

function adamAt<T>(
  weight: usize,
  gradient: usize,
  rate: f32,
  first: usize,
  second: usize,
  beta1: f64,
  beta2: f64,
  epsilon: f32,
  kept: f32,
): void {
  const slope = get<T>(gradient)
  const fresh1 = f32x4.mul(f32x4.splat(<f32>(1 - beta1)), slope)
  const fresh2 = f32x4.mul(f32x4.splat(<f32>(1 - beta2)), f32x4.mul(slope, slope))
  const moment1 = flushed(f32x4.add(f32x4.mul(f32x4.splat(<f32>beta1), get<T>(first)), fresh1))
  const moment2 = flushed(f32x4.add(f32x4.mul(f32x4.splat(<f32>beta2), get<T>(second)), fresh2))
  put<T>(first, moment1)
  put<T>(second, moment2)
  const root = f32x4.add(f32x4.sqrt(moment2), f32x4.splat(epsilon))
  const change = f32x4.div(f32x4.mul(f32x4.splat(rate), moment1), root)
  put<T>(weight, f32x4.sub(f32x4.mul(get<T>(weight), f32x4.splat(kept)), change))
  put<T>(gradient, f32x4.splat(0))
}

/** Adagrad: the gradient is divided by the root of the sum of all its squares. */
export function adagrad(
  spans: usize,
  end: usize,
  length: usize,
  weights: usize,
  gradients: usize,
  rate: f32,
  sums: usize,
  epsilon: f32,
): void {
  for (; spans < end; spans += SPAN) {
    let at: usize = load<u32>(spans)
    const last = at + length
    for (; at + 16 <= last; at += 16) adagradAt<v128>(weights + at, gradients + at, rate, sums + at, epsilon)
    for (; at < last; at += 4) adagradAt<f32>(weights + at, gradients + at, rate, sums + at, epsilon)
  }
}

function adagradAt<T>(weight: usize, gradient: usize, rate: f32, sum: usize, epsilon: f32): void {
  const slope = get<T>(gradient)
  const total = f32x4.add(get<T>(sum), f32x4.mul(slope, slope))
  put<T>(sum, total)
  const root = f32x4.sqrt(f32x4.add(total, f32x4.splat(epsilon)))
  put<T>(weight, f32x4.sub(get<T>(weight), f32x4.div(f32x4.mul(f32x4.splat(rate), slope), root)))
  put<T>(gradient, f32x4.splat(0))
}
