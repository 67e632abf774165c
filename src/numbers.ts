/**
 * Arithmetic that several rooms need. Results of training and evaluation are promised to the bit, so where two orders
 * of computation are in use, both are here under their own names.
 */

/** Returns Σv / n; NaN without values. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Returns Σ(v / n), which does not overflow where the mean itself does not; 0 without values. */
export function meanOfShares(values: ArrayLike<number>): number {
  let sum = 0
  for (let at = 0; at < values.length; at++) sum += (values[at] ?? 0) / values.length
  return sum
}

/**
 * Returns the mean of values of any size by Welford's update, whose error does not grow with their number; 0 without
 * values. A difference that overflows is divided before it is taken.
 */
export function runningMean(values: readonly number[]): number {
  let mean = 0
  for (const [index, value] of values.entries()) {
    const difference = value - mean
    const count = index + 1
    mean += Number.isFinite(difference) ? difference / count : value / count - mean / count
  }
  return mean
}

/** Relative error of a sum below which a deviation from the mean is no deviation. */
const ROUNDING = 1e-12

/**
 * Returns whether the standard deviation of `count` values is nothing but the rounding of their sum: equal values such
 * as 0.1 have a mean that differs from them in its last digits.
 */
export function isRounding(deviation: number, mean: number, count: number): boolean {
  return !(deviation > Math.abs(mean) * Math.max(ROUNDING, count * Number.EPSILON))
}

/** Returns the middle one of values in rising order, or the mean of the two middle ones; 0 without values. */
export function median(sorted: ArrayLike<number>): number {
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? 0
  // Halves do not overflow.
  return sorted.length % 2 === 1 ? upper : (sorted[middle - 1] ?? 0) / 2 + upper / 2
}

/**
 * Returns the quantile of values in rising order, between two neighbours by linear interpolation: NumPy's default,
 * computed as NumPy does, so that equal neighbours give exactly their value. 0 without values.
 * @param share from 0 (the smallest) to 1 (the largest)
 */
export function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1)
  const below = Math.floor(place)
  const low = sorted[below] ?? 0
  const high = sorted[below + 1] ?? low
  const part = place - below
  const difference = high - low
  if (!Number.isFinite(difference)) return low * (1 - part) + high * part
  return part < 0.5 ? low + difference * part : high - difference * (1 - part)
}

/** The same quantile as a weighted sum of the two neighbours, which may differ from `quantile` in the last bit. */
export function weightedQuantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1)
  const low = sorted[Math.floor(place)] ?? 0
  const high = sorted[Math.ceil(place)] ?? low
  const part = place - Math.floor(place)
  return low * (1 - part) + high * part
}

/** Returns ln Σeᵛ of the values from `start` up to `end`, without overflow. Default: all values. */
export function logSumExp(values: ArrayLike<number>, start = 0, end = values.length): number {
  let max = Number.NEGATIVE_INFINITY
  for (let at = start; at < end; at++) max = Math.max(max, values[at] ?? 0)
  let sum = 0
  for (let at = start; at < end; at++) sum += Math.exp((values[at] ?? 0) - max)
  return max + Math.log(sum)
}

/** Returns ln(1 + eˣ), without overflow. */
export function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))
}

/** The smallest 64-bit number above -1, whose ln(1 + x) is still finite. */
export const LEAST_WITH_LOG = -1 + 2 ** -53

/** Returns 1 / (1 + e⁻ˣ), without overflow on either side. */
export function sigmoid(x: number): number {
  if (x >= 0) return 1 / (1 + Math.exp(-x))
  const exp = Math.exp(x)
  return exp / (1 + exp)
}

/** Returns the smallest and the largest value; of no values, positive and negative infinity. */
export function rangeOf(values: readonly number[]): { min: number; max: number } {
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  for (const value of values) {
    if (value < min) min = value
    if (value > max) max = value
  }
  return { min, max }
}

/** Writes a number with at most three significant digits, for messages. */
export function threeDigits(value: number): string {
  return String(Number(value.toPrecision(3)))
}

/**
 * Returns a number with its noun, as sentences have it: `1 row`, `2,000 rows`.
 * @param plural of the noun. Default: with an s
 */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? noun : plural}`
}
