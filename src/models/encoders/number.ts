import { z } from 'zod'
import { median, rangeOf, runningMean } from '../../numbers.ts'
import { type Missing, Outside, type Scaling } from '../../recipe/index.ts'
import type { Cell } from '../../recipe/table.ts'
import { numberOfText } from './cell-texts.ts'
import {
  type ColumnEncoder,
  type ColumnFitter,
  type ColumnKind,
  GAP_REFUSED,
  kindOf,
} from './column-encoder.ts'
import {
  binEdges,
  deviationOf,
  normalQuantile,
  quantileReferences,
  shareBelow,
  sortedCopy,
} from './quantiles.ts'
import type { SparseRow } from './sparse-row.ts'

const Gaps = {
  /** Value that replaces a gap, in the column's own unit. */
  fill: z.number(),
  /** True if a further input tells that the value is missing: if training rows had gaps. */
  indicator: z.boolean(),
  refuseGaps: z.boolean(),
  /** Smallest and largest value of the training rows. Absent: there was none, or an earlier release trained it. */
  range: z.object({ min: z.number(), max: z.number() }).optional(),
  /** What a value outside of the range counts as: the nearer end (`clamp`) or itself. Default: itself. */
  outside: Outside.optional(),
}

/** A fitted number column, as it is kept in `encoder.json`, by its scaling. */
export const NumberState = z.discriminatedUnion('kind', [
  /** (value − shift) / scale */
  z.object({ kind: z.literal('number'), shift: z.number(), scale: z.number(), ...Gaps }),
  /** Values at evenly spaced quantiles, from the smallest to the largest. */
  z.object({ kind: z.literal('quantile'), quantiles: z.array(z.number()), ...Gaps }),
  /**
   * Edges of the bins, rising. Fewer than two belong to a constant column, which has no input. `beyond` is the scale of
   * one more input, (value − shift) / scale; without it, as in earlier releases, the lines of the outer bins go on.
   */
  z.object({
    kind: z.literal('piecewiseLinear'),
    edges: z.array(z.number()),
    beyond: z.object({ shift: z.number(), scale: z.number() }).optional(),
    ...Gaps,
  }),
])
export type NumberState = z.infer<typeof NumberState>

/**
 * Returns a fitter that learns how to scale a column from its training values.
 *
 * - `standard`: mean 0 and population standard deviation 1; `minMax`: 0 to 1; `none`: as it is. A constant
 *   column is only shifted, so nothing is divided by zero.
 * - `quantile`: to a normal distribution by up to 1,000 quantiles, as scikit-learn's QuantileTransformer with
 *   `output_distribution="normal"`; a constant column becomes 0.
 * - `piecewiseLinear`: one input for each of at most `bins` bins between quantiles (Gorishniy et al. 2022, "On
 *   Embeddings for Numerical Features"), and the number itself as `standard` scales it; bins without width are left out.
 */
export function numberFitter(options: {
  scaling: Scaling
  missing: Missing
  bins: number
  outside: Outside
}): ColumnFitter<NumberState> {
  const { scaling, missing, bins, outside } = options
  const present: number[] = []
  let missed = 0
  return {
    add(value) {
      if (typeof value === 'number') present.push(value)
      else missed += 1
    },
    finish: () => ({
      ...SCALINGS[scaling](present, bins),
      fill: fillOf(present, missing),
      indicator: missed > 0,
      refuseGaps: missing === 'refuse',
      ...(present.length > 0 ? { range: rangeOf(present) } : {}),
      outside,
    }),
  }
}

/** A fitted number column without its rules for gaps. */
type Scale =
  | { kind: 'number'; shift: number; scale: number }
  | { kind: 'quantile'; quantiles: number[] }
  | { kind: 'piecewiseLinear'; edges: number[]; beyond: Linear }

interface Linear {
  shift: number
  scale: number
}

const UNSCALED: Scale = { kind: 'number', shift: 0, scale: 1 }

/** Function of each scaling that learns it from the training values, which may be empty. */
const SCALINGS: Record<Scaling, (values: readonly number[], bins: number) => Scale> = {
  none: () => UNSCALED,
  standard: (values) => (values.length === 0 ? UNSCALED : { kind: 'number', ...standardOf(values) }),
  minMax(values) {
    if (values.length === 0) return UNSCALED
    const { min, max } = rangeOf(values)
    return { kind: 'number', shift: min, scale: usable(max - min, min) }
  },
  quantile: (values) => ({ kind: 'quantile', quantiles: quantileReferences(sortedCopy(values)) }),
  piecewiseLinear: (values, bins) => ({
    kind: 'piecewiseLinear',
    edges: binEdges(sortedCopy(values), bins),
    beyond: standardOf(values),
  }),
}

/** Returns the scale to mean 0 and deviation 1. @param values at least one */
export function standardOf(values: readonly number[]): Linear {
  const mean = runningMean(values)
  return { shift: mean, scale: usable(deviationOf(values, mean), mean) }
}

/** Returns a spread by which values can be divided: 1 where it is only rounding noise beside the values. */
function usable(spread: number, size: number): number {
  if (!(spread > Math.abs(size) * 1e-12 && spread > 1e-300)) return 1
  return Math.min(spread, Number.MAX_VALUE)
}

function fillOf(values: readonly number[], missing: Missing): number {
  if (typeof missing === 'object') return missing.value
  if (values.length === 0) return 0
  if (missing === 'mean') return runningMean(values)
  return median(sortedCopy(values))
}

/** Reads a number that a client sent as a text. Undefined for a text that is none; other values are returned as they are. */
function cellOf(sent: unknown): unknown {
  return typeof sent === 'string' ? numberOfText(sent) : sent
}

/** Largest absolute value of a scaled number: beyond it, the network's sums leave the range of 32-bit floats. */
const LARGEST_SCALED = 1e30

