import { largerIsBetter } from '../recipe/index.ts'
import { Random } from './random.ts'
import type { Interval, MetricValues } from './schema.ts'

/** 97.5% quantile of the standard normal distribution. */
export const NORMAL_95 = 1.959963984540054
/** Samples that are drawn. */
const SAMPLES = 400
/** Values of all samples together: some 0.2 s for each metric. */
const MOST_VALUES = 2_000_000
/** Rows of a sample, unless there are fewer: enough for the deviation of any figure. */
const FEWEST_ROWS = 200
/** Figures that are shares of the rows. */
const SHARES = ['accuracy', 'topK', 'subsetAccuracy']
/** Figures of which larger is better, and which may be negative. */
const SIGNED = ['r2', 'quadraticKappa']

/** Figures of rows, and how they are measured on others. */
export interface Measured {
  /** Number of the rows. */
  rows: number
  /** Values of a row's answer. */
  outputs: number
  /** Number of each row's group, from 0, where the rows of a group are drawn together. Null: each row is drawn by itself. */
  groupOf: Uint32Array | null
  /** True where rows count differently. */
  weighted: boolean
  /** The figures that are told, around which the intervals are put. */
  told: MetricValues
  /** Measures rows by their numbers; a row may be there several times. */
  measure: (rows: Uint32Array) => MetricValues
}

/**
 * Returns a 95% interval for each figure; null where it has no value. Shares of rows that are drawn by themselves have
 * Wilson's interval (1927), which is right near 0 and 1 too. All others are between the 2.5% and the 97.5% quantiles of
 * bootstrap samples (Efron 1979), the same ones for the same seed. Of many rows smaller samples are drawn, and the
 * deviations divided by the root of how much smaller they are (Politis and Romano 1994).
 */
export function intervals95(measured: Measured, seed: number): Record<string, Interval | null> {
  const { rows, told, measure } = measured
  const names = Object.keys(told)
  if (rows < 2) return Object.fromEntries(names.map((name) => [name, null]))
  const samples = samplesOf(measured, seed)
  const values = samples.map(measure)
  const shrink = Math.sqrt((samples[0]?.length ?? rows) / rows)
  const center = measure(Uint32Array.from({ length: rows }, (_, row) => row))
  return Object.fromEntries(
    names.map((name) => {
      const value = told[name] ?? null
      if (value === null) return [name, null]
      if (SHARES.includes(name) && !measured.weighted && !measured.groupOf) return [name, wilson(value, rows)]
      const drawn = values.flatMap((each) => each[name] ?? [])
      return [name, around(name, value, { drawn, center: center[name] ?? value, shrink })]
    }),
  )
}

/** Returns Wilson's interval of a share of rows. */
export function wilson(share: number, rows: number): Interval {
  const scale = 1 + NORMAL_95 ** 2 / rows
  const middle = (share + NORMAL_95 ** 2 / (2 * rows)) / scale
  const half =
    (NORMAL_95 / scale) * Math.sqrt((share * (1 - share)) / rows + NORMAL_95 ** 2 / (4 * rows ** 2))
  // Rounding may not leave the share itself outside.
  return {
    low: Math.max(0, Math.min(share, middle - half)),
    high: Math.min(1, Math.max(share, middle + half)),
  }
}

function around(
  name: string,
  value: number,
  { drawn, center, shrink }: { drawn: number[]; center: number; shrink: number },
): Interval | null {
  if (drawn.length < SAMPLES / 2) return null
  const sorted = Float64Array.from(drawn).sort()
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? center
  const low = value + (at(0.025) - center) * shrink
  const high = value + (at(0.975) - center) * shrink
  const bounded = largerIsBetter(name)
  return {
    low: bounded && SIGNED.includes(name) ? low : Math.max(0, low),
    high: bounded ? Math.min(1, high) : high,
  }
}

/** Draws samples of rows, or of groups of rows. */
function samplesOf({ rows, outputs, groupOf }: Measured, seed: number): Uint32Array[] {
  const random = new Random(seed, 'intervals')
  const size = Math.min(rows, Math.max(FEWEST_ROWS, Math.floor(MOST_VALUES / SAMPLES / outputs)))
  const pick = (count: number) => Math.floor(random.next() * count)
  if (!groupOf)
    return Array.from({ length: SAMPLES }, () => Uint32Array.from({ length: size }, () => pick(rows)))
  const groups = membersOf(groupOf)
  const count = Math.max(1, Math.round((groups.length * size) / rows))
  return Array.from({ length: SAMPLES }, () =>
    Uint32Array.from(Array.from({ length: count }, () => groups[pick(groups.length)] ?? []).flat()),
  )
}

function membersOf(groupOf: Uint32Array): number[][] {
  const groups: number[][] = []
  for (const [row, group] of groupOf.entries()) {
    const members = groups[group]
    if (members) members.push(row)
    else groups[group] = [row]
  }
  return groups.filter((members) => members !== undefined)
}
