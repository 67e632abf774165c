import type { RunsOf, SplitRow } from './curve-runs.ts'
import { addRow } from './kernel-rows.ts'
import type { Curve, DenseLayer, SparseInput } from './weights.ts'

/** Sets `into` to the sums of the first layer over a sparse row's inputs from `start` to `end`. */
export type SparseSums = (input: SparseInput, start: number, end: number, into: Float64Array) => void

/** Sets `into` to the sums of a later layer over the answers of the layer before it. */
export type DenseSums = (input: Float64Array, into: Float64Array) => void

/** The sums of a network's layers for one row, before the activations. */
export interface LayerSums {
  readonly first: SparseSums
  /** The layers behind the first one, in their order. */
  readonly others: readonly DenseSums[]
}

/**
 * Returns the sums of a network's layers in JavaScript.
 * @param runsOf takes runs of ones out of a row (see `runFinder`). Absent: there are no curves
 */
export function plainSums(
  first: DenseLayer,
  others: readonly DenseLayer[],
  curves: readonly Curve[],
  runsOf: RunsOf | undefined,
): LayerSums {
  return {
    first(input, start, end, into) {
      const row = runsOf?.(input, start, end)
      if (!row) return addSparse(first, input, start, end, into)
      addSparse(first, row, 0, row.count, into)
      addRuns(first, row, curves, into)
    },
    others: others.map((layer) => (input, into) => {
      into.set(layer.bias)
      addDense(layer, 0, input, into)
    }),
  }
}

/** Adds the runs of ones of a row: each run's own sum first, and then this. */
function addRuns(
  { kernel, units }: DenseLayer,
  row: SplitRow,
  curves: readonly Curve[],
  into: Float64Array,
): void {
  const sum = new Float64Array(units)
  for (let run = 0; run < row.runs; run++) {
    const { base } = curves[row.curves[run] as number] as Curve
    sum.fill(0)
    for (let at = 0; at < (row.lengths[run] as number); at++) addRow(sum, kernel, base + at, 1)
    for (let unit = 0; unit < units; unit++) into[unit] = (into[unit] ?? 0) + (sum[unit] ?? 0)
  }
}

/** Sets `into` to the sums of a layer over a sparse row. */
function addSparse(
  layer: DenseLayer,
  input: SparseInput,
  start: number,
  end: number,
  into: Float64Array,
): void {
  const { kernel, units } = layer
  const { indices, values } = input
  into.set(layer.bias)
  // The sums of four units stay in registers during the pass over the entries: twice as fast as entry by entry.
  let unit = 0
  for (; unit + 3 < units; unit += 4) {
    let sum0 = into[unit] ?? 0
    let sum1 = into[unit + 1] ?? 0
    let sum2 = into[unit + 2] ?? 0
    let sum3 = into[unit + 3] ?? 0
    for (let at = start; at < end; at++) {
      const weight = (indices[at] ?? 0) * units + unit
      const value = values[at] ?? 0
      sum0 += value * (kernel[weight] ?? 0)
      sum1 += value * (kernel[weight + 1] ?? 0)
      sum2 += value * (kernel[weight + 2] ?? 0)
      sum3 += value * (kernel[weight + 3] ?? 0)
    }
    into[unit] = sum0
    into[unit + 1] = sum1
    into[unit + 2] = sum2
    into[unit + 3] = sum3
  }
  for (; unit < units; unit++) {
    let sum = into[unit] ?? 0
    for (let at = start; at < end; at++)
      sum += (values[at] ?? 0) * (kernel[(indices[at] ?? 0) * units + unit] ?? 0)
    into[unit] = sum
  }
}

/**
 * Adds to `into` the product of `input` and a layer's kernel from its row `firstRow` on. One loop for this and sparse rows was tried:
 * it is given numbers of two kinds, and sparse rows then take 5 to 8% longer.
 */
export function addDense(
  { kernel, units }: DenseLayer,
  firstRow: number,
  input: Float64Array,
  into: Float64Array,
): void {
  const first = firstRow * units
  let unit = 0
  for (; unit + 3 < units; unit += 4) {
    let sum0 = into[unit] ?? 0
    let sum1 = into[unit + 1] ?? 0
    let sum2 = into[unit + 2] ?? 0
    let sum3 = into[unit + 3] ?? 0
    for (let at = 0, weight = first + unit; at < input.length; at++, weight += units) {
      const value = input[at] ?? 0
      // Many inputs are 0 after relu.
      if (value === 0) continue
      sum0 += value * (kernel[weight] ?? 0)
      sum1 += value * (kernel[weight + 1] ?? 0)
      sum2 += value * (kernel[weight + 2] ?? 0)
      sum3 += value * (kernel[weight + 3] ?? 0)
    }
    into[unit] = sum0
    into[unit + 1] = sum1
    into[unit + 2] = sum2
    into[unit + 3] = sum3
  }
  for (; unit < units; unit++) {
    let sum = into[unit] ?? 0
    for (let at = 0, weight = first + unit; at < input.length; at++, weight += units) {
      const value = input[at] ?? 0
      if (value !== 0) sum += value * (kernel[weight] ?? 0)
    }
    into[unit] = sum
  }
}
