import type { Reliability } from './schema.ts'

const BINS = 10

/** Counts how often probabilities came true, in ten bins of equal width. */
export class ReliabilityCounts {
  readonly #rows = new Float64Array(BINS)
  readonly #weights = new Float64Array(BINS)
  #isWeighted = false
  readonly #probabilities = new Float64Array(BINS)
  readonly #trues = new Float64Array(BINS)

  /**
   * Counts one row.
   * @param probability from 0 to 1
   * @param cameTrue whether the row is of the class that it is given for
   * @param weight how much the row counts. Default: as all others
   */
  add(probability: number, cameTrue: boolean, weight?: number): void {
    const bin = binOf(probability)
    this.#isWeighted ||= weight !== undefined
    const counted = weight ?? 1
    this.#rows[bin] = (this.#rows[bin] ?? 0) + 1
    this.#weights[bin] = (this.#weights[bin] ?? 0) + counted
    this.#probabilities[bin] = (this.#probabilities[bin] ?? 0) + probability * counted
    if (cameTrue) this.#trues[bin] = (this.#trues[bin] ?? 0) + counted
  }

  result(of: Reliability['of']): Reliability {
    const bins = Array.from(this.#weights, (weight, bin) => ({
      from: bin / BINS,
      to: (bin + 1) / BINS,
      rows: this.#rows[bin] ?? 0,
      predicted: weight > 0 ? (this.#probabilities[bin] ?? 0) / weight : null,
      observed: weight > 0 ? (this.#trues[bin] ?? 0) / weight : null,
      ...(this.#isWeighted ? { weight } : {}),
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
    const weight = same.reduce((sum, bin) => sum + weightOf(bin), 0)
    const mean = (value: 'predicted' | 'observed') =>
      weight > 0 ? same.reduce((sum, bin) => sum + (bin[value] ?? 0) * weightOf(bin), 0) / weight : null
    const isWeighted = same.some((bin) => bin.weight !== undefined)
    return {
      from,
      to,
      rows,
      predicted: mean('predicted'),
      observed: mean('observed'),
      ...(isWeighted ? { weight } : {}),
    }
  })
  return withError(first.of, bins)
}

function withError(of: Reliability['of'], bins: Reliability['bins']): Reliability {
  const total = bins.reduce((sum, bin) => sum + weightOf(bin), 0)
  const error = bins.reduce(
    (sum, bin) => sum + weightOf(bin) * Math.abs((bin.predicted ?? 0) - (bin.observed ?? 0)),
    0,
  )
  return { of, bins, expectedCalibrationError: total > 0 ? error / total : 0 }
}

function weightOf({ weight, rows }: Reliability['bins'][number]): number {
  return weight ?? rows
}

/** A value on an edge belongs to the bin below it, as in scikit-learn. */
function binOf(probability: number): number {
  let bin = Math.min(BINS - 1, Math.max(0, Math.floor(probability * BINS) || 0))
  while (bin > 0 && probability <= bin / BINS) bin -= 1
  while (bin < BINS - 1 && probability > (bin + 1) / BINS) bin += 1
  return bin
}
