import { quantile } from '../../numbers.ts'

/** Largest number of quantiles that are kept of a column, as in scikit-learn's QuantileTransformer. */
const MAX_QUANTILES = 1_000
/** Distance that shares keep from 0 and 1, so that no normal quantile is infinite. */
const SHARE_LIMIT = 1e-7

/** Returns a copy of the values in rising order. */
export function sortedCopy(values: readonly number[]): Float64Array {
  return new Float64Array(values).sort()
}

/** Returns the values at evenly spaced quantiles, by linear interpolation between rows (NumPy's default). */
export function quantileReferences(sorted: Float64Array): number[] {
  const count = Math.min(MAX_QUANTILES, sorted.length)
  return Array.from({ length: count }, (_, index) => quantile(sorted, count === 1 ? 0 : index / (count - 1)))
}

/** Returns the edges of up to `bins` bins between evenly spaced quantiles, without duplicates. */
export function binEdges(sorted: Float64Array, bins: number): number[] {
  if (sorted.length === 0) return []
  const edges = Array.from({ length: bins + 1 }, (_, index) => quantile(sorted, index / bins))
  const widthOf = (edge: number, before: number) => edge / 2 - before / 2
  // Two edges that differ only by rounding would divide by almost 0.
  return edges.filter((edge, index) => {
    const before = edges[index - 1]
    return before === undefined || widthOf(edge, before) > Math.max(1e-300, Math.abs(edge) * 1e-12)
  })
}

/** Returns the share of training rows below a value, from 0 to 1; for several equal quantiles, their middle. */
export function shareBelow(quantiles: Float64Array, value: number): number {
  const last = quantiles.length - 1
  const lowest = quantiles[0] ?? 0
  const highest = quantiles[last] ?? 0
  if (last < 1 || lowest === highest) return 0.5
  if (value <= lowest) return 0
  if (value >= highest) return 1
  const first = lowerBound(quantiles, value, false)
  const end = lowerBound(quantiles, value, true)
  // The value equals one or several quantiles.
  if (end > first) return (first + end - 1) / 2 / last
  const low = quantiles[first - 1] ?? 0
  const high = quantiles[first] ?? 0
  // Halves, so that no difference of large numbers overflows. Those of neighbouring subnormal numbers are equal.
  const width = high / 2 - low / 2
  const share = width > 0 ? (value / 2 - low / 2) / width : 0.5
  return (first - 1 + share) / last
}

/** Returns the first position whose quantile is not below the value, or, with `beyond`, is above it. */
function lowerBound(quantiles: Float64Array, value: number, beyond: boolean): number {
  let from = 0
  let to = quantiles.length
  while (from < to) {
    const middle = (from + to) >> 1
    const quantile = quantiles[middle] ?? 0
    if (quantile < value || (beyond && quantile === value)) from = middle + 1
    else to = middle
  }
  return from
}

/** Returns the population standard deviation about a mean, also if the squares overflow. */
export function deviationOf(values: readonly number[], mean: number): number {
  let squares = 0
  for (const value of values) squares += (value - mean) ** 2 / values.length
  if (squares < Number.POSITIVE_INFINITY) return Math.sqrt(squares)
  const halves = values.map((value) => Math.abs(value / 2 - mean / 2))
  let largest = 0
  for (const half of halves) largest = Math.max(largest, half)
  let shares = 0
  for (const half of halves) shares += (half / largest) ** 2 / values.length
  return Math.min(Number.MAX_VALUE, largest * Math.sqrt(shares) * 2)
}

const CENTRAL_TOP = [
  3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987,
  67265.7709270087, 33430.57558358813, 2509.0809287301227,
]
const CENTRAL_BOTTOM = [
  1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271,
  28729.085735721943, 5226.495278852854,
]
const TAIL_TOP = [
  1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684,
  0.2417807251774506, 0.022723844989269184, 0.0007745450142783414,
]
const TAIL_BOTTOM = [
  1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457,
  0.0005475938084995345, 1.0507500716444169e-9,
]

/**
 * The value below which a share of the standard normal distribution lies, to 16 digits: algorithm AS 241 of
 * Wichura 1988. Shares near 0 and 1 give ∓5.2, as in scikit-learn.
 */
export function normalQuantile(share: number): number {
  const limited = Math.min(1 - SHARE_LIMIT, Math.max(SHARE_LIMIT, share))
  const q = limited - 0.5
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q
    return (q * polynomial(CENTRAL_TOP, r)) / polynomial(CENTRAL_BOTTOM, r)
  }
  const r = Math.sqrt(-Math.log(q < 0 ? limited : 1 - limited))
  // Beyond r = 5 the algorithm has a third part, for shares that the limit leaves out.
  const value = polynomial(TAIL_TOP, r - 1.6) / polynomial(TAIL_BOTTOM, r - 1.6)
  return q < 0 ? -value : value
}

function polynomial(coefficients: readonly number[], x: number): number {
  return coefficients.reduceRight((sum, coefficient) => sum * x + coefficient, 0)
}
