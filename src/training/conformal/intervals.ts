import type { IntervalFigures } from '../../evaluation/schema.ts'
import { type IntervalState, intervalOf, usualError } from '../../models/conformal.ts'
import { conformalQuantiles } from './quantiles.ts'

/** Answers to rows that the network was not trained on, beside the truth, both in the target's own unit. */
export interface AnsweredRows {
  predicted: Float64Array
  truth: Float64Array
  /** Number of each row's part: figures of a part come from the other parts. */
  partOf: ArrayLike<number>
}

/** How an interval is made. */
interface Form {
  scale: IntervalState['scale']
  /** Whether the usual error depends on the answered value. */
  byValue: boolean
  /** Whether the two sides have quantiles of their own. */
  twoSided: boolean
}

/** Levels whose coverage an evaluation has, and by whose intervals the form is chosen. */
export const TOLD_LEVELS = [0.8, 0.9, 0.95] as const
/** Rows below which there is no interval: they reach the level 0.9 at most. */
const LEAST_ROWS = 20
/** Rows for each point of the usual error, and largest number of points. */
const ROWS_OF_POINT = 60
const MOST_POINTS = 16
/** Rows from which on the two sides may differ: each then reaches the highest level. */
const ROWS_OF_SIDES = 500
/** Rows by which the form is chosen at most. */
const MOST_ROWS = 20_000
/** Smallest usual error at a point, as a share of that of all rows. */
const LEAST_SHARE = 0.05
/** Parts of the range of answers whose coverage an evaluation has. */
const RANGE_PARTS = 5

/**
 * Learns intervals from held-out rows, in the form whose intervals score best on rows of other parts (the interval score of
 * Gneiting and Raftery 2007: width, and the distance of each miss by its rarity), and measures them on those rows.
 * @param log whether the network learnt logarithms, so that errors may be measured between these
 * @returns null with too few rows
 */
export function learnIntervals(
  rows: AnsweredRows,
  { log, range }: { log: boolean; range?: { min: number } | undefined },
): { state: IntervalState; figures: IntervalFigures[] } | null {
  const { truth, predicted } = rows
  if (truth.length < LEAST_ROWS || !areFinite(truth) || !areFinite(predicted)) return null
  const canLog = log && truth.every((value) => value > -1) && predicted.every((value) => value > -1)
  const form = bestForm(someOf(rows), canLog, range)
  return { state: stateOf(rows, form), figures: figuresOf(rows, crossFitted(rows, form, range)) }
}

/** Returns the form whose intervals have the best scores on rows of other parts. */
function bestForm(rows: AnsweredRows, canLog: boolean, range: { min: number } | undefined): Form {
  const [first, ...others] = formsOf(canLog, rows.truth.length)
  if (!first) throw new RangeError('no form of intervals')
  let best = { form: first, scores: scoresOf(rows, crossFitted(rows, first, range)) }
  for (const form of others) {
    const scores = scoresOf(rows, crossFitted(rows, form, range))
    // Each level counts alike, whatever its width.
    if (meanRatio(scores, best.scores) < 1) best = { form, scores }
  }
  return best.form
}

/** Returns the forms that rows are enough for, the plainest first. */
function formsOf(canLog: boolean, rows: number): Form[] {
  const sides = rows >= ROWS_OF_SIDES ? [false, true] : [false]
  const scales = canLog ? (['value', 'log'] as const) : (['value'] as const)
  return scales.flatMap((scale) =>
    [false, true].flatMap((byValue) => sides.map((twoSided) => ({ scale, byValue, twoSided }))),
  )
}

/** Intervals of all rows at each told level, by the other parts. */
interface Measured {
  low: Float64Array[]
  high: Float64Array[]
}

function crossFitted(rows: AnsweredRows, form: Form, range: { min: number } | undefined): Measured {
  const { predicted, truth, partOf } = rows
  const low = TOLD_LEVELS.map(() => new Float64Array(truth.length))
  const high = TOLD_LEVELS.map(() => new Float64Array(truth.length))
  const all = Array.from(truth, (_, row) => row)
  for (const part of new Set(all.map((row) => partOf[row] ?? 0))) {
    const others = all.filter((row) => partOf[row] !== part)
    if (others.length === 0) continue
    const state = stateOf(chosenRows(rows, others), form)
    for (const row of all) {
      if (partOf[row] !== part) continue
      for (const [at, level] of TOLD_LEVELS.entries()) {
        const interval = intervalOf(state, predicted[row] ?? 0, level, range)
        set(low, at, row, interval.low)
        set(high, at, row, interval.high)
      }
    }
  }
  return { low, high }
}

/** Returns the mean interval score of each told level. */
function scoresOf({ truth }: AnsweredRows, { low, high }: Measured): number[] {
  return TOLD_LEVELS.map((level, at) => {
    const miss = 2 / (1 - level)
    return meanOver(truth.length, (row) => {
      const from = low[at]?.[row] ?? 0
      const to = high[at]?.[row] ?? 0
      const value = truth[row] ?? 0
      return to - from + miss * (Math.max(0, from - value) + Math.max(0, value - to))
    })
  })
}

