import { median, sigmoid } from '../../numbers.ts'
import type { Loss, LossName } from '../../recipe/index.ts'
import { type Examples, rowWeight, widthOfTargets } from '../engine.ts'

/** What trees learn: the rows' truths, and the loss as a function of the sums of the trees before. */
export interface Objective {
  /** Where the sum of each output begins: the best constant answer. */
  readonly base: Float64Array
  /** Whether all second derivatives are 1, so that their sums count rows. */
  readonly counts: boolean
  /** Called before the first tree of an epoch. @param sums shape [rows, outputs] */
  epochBegins(sums: Float64Array): void
  /** Sets `into` to gradient and second derivative of each row for one output. */
  derive(sums: Float64Array, output: number, into: Float64Array): void
  /**
   * Returns the answer of a leaf instead of −G / (H + l2), before it is multiplied by the learning rate; absent where that
   * is the answer.
   */
  leafAnswer?(sums: Float64Array, output: number, rows: Uint32Array): number
}

/** Rows and loss of an objective. */
interface ObjectiveInput {
  readonly training: Examples
  readonly loss: Loss
  readonly outputs: number
  readonly classWeights: readonly number[] | null
}

/** Shares from which a logarithm is taken are at least this, as in Keras. */
const SMALLEST_SHARE = 1e-7
/** Second derivative of a probability near 0 or 1, at least. */
const SMALLEST_CURVATURE = 1e-16

/** Returns the objective of a loss. @throws RangeError for a loss that trees do not take */
export function objectiveOf(input: ObjectiveInput): Objective {
  const make = OBJECTIVES[input.loss.type]
  const { training, classWeights } = input
  const weighs = training.weights !== undefined || classWeights !== null
  const weights = weighs
    ? Float64Array.from({ length: training.rows.rows }, (_, row) => rowWeight(training, classWeights, row))
    : null
  return make(input, weights)
}

type Make = (input: ObjectiveInput, weights: Float64Array | null) => Objective

const OBJECTIVES: Record<LossName, Make> = {
  meanSquaredError: (input, weights) => ofErrors(input, weights, (error) => error, meanOf),
  // The gradient is the sign, whose steps are all alike: the leaf's median is the best answer (Friedman 2001).
  meanAbsoluteError: (input, weights) => ({
    ...ofErrors(input, weights, Math.sign, medianOf),
    leafAnswer(sums, output, rows) {
      const { targets } = input.training
      const errors = Float64Array.from(
        rows,
        (row) => (targets[row * input.outputs + output] ?? 0) - (sums[row * input.outputs + output] ?? 0),
      )
      return medianOf(errors, weights && Float64Array.from(rows, (row) => weights[row] ?? 0))
    },
  }),
  huber: (input, weights) => {
    const { delta = 1 } = input.loss
    return ofErrors(input, weights, (error) => Math.min(delta, Math.max(-delta, error)), medianOf)
  },
  binaryCrossentropy: ofSigmoids,
  categoricalCrossentropy: ofSoftmax,
  sparseCategoricalCrossentropy: ofSoftmax,
}

/** A loss of sum − truth with second derivatives of 1. */
function ofErrors(
  { training, outputs }: ObjectiveInput,
  weights: Float64Array | null,
  gradientOf: (error: number) => number,
  centre: (values: Float64Array, weights: Float64Array | null) => number,
): Objective {
  const { targets, rows } = training
  return {
    base: Float64Array.from({ length: outputs }, (_, output) => centre(targetsOf(training, output), weights)),
    counts: weights === null,
    epochBegins() {},
    derive(sums, output, into) {
      for (let row = 0; row < rows.rows; row++) {
        const at = row * outputs + output
        const weight = weights === null ? 1 : (weights[row] ?? 0)
        into[2 * row] = gradientOf((sums[at] ?? 0) - (targets[at] ?? 0)) * weight
        into[2 * row + 1] = weight
      }
    },
  }
}

