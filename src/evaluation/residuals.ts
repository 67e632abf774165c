import { weightedQuantile } from '../numbers.ts'
import { Random } from './random.ts'
import type { Residuals } from './schema.ts'
import { significant } from './thin.ts'

/** Rows whose predicted and true values an evaluation keeps. */
const SAMPLE = 1_000
const FEWEST_BINS = 5
const MOST_BINS = 60
/** Share of the residuals, on each side, that the histogram only counts, so that outliers do not stretch its axis. */
const TAIL = 0.005

/** Shares of the rows whose quantiles an evaluation has. */
const SHARES = [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1]

/**
 * Returns the residuals (predicted minus true value) of a regression: a sample of rows, always the same for the same
 * rows, the distribution of all residuals, and their quantiles.
 */
export function residualsOf(
  predicted: ArrayLike<number>,
  truth: ArrayLike<number>,
): { residuals: Residuals; residualQuantiles: Record<string, number> } {
  const rows = sampleOf(truth.length)
  const sorted = Float64Array.from(truth, (value, row) => finite((predicted[row] ?? 0) - value)).sort()
  return {
    residuals: {
      predicted: rows.map((row) => significant(predicted[row] ?? 0)),
      truth: rows.map((row) => significant(truth[row] ?? 0)),
      histogram: histogramOf(sorted),
    },
    residualQuantiles: Object.fromEntries(
      SHARES.map((share) => [String(share), weightedQuantile(sorted, share)]),
    ),
  }
}

/** Keeps a value finite: the difference of two finite values may overflow. */
function finite(value: number): number {
  return Math.min(Number.MAX_VALUE, Math.max(-Number.MAX_VALUE, value))
}

/** Numbers of the sampled rows, ascending. */
function sampleOf(rows: number): number[] {
  const all = Uint32Array.from({ length: rows }, (_, row) => row)
  if (rows <= SAMPLE) return [...all]
  return [...new Random(1, 'residuals').shuffle(all).subarray(0, SAMPLE).sort()]
}

/** Bins of Freedman and Diaconis's width (1981) between the two tails. */
function histogramOf(sorted: Float64Array): Residuals['histogram'] {
  const from = weightedQuantile(sorted, TAIL)
  const to = weightedQuantile(sorted, 1 - TAIL)
  const width =
    (2 * (weightedQuantile(sorted, 0.75) - weightedQuantile(sorted, 0.25))) / Math.cbrt(sorted.length)
  const wanted = to > from && width > 0 ? Math.ceil((to - from) / width) : 1
  const bins = to > from ? Math.min(MOST_BINS, Math.max(FEWEST_BINS, wanted)) : 1
  // Weighted ends, not a sum of widths, which may overflow.
  const edges = Array.from({ length: bins + 1 }, (_, at) => from * (1 - at / bins) + to * (at / bins))
  edges[bins] = to
  const counts = edges.slice(1).map(() => 0)
  let bin = 0
  let below = 0
  let above = 0
  for (const value of sorted) {
    if (value < from) below += 1
    else if (value > to) above += 1
    else {
      while (bin < bins - 1 && value >= (edges[bin + 1] ?? to)) bin += 1
      counts[bin] = (counts[bin] ?? 0) + 1
    }
  }
  // Equal residuals get a bin around them that is wide enough to see.
  const half = Math.max(Math.abs(from) * 0.05, 0.5)
  const shown = to > from ? edges : [from - half, from + half]
  return { edges: shown.map(significant), counts, below, above }
}
