import type { ActivationName } from '../../recipe/index.ts'
import type { Steps } from '../../runtime/steps.ts'
import { addRow, dotRow } from '../network/kernel-rows.ts'
import type { DenseLayer } from '../network/weights.ts'
import { dot } from './path-integral.ts'

/*
 * The mean gradient of a stack by the sums of its first layer, on a straight path of these sums, without an integral: where a
 * sum goes from a to b at a constant rate, the mean slope of its activation f is (f(b) − f(a)) / (b − a).
 *
 * Behind one hidden layer that is all. Behind two, of which the first is made of straight lines, the second layer's sums
 * change at a constant rate between two corners of the first. At a corner one unit of the first layer changes its slope:
 *
 *   place of the path     0 ───────── t1 ─────── t2 ──────────── 1
 *   slope of unit 7       0           1          1                     (its corner is at t1)
 *   slope of unit 3       1           1          0                     (its corner is at t2)
 *   second layer's sums   linear      linear     linear
 *
 * So one pass over the corners is enough. Each costs a row of the second kernel, and the second layer's mean slopes.
 */

/** An activation of a hidden layer. */
export interface HiddenFunction {
  readonly name: ActivationName
  readonly apply: (x: number) => number
  readonly slope: (x: number) => number
  /** Where its slope is not smooth. */
  readonly corners: readonly number[]
  /** True if it is made of straight lines between its corners. */
  readonly isStraight: boolean
}

/** Moves below this, relative to the sum, have the slope at their middle: the quotient would be rounding. */
const SMALL = 1e-7
/** Corners that are passed in one step. */
const STEP_CORNERS = 64
/** Largest error that rounding may leave, relative to the function's values. */
const TOLERANCE = 1e-10

/** Returns the mean slope of an activation between two sums, as a function of these. */
function meanSlopeOf({
  name,
  apply,
  slope,
  isStraight,
}: HiddenFunction): (from: number, to: number) => number {
  if (name === 'relu') return meanSlopeOfRelu
  return (from, to) => {
    const move = to - from
    if (move === 0 || (!isStraight && Math.abs(move) < SMALL * (1 + Math.abs(from))))
      return slope(from + move / 2)
    return (apply(to) - apply(from)) / move
  }
}

/** By far the most frequent one, which is a matter of signs. */
function meanSlopeOfRelu(from: number, to: number): number {
  if (from > 0) return to >= 0 ? 1 : from / (from - to)
  return to > 0 ? to / (to - from) : 0
}

/** A straight path of the first layer's sums, and the weighted sum of the outputs whose gradient is asked for. */
export interface SumsPath {
  /** Sums at the beginning of the path. */
  readonly start: Float64Array
  /** What the whole path adds to them. */
  readonly direction: Float64Array
  /** Weight of each output. */
  readonly weights: Float64Array
}

/** Returns the mean gradient of Σ weights · outputs behind one hidden layer. */
export function behindOneLayer(
  hidden: HiddenFunction,
  output: DenseLayer,
  { start, direction, weights }: SumsPath,
): Float64Array {
  const meanSlope = meanSlopeOf(hidden)
  return weighedUnits(output, weights).map((weight, unit) => {
    const from = start[unit] ?? 0
    return weight * meanSlope(from, from + (direction[unit] ?? 0))
  })
}

/**
 * Returns the mean gradient of Σ weights · outputs behind two hidden layers, the first of which is straight between its
 * corners; undefined if rounding spoils it.
 */
export function* behindTwoLayers(
  [first, second]: readonly [HiddenFunction, HiddenFunction],
  [{ kernel, bias, units }, output]: readonly [DenseLayer, DenseLayer],
  { start, direction, weights }: SumsPath,
): Steps<Float64Array | undefined> {
  const ofUnits = weighedUnits(output, weights)
  const meanSlope = meanSlopeOf(second)
  const { corners, slopes } = cornersOf(first, start, direction)
  /** The second layer's sums at the place that is reached, and how they change from there on. */
  const sums = Float64Array.from(bias)
  const rates = new Float64Array(units)
  for (let unit = 0; unit < start.length; unit++) {
    addRow(sums, kernel, unit, first.apply(start[unit] ?? 0))
    addRow(rates, kernel, unit, (slopes[unit] ?? 0) * (direction[unit] ?? 0))
  }
  const value = () => sums.reduce((sum, from, at) => sum + (ofUnits[at] ?? 0) * second.apply(from), 0)
  const before = value()
  /** Integral of the gradient by the second layer's sums, from the beginning of the path. */
  const passed = new Float64Array(units)
  let place = 0
  const goTo = (next: number) => {
    const share = next - place
    for (let at = 0; at < units; at++) {
      const from = sums[at] ?? 0
      const to = from + share * (rates[at] ?? 0)
      passed[at] = (passed[at] ?? 0) + share * (ofUnits[at] ?? 0) * meanSlope(from, to)
      sums[at] = to
    }
    place = next
  }
  const gradient = new Float64Array(start.length)
  for (const [index, { unit, at, slope }] of corners.entries()) {
    goTo(at)
    // Up to here the unit has had the slope before, from here on it has the next one.
    const change = slope - (slopes[unit] ?? 0)
    slopes[unit] = slope
    gradient[unit] = (gradient[unit] ?? 0) - change * dotRow(passed, kernel, unit)
    addRow(rates, kernel, unit, change * (direction[unit] ?? 0))
    if (index % STEP_CORNERS === 0) yield
  }
  goTo(1)
  for (let unit = 0; unit < start.length; unit++) {
    const slope = slopes[unit] ?? 0
    if (slope !== 0) gradient[unit] = (gradient[unit] ?? 0) + slope * dotRow(passed, kernel, unit)
  }
  const after = value()
  const error = Math.abs(dot(gradient, direction) - (after - before))
  return error <= TOLERANCE * (1 + Math.abs(before) + Math.abs(after)) ? gradient : undefined
}

/** A place of the path at which a unit's slope changes. */
interface Corner {
  readonly unit: number
  readonly at: number
  /** The unit's slope behind it. */
  readonly slope: number
}

/** Returns all corners that a layer's units meet, in the order of the path, and the slopes before any of them. */
function cornersOf(
  { corners, slope }: HiddenFunction,
  start: Float64Array,
  direction: Float64Array,
): { corners: Corner[]; slopes: Float64Array } {
  const met: Corner[] = []
  const slopes = start.map((from, unit) => {
    const move = direction[unit] ?? 0
    const places = corners
      .map((corner) => (corner - from) / move)
      .filter((place) => place > 0 && place < 1)
      .sort((a, b) => a - b)
    // The slope is looked up in the middle of each piece.
    const [before = 0, ...behind] = [0, ...places].map((at, index) =>
      slope(from + (move * (at + (places[index] ?? 1))) / 2),
    )
    for (const [index, each] of behind.entries()) met.push({ unit, at: places[index] ?? 0, slope: each })
    return before
  })
  return { corners: met.sort((a, b) => a.at - b.at), slopes }
}

/** Returns Σ weights · kernel for each of a layer's inputs: what one more of it adds to the weighted outputs. */
function weighedUnits({ kernel, inputs }: DenseLayer, weights: Float64Array): Float64Array {
  return Float64Array.from({ length: inputs }, (_, input) => dotRow(weights, kernel, input))
}
