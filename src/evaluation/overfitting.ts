import { mean, median } from '../numbers.ts'

type Column = readonly (number | null)[]

/** Share of its best value by which a loss has to rise. */
const RISE = 0.02
/** Standard deviations of the difference of two windows' means above which a rise is not noise. */
const SIGNIFICANT = 5
/** Windows that fit side by side into a run, about. */
const WINDOWS = 10
/** Share of all epochs from which a series of epochs, each worse than the one before, is no chance. */
const STREAK = 0.2
/** Median of |x₁ − 2x₂ + x₃| of independent normal values, in their standard deviations: 0.6745 · √6. */
const MEDIAN_CURVATURE = 1.6522

/**
 * Returns the epoch after which a network learnt its training rows by heart: validation loss rose from there to the end
 * while training loss fell; null where it did not.
 *
 * Both are means over windows of 2⌊n/20⌋ + 1 of the n epochs, the last one against the best one, since the lowest of
 * many noisy values always has higher ones after it. The rise must exceed 2% and 5 standard deviations σ√(2/w) of the
 * difference of two means over w epochs. σ is the noise from one epoch to the next, by the median of the second
 * differences, which a slope does not change (0 for a smooth curve). Short runs have too few of them; there it is
 * enough that the last ⌈n/5⌉ epochs and more, two at least, each were worse than the one before. In 1,500 runs of 20
 * epochs of pure noise it spoke in about 1%.
 */
export function overfitsAfter(loss: Column, valLoss: Column): number | null {
  const epochs = Math.min(loss.length, valLoss.length)
  const trained = numbersOf(loss, epochs)
  const validated = numbersOf(valLoss, epochs)
  if (!trained || !validated || epochs < 3) return null
  const width = 2 * Math.floor(epochs / (2 * WINDOWS)) + 1
  const means = windowMeans(validated, width)
  const start = indexOfLowest(means)
  const best = start + indexOfLowest(validated.slice(start, start + width))
  const rise = (means.at(-1) ?? 0) - (means[start] ?? 0)
  if (!(rise > RISE * Math.abs(means[start] ?? 0))) return null
  const losses = windowMeans(trained, width)
  if (!((losses.at(-1) ?? 0) < (losses[start] ?? 0))) return null
  const significant = rise > SIGNIFICANT * noiseOf(validated) * Math.sqrt(2 / width)
  return significant || risesFrom(validated, best) >= Math.max(2, STREAK * epochs) ? best + 1 : null
}

function numbersOf(column: Column, count: number): number[] | undefined {
  const numbers = column.slice(0, count).filter((value) => value !== null)
  return numbers.length === count ? numbers : undefined
}

function windowMeans(values: readonly number[], width: number): number[] {
  return Array.from({ length: values.length - width + 1 }, (_, at) => mean(values.slice(at, at + width)))
}

function indexOfLowest(values: readonly number[]): number {
  return values.reduce((lowest, value, at) => (value < (values[lowest] ?? 0) ? at : lowest), 0)
}

/** Standard deviation of the noise around level and slope. */
function noiseOf(values: readonly number[]): number {
  const bends = values
    .slice(2)
    .map((value, at) => Math.abs(value - 2 * (values[at + 1] ?? 0) + (values[at] ?? 0)))
    .sort((a, b) => a - b)
  return median(bends) / MEDIAN_CURVATURE
}

/** Epochs after the best one, if each of them is worse than the one before; else 0. */
function risesFrom(values: readonly number[], best: number): number {
  const after = values.slice(best)
  return after.every((value, at) => at === 0 || value > (after[at - 1] ?? 0)) ? after.length - 1 : 0
}
