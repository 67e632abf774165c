import type { Reliability } from './schema.ts'

const BINS = 10

/** Counts how often probabilities came true, in ten bins of equal width. */
export class ReliabilityCounts {
  readonly #rows = new Float64Array(BINS)
  readonly #probabilities = new Float64Array(BINS)
  readonly #trues = new Float64Array(BINS)

  /**
   * Counts one row. @param probability from 0 to 1 @param cameTrue whether the row is of the class that it is given for
   */
  add(probability: number, cameTrue: boolean): void {
    const bin = binOf(probability)
    this.#rows[bin] = (this.#rows[bin] ?? 0) + 1
    this.#probabilities[bin] = (this.#probabilities[bin] ?? 0) + probability
    if (cameTrue) this.#trues[bin] = (this.#trues[bin] ?? 0) + 1
  }

  result(of: Reliability['of']): Reliability {
    const bins = Array.from(this.#rows, (rows, bin) => ({
      from: bin / BINS,
      to: (bin + 1) / BINS,
      rows,
      predicted: rows > 0 ? (this.#probabilities[bin] ?? 0) / rows : null,
      observed: rows > 0 ? (this.#trues[bin] ?? 0) / rows : null,
    }))
    return withError(of, bins)
  }
}

/** Adds up the bins of several evaluations; undefined without any. */
export function mergeReliability(parts: readonly Reliability[]): Reliability | undefined {
  const [first] = parts
  if (!first) return undefined
  const bins = first.bins.map(({ from, to }, at) => {
    const same = parts.flatMap(({ bins }) => bins[at] ?? [])
    const rows = same.reduce((sum, bin) => sum + bin.rows, 0)
    const mean = (value: 'predicted' | 'observed') =>
      rows > 0 ? same.reduce((sum, bin) => sum + (bin[value] ?? 0) * bin.rows, 0) / rows : null
    return { from, to, rows, predicted: mean('predicted'), observed: mean('observed') }
  })
  return withError(first.of, bins)
}

function withError(of: Reliability['of'], bins: Reliability['bins']): Reliability {
  const total = bins.reduce((sum, { rows }) => sum + rows, 0)
  const error = bins.reduce(
    (sum, { rows, predicted, observed }) => sum + rows * Math.abs((predicted ?? 0) - (observed ?? 0)),
    0,
  )
  return { of, bins, expectedCalibrationError: total > 0 ? error / total : 0 }
}

/** A value on an edge belongs to the bin below it, as in scikit-learn. */
function binOf(probability: number): number {
  let bin = Math.min(BINS - 1, Math.max(0, Math.floor(probability * BINS) || 0))
  while (bin > 0 && probability <= bin / BINS) bin -= 1
  while (bin < BINS - 1 && probability > (bin + 1) / BINS) bin += 1
  return bin
}