/** Returns the encoder of a fitted number column: the scaled value, then the gap's indicator where there is one. */
export function numberEncoder(state: NumberState): ColumnEncoder {
  const { width, curve = 0, largest, encode } = scalerOf(state)
  const { range, outside } = state
  const bounds = range && countedRange(range, outside)
  const bounded = (value: number) => (bounds ? Math.min(bounds.max, Math.max(bounds.min, value)) : value)
  return {
    width: width + (state.indicator ? 1 : 0),
    ...(state.indicator ? { indicator: width } : {}),
    curve,
    memoryBytes: 64 + width * 8,
    fault: (sent) => {
      const value = cellOf(sent)
      if (typeof value === 'number') {
        if (!Number.isFinite(value)) return 'Expected a finite number.'
        return largest(bounded(value)) <= LARGEST_SCALED
          ? undefined
          : 'The number is too large for this column.'
      }
      if (value === null) return state.refuseGaps ? GAP_REFUSED : undefined
      return `Expected a number, got ${kindOf(sent)}.`
    },
    unlearnt(sent) {
      const value = cellOf(sent)
      if (typeof value !== 'number' || !range || (value >= range.min && value <= range.max)) return undefined
      const counts = bounds && bounded(value) !== value ? ` It counts as ${bounded(value)}.` : ''
      return {
        code: 'outside-range',
        message: `The number lies outside of the training rows' range from ${range.min} to ${range.max}.${counts}`,
        ...range,
      }
    },
    gap: (sent) =>
      typeof cellOf(sent) === 'number'
        ? undefined
        : `The number is missing. It counts as ${bounded(state.fill)}.`,
    encode(sent: Cell, base: number, into: SparseRow): void {
      const value = cellOf(sent)
      const missing = typeof value !== 'number'
      encode(bounded(missing ? state.fill : value), base, into)
      if (missing && state.indicator) into.add(base + width, 1)
    },
  }
}

/** Share of the range's width by which a number may lie beyond either end with `margin`. */
const MARGIN = 0.5

/** Returns the range in which a number counts as itself; undefined where every number does. */
export function countedRange(
  { min, max }: { min: number; max: number },
  outside: Outside | undefined,
): { min: number; max: number } | undefined {
  if (outside === 'clamp') return { min, max }
  if (outside !== 'margin') return undefined
  // Halves, so that no difference of large numbers overflows.
  const beyond = (max / 2 - min / 2) * 2 * MARGIN
  const largest = Number.MAX_VALUE
  return { min: Math.max(-largest, min - beyond), max: Math.min(largest, max + beyond) }
}

interface Scaler {
  width: number
  /** Number of the first inputs that are a curve. Default: 0. */
  curve?: number
  /** Returns the largest absolute value among the numbers that a value becomes. */
  largest(value: number): number
  encode(value: number, base: number, into: SparseRow): void
}

function scalerOf(state: NumberState): Scaler {
  switch (state.kind) {
    case 'number': {
      const scaled = linear(state)
      return {
        width: 1,
        largest: (value) => Math.abs(scaled(value)),
        encode: (value, base, into) => into.add(base, scaled(value)),
      }
    }
    case 'quantile': {
      const quantiles = Float64Array.from(state.quantiles)
      return {
        width: 1,
        largest: () => 1,
        encode: (value, base, into) => into.add(base, normalQuantile(shareBelow(quantiles, value))),
      }
    }
    case 'piecewiseLinear':
      return piecewiseLinear(Float64Array.from(state.edges), state.beyond)
  }
}

/** Returns the function (value − shift) / scale, in halves, so that no difference of large numbers overflows. */
function linear({ shift, scale }: Linear): (value: number) => number {
  const halfShift = shift / 2
  const halfScale = scale / 2
  return (value) => (value / 2 - halfShift) / halfScale
}

/**
 * With T bins from b₀ to b_T, input t is 0 for a value below its bin, 1 above it, and (x − b_{t−1}) / (b_t −
 * b_{t−1}) within. The bins end at the edges: the outer ones may be so narrow that their lines would lead anywhere. The
 * input `beyond` tells values outside of them apart. Without it the first bin's line goes on below 0 and the last one's
 * above 1.
 */
function piecewiseLinear(edges: Float64Array, beyond?: Linear): Scaler {
  const width = Math.max(0, edges.length - 1)
  const place = (value: number, bin: number): number => {
    const start = edges[bin] ?? 0
    const end = edges[bin + 1] ?? 0
    // Halves, so that no difference of large numbers overflows.
    return (value / 2 - start / 2) / (end / 2 - start / 2)
  }
  if (beyond) {
    const scaled = linear(beyond)
    return {
      width: width === 0 ? 0 : width + 1,
      curve: width,
      largest: (value) => (width === 0 ? 0 : Math.abs(scaled(value))),
      encode(value, base, into) {
        for (let bin = 0; bin < width; bin++) {
          const number = place(value, bin)
          if (number <= 0) break
          into.add(base + bin, Math.min(1, number))
        }
        if (width > 0) into.add(base + width, scaled(value))
      },
    }
  }
  return {
    width,
    curve: width,
    largest: (value) =>
      width === 0 ? 0 : Math.max(Math.abs(place(value, 0)), Math.abs(place(value, width - 1))),
    encode(value, base, into) {
      for (let bin = 0; bin < width; bin++) {
        let number = place(value, bin)
        if (bin > 0 && number <= 0) break
        if (bin < width - 1 && number > 1) number = 1
        if (number !== 0) into.add(base + bin, number)
      }
    },
  }
}

/** Numbers, in each of the scalings. */
export const number: ColumnKind<NumberState, null> = { longKeys: [], encoder: numberEncoder }