/** The binary crossentropy of one class, or of each label. */
function ofSigmoids({ training, outputs }: ObjectiveInput, weights: Float64Array | null): Objective {
  const { targets, rows } = training
  return {
    base: Float64Array.from({ length: outputs }, (_, output) => {
      const share = bounded(meanOf(targetsOf(training, output), weights))
      return Math.log(share) - Math.log(1 - share)
    }),
    counts: false,
    epochBegins() {},
    derive(sums, output, into) {
      for (let row = 0; row < rows.rows; row++) {
        const at = row * outputs + output
        const weight = weights === null ? 1 : (weights[row] ?? 0)
        const share = sigmoid(sums[at] ?? 0)
        into[2 * row] = (share - (targets[at] ?? 0)) * weight
        into[2 * row + 1] = Math.max(SMALLEST_CURVATURE, share * (1 - share)) * weight
      }
    },
  }
}

/** The crossentropy of several classes. All trees of an epoch are grown on the shares at its beginning. */
function ofSoftmax({ training, outputs }: ObjectiveInput, weights: Float64Array | null): Objective {
  const { targets, rows } = training
  const shares = new Float64Array(rows.rows * outputs)
  const counts = new Float64Array(outputs)
  let total = 0
  for (let row = 0; row < rows.rows; row++) {
    const weight = weights === null ? 1 : (weights[row] ?? 0)
    const label = targets[row] ?? 0
    counts[label] = (counts[label] ?? 0) + weight
    total += weight
  }
  return {
    base: counts.map((count) => Math.log(bounded(count / total))),
    counts: false,
    epochBegins(sums) {
      for (let at = 0; at < sums.length; at += outputs) softmaxOf(sums, at, outputs, shares)
    },
    derive(_, output, into) {
      for (let row = 0; row < rows.rows; row++) {
        const weight = weights === null ? 1 : (weights[row] ?? 0)
        const share = shares[row * outputs + output] ?? 0
        into[2 * row] = (share - (targets[row] === output ? 1 : 0)) * weight
        into[2 * row + 1] = Math.max(SMALLEST_CURVATURE, share * (1 - share)) * weight
      }
    },
  }
}

function softmaxOf(sums: Float64Array, from: number, outputs: number, into: Float64Array): void {
  let most = Number.NEGATIVE_INFINITY
  for (let at = from; at < from + outputs; at++) most = Math.max(most, sums[at] ?? 0)
  let total = 0
  for (let at = from; at < from + outputs; at++) {
    const share = Math.exp((sums[at] ?? 0) - most)
    into[at] = share
    total += share
  }
  for (let at = from; at < from + outputs; at++) into[at] = (into[at] ?? 0) / total
}

function bounded(share: number): number {
  return Math.min(1 - SMALLEST_SHARE, Math.max(SMALLEST_SHARE, share))
}

function targetsOf(training: Examples, output: number): Float64Array {
  const width = widthOfTargets(training)
  const values = new Float64Array(training.rows.rows)
  for (let row = 0; row < values.length; row++) values[row] = training.targets[row * width + output] ?? 0
  return values
}

function meanOf(values: Float64Array, weights: Float64Array | null): number {
  let sum = 0
  let total = 0
  for (let at = 0; at < values.length; at++) {
    const weight = weights === null ? 1 : (weights[at] ?? 0)
    sum += (values[at] ?? 0) * weight
    total += weight
  }
  return total > 0 ? sum / total : 0
}

/** Returns the smallest value that half of the weight does not exceed, or the middle of two such values. */
function medianOf(values: Float64Array, weights: Float64Array | null): number {
  if (weights === null) return median(values.sort())
  const order = Array.from(values, (_, at) => at).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0) || a - b)
  const half = weights.reduce((sum, weight) => sum + weight, 0) / 2
  let below = 0
  for (const [place, at] of order.entries()) {
    below += weights[at] ?? 0
    if (below > half) return values[at] ?? 0
    if (below === half) return ((values[at] ?? 0) + (values[order[place + 1] ?? at] ?? 0)) / 2
  }
  return 0
}
