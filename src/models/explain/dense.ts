import type { Steps } from '../../runtime/steps.ts'
import { CORNERS, SLOPES, STRAIGHT } from '../network/activation-slopes.ts'
import { activationOf } from '../network/activations.ts'
import { addRow, dotRow } from '../network/kernel-rows.ts'
import type { DenseLayer, NetworkWeights } from '../network/weights.ts'
import type { RowDifference } from './difference.ts'
import { firstLayerOf } from './first-layer.ts'
import { behindOneLayer, behindTwoLayers, type SumsPath } from './mean-slopes.ts'
import type { MemberExplainer } from './member.ts'
import { dot, pathIntegral } from './path-integral.ts'

/** Limit on the corners of a path that are looked for, so that its work is bounded. */
const MOST_CORNERS = 2048

/**
 * Explains a stack of dense layers. Without a hidden layer, the products of inputs and weights are the explanation. With
 * hidden layers it is that of integrated gradients (Sundararajan, Taly and Yan 2017): each entry's product with its mean
 * gradient on the straight way from the empty row to the row. On this way all sums of the first layer change at a
 * constant rate, so the mean gradient by these sums, of which there are few, is all that is integrated.
 * @param empty values of the empty row's numbers, by position
 */
export function denseExplainer(
  { fronts, layers }: NetworkWeights,
  empty: ReadonlyMap<number, number>,
): MemberExplainer {
  const [first, ...deeper] = layers
  if (!first) throw new RangeError('a network needs a layer')
  const input = firstLayerOf(first, fronts)
  const start = input.sums(empty)
  const stack = stackOf(first, deeper)
  let last: { row: RowDifference; change: Float64Array } | undefined
  // The logits of a row are asked for first, and then what they are made of.
  const changeOf = (row: RowDifference): Float64Array => {
    if (last?.row !== row) last = { row, change: input.change(row) }
    return last.change
  }
  return {
    base: Float64Array.from(stack.logits(start)),
    logits: (row) => stack.logits(changeOf(row).map((change, unit) => change + (start[unit] ?? 0))),
    *contributions(row, weights) {
      if (deeper.length === 0) return input.contributions(row, weights)
      const path = { start, direction: changeOf(row), weights }
      return input.contributions(row, yield* stack.meanGradient(path))
    },
  }
}

/** Everything behind the sums of the first layer. */
function stackOf(first: DenseLayer, deeper: readonly DenseLayer[]) {
  const activations = [first, ...deeper.slice(0, -1)].map(({ activation }) => {
    // Softmax stands at the end only.
    const name = activation === 'softmax' ? 'linear' : activation
    const corners = CORNERS[name] ?? []
    return { name, apply: activationOf(name), slope: SLOPES[name], corners, isStraight: STRAIGHT.has(name) }
  })
  const sums = [first, ...deeper].map(({ units }) => new Float64Array(units))
  /** Sets the sums of all layers from those of the first one, and returns the last layer's. */
  const forward = (from: ArrayLike<number>, depth = deeper.length): Float64Array => {
    let before = sums[0] ?? new Float64Array(0)
    before.set(from)
    for (let index = 0; index < depth; index++) {
      const layer = deeper[index]
      const into = sums[index + 1]
      const activation = activations[index]
      if (!layer || !into || !activation) break
      into.set(layer.bias)
      for (let at = 0; at < before.length; at++) {
        const value = activation.apply(before[at] ?? 0)
        addRow(into, layer.kernel, at, value)
      }
      before = into
    }
    return before
  }
  /** Returns the gradient of Σ weights · logits by the first layer's sums, for the sums that `forward` has set. */
  const backward = (weights: Float64Array): Float64Array => {
    let after = weights
    for (let index = deeper.length - 1; index >= 0; index--) {
      const layer = deeper[index]
      const before = sums[index]
      const activation = activations[index]
      if (!layer || !before || !activation) break
      const gradient = new Float64Array(before.length)
      for (let at = 0; at < before.length; at++) {
        const slope = activation.slope(before[at] ?? 0)
        if (slope === 0) continue
        gradient[at] = slope * dotRow(after, layer.kernel, at)
      }
      after = gradient
    }
    return after
  }
  /** Returns the mean gradient where it takes no integral; undefined elsewhere. */
  function* withoutIntegral(path: SumsPath): Steps<Float64Array | undefined> {
    const [hidden, second] = activations
    const [middle, output] = deeper
    if (!hidden || !middle) return undefined
    if (!second || !output) return behindOneLayer(hidden, middle, path)
    if (deeper.length > 2 || !hidden.isStraight) return undefined
    return yield* behindTwoLayers([hidden, second], [middle, output], path)
  }
  return {
    logits: (from: ArrayLike<number>) => forward(from),
    *meanGradient(path: SumsPath): Steps<Float64Array> {
      const direct = yield* withoutIntegral(path)
      if (direct) return direct
      const { start, direction, weights } = path
      const at = (place: number) => start.map((sum, unit) => sum + place * (direction[unit] ?? 0))
      // Between two corners of all layers before it, a layer's sums change at a constant rate: those at both ends say
      // where it has corners of its own.
      let ends: readonly number[] = [0, 1]
      for (const [depth, { corners, isStraight }] of activations.entries()) {
        if (ends.length > MOST_CORNERS) break
        ends = yield* withCorners(ends, corners, (place) => forward(at(place), depth))
        if (!isStraight) break
      }
      return yield* pathIntegral(
        {
          direction,
          value: (place) => dot(weights, forward(at(place))),
          gradient(place) {
            forward(at(place))
            return backward(weights)
          },
        },
        ends,
      )
    },
  }
}

/** Returns the ends and, between them, the places at which a sum meets a corner of its activation. */
function* withCorners(
  ends: readonly number[],
  corners: readonly number[],
  sumsAt: (place: number) => Float64Array,
): Steps<number[]> {
  const places = new Set(ends)
  let before = sumsAt(0).slice()
  for (let index = 1; index < ends.length; index++) {
    const start = ends[index - 1] ?? 0
    const end = ends[index] ?? 1
    const after = sumsAt(end).slice()
    for (let unit = 0; unit < after.length; unit++) {
      const from = before[unit] ?? 0
      const to = after[unit] ?? 0
      for (const corner of corners) {
        if (from < corner === to < corner) continue
        const place = start + ((corner - from) / (to - from)) * (end - start)
        if (place > start && place < end) places.add(place)
      }
    }
    before = after
    yield
    if (places.size > MOST_CORNERS) break
  }
  return [...places].sort((a, b) => a - b)
}