/** Returns all rows, or some that are spread evenly. */
function someOf(rows: AnsweredRows): AnsweredRows {
  const { length } = rows.truth
  if (length <= MOST_ROWS) return rows
  return chosenRows(
    rows,
    Array.from({ length: MOST_ROWS }, (_, at) => Math.floor((at * length) / MOST_ROWS)),
  )
}

function set(levels: readonly Float64Array[], at: number, row: number, value: number): void {
  const values = levels[at]
  if (values) values[row] = value
}

/** Learns the tables of a form from rows. */
function stateOf(rows: AnsweredRows, { scale, byValue, twoSided }: Form): IntervalState {
  const place = (value: number) => (scale === 'log' ? Math.log1p(value) : value)
  const places = rows.predicted.map(place)
  const errors = rows.truth.map((value, row) => place(value) - (places[row] ?? 0))
  const usual = usualErrors(places, errors, byValue)
  const relative = errors.map((error, row) => error / usualError({ usual }, places[row] ?? 0))
  if (!twoSided) {
    const quantiles = conformalQuantiles(relative.map(Math.abs))
    return { scale, usual, below: quantiles, above: quantiles }
  }
  const tail = true
  return {
    scale,
    usual,
    below: conformalQuantiles(
      relative.map((error) => -error),
      { tail },
    ).map(notNegative),
    above: conformalQuantiles(relative, { tail }).map(notNegative),
  }
}

function notNegative(value: number): number {
  return Math.max(0, value)
}

/** Returns the mean absolute error of all rows, or of parts of equal numbers of rows by their answers. */
function usualErrors(places: Float64Array, errors: Float64Array, byValue: boolean): IntervalState['usual'] {
  const whole = meanOver(errors.length, (row) => Math.abs(errors[row] ?? 0)) || 1
  const points = byValue ? Math.min(MOST_POINTS, Math.floor(errors.length / ROWS_OF_POINT)) : 1
  if (points < 2) return { at: [0], of: [whole] }
  const order = Uint32Array.from({ length: places.length }, (_, row) => row)
  order.sort((a, b) => (places[a] ?? 0) - (places[b] ?? 0))
  const at: number[] = []
  const of: number[] = []
  for (let point = 0; point < points; point++) {
    const own = order.subarray(
      Math.round((point * order.length) / points),
      Math.round(((point + 1) * order.length) / points),
    )
    const middle = meanOver(own.length, (index) => places[own[index] ?? 0] ?? 0)
    // Many equal answers would make two points of one place.
    if (at.length > 0 && middle <= (at.at(-1) ?? 0)) continue
    at.push(middle)
    of.push(
      Math.max(
        LEAST_SHARE * whole,
        meanOver(own.length, (index) => Math.abs(errors[own[index] ?? 0] ?? 0)),
      ),
    )
  }
  return { at, of }
}

function figuresOf({ predicted, truth }: AnsweredRows, { low, high }: Measured): IntervalFigures[] {
  const order = Uint32Array.from({ length: truth.length }, (_, row) => row)
  order.sort((a, b) => (predicted[a] ?? 0) - (predicted[b] ?? 0))
  return TOLD_LEVELS.map((level, at) => {
    const of = (rows: Uint32Array) => {
      const isHeld = (row: number) =>
        (truth[row] ?? 0) >= (low[at]?.[row] ?? 0) && (truth[row] ?? 0) <= (high[at]?.[row] ?? 0)
      return {
        rows: rows.length,
        coverage: rows.filter(isHeld).length / Math.max(1, rows.length),
        meanWidth: meanOver(rows.length, (index) => {
          const row = rows[index] ?? 0
          return (high[at]?.[row] ?? 0) - (low[at]?.[row] ?? 0)
        }),
      }
    }
    const parts = Array.from({ length: RANGE_PARTS }, (_, part) => {
      const own = order.subarray(
        Math.round((part * order.length) / RANGE_PARTS),
        Math.round(((part + 1) * order.length) / RANGE_PARTS),
      )
      return { from: predicted[own[0] ?? 0] ?? 0, to: predicted[own.at(-1) ?? 0] ?? 0, ...of(own) }
    })
    return { level, ...of(order), parts }
  })
}

function chosenRows({ predicted, truth, partOf }: AnsweredRows, chosen: readonly number[]): AnsweredRows {
  const pick = (values: Float64Array) => Float64Array.from(chosen, (row) => values[row] ?? 0)
  return { predicted: pick(predicted), truth: pick(truth), partOf: chosen.map((row) => partOf[row] ?? 0) }
}

function meanRatio(values: readonly number[], others: readonly number[]): number {
  return meanOver(values.length, (at) => ((others[at] ?? 0) > 0 ? (values[at] ?? 0) / (others[at] ?? 1) : 1))
}

function meanOver(count: number, value: (at: number) => number): number {
  let sum = 0
  for (let at = 0; at < count; at++) sum += value(at) / count
  return sum
}

function areFinite(values: Float64Array): boolean {
  return values.every(Number.isFinite)
}
