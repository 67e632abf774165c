import { z } from 'zod'
import type { Missing } from '../../recipe/index.ts'
import type { Cell } from '../../recipe/table.ts'
import { type ColumnEncoder, type ColumnFitter, GAP_REFUSED, kindOf } from './column-encoder.ts'
import type { SparseRow } from './sparse-row.ts'

/** A fitted number column as it is kept: (value − shift) / scale, and what stands in for a gap. */
export const NumberState = z.object({
  kind: z.literal('number'),
  shift: z.number(),
  scale: z.number(),
  /** In the column's own unit. */
  fill: z.number(),
  /** Whether a second input says that the value was missing: where training rows had gaps. */
  indicator: z.boolean(),
  refuseGaps: z.boolean(),
})
export type NumberState = z.infer<typeof NumberState>

/**
 * Learns how to scale a column from its training values.
 * `standard`: mean 0 and population standard deviation 1; `minMax`: 0 to 1; `none`: as it is. A constant column
 * is only shifted, so nothing is divided by zero.
 */
export function numberFitter(
  scaling: 'standard' | 'minMax' | 'none',
  missing: Missing,
): ColumnFitter<NumberState> {
  const present: number[] = []
  let gaps = 0
  return {
    add(value) {
      if (typeof value === 'number') present.push(value)
      else gaps += 1
    },
    finish() {
      const { shift, scale } = scaleOf(present, scaling)
      const fill = fillOf(present, missing)
      return { kind: 'number', shift, scale, fill, indicator: gaps > 0, refuseGaps: missing === 'refuse' }
    },
  }
}

function scaleOf(
  values: readonly number[],
  scaling: 'standard' | 'minMax' | 'none',
): { shift: number; scale: number } {
  if (scaling === 'none' || values.length === 0) return { shift: 0, scale: 1 }
  if (scaling === 'standard') {
    const mean = meanOf(values)
    let squares = 0
    for (const value of values) squares += (value - mean) ** 2
    return { shift: mean, scale: usable(Math.sqrt(squares / values.length), mean) }
  }
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const value of values) {
    if (value < min) min = value
    if (value > max) max = value
  }
  return { shift: min, scale: usable(max - min, min) }
}

/** A spread that is rounding noise beside the values, or no finite number, does not scale. */
function usable(spread: number, size: number): number {
  return Number.isFinite(spread) && spread > Math.abs(size) * 1e-12 && spread > 1e-300 ? spread : 1
}

function fillOf(values: readonly number[], missing: Missing): number {
  if (typeof missing === 'object') return missing.value
  if (values.length === 0) return 0
  if (missing === 'mean') return meanOf(values)
  const sorted = Float64Array.from(values).sort()
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? 0
  return sorted.length % 2 === 1 ? upper : (sorted[middle - 1] ?? 0) / 2 + upper / 2
}

function meanOf(values: readonly number[]): number {
  let mean = 0
  // Welford's running mean: a plain sum of large values may overflow.
  for (const [index, value] of values.entries()) mean += (value - mean) / (index + 1)
  return mean
}

/** Beyond this the network's sums leave the range of 32-bit floats. */
const LARGEST_SCALED = 1e30

/** The encoder of a fitted number column: the scaled value, then the gap's indicator where there is one. */
export function numberEncoder(state: NumberState): ColumnEncoder {
  return {
    width: state.indicator ? 2 : 1,
    memoryBytes: 64,
    fault: (value) => {
      if (typeof value === 'number') {
        if (!Number.isFinite(value)) return 'Expected a finite number.'
        const scaled = Math.abs((value - state.shift) / state.scale)
        return scaled <= LARGEST_SCALED ? undefined : 'The number is too large for this column.'
      }
      if (value === null) return state.refuseGaps ? GAP_REFUSED : undefined
      return `Expected a number, got ${kindOf(value)}.`
    },
    encode(value: Cell, base: number, into: SparseRow): void {
      const missing = typeof value !== 'number'
      into.add(base, ((missing ? state.fill : value) - state.shift) / state.scale)
      if (missing && state.indicator) into.add(base + 1, 1)
    },
  }
}
