import type { Scored } from '../../evaluation/losses.ts'
import { Random } from '../../evaluation/random.ts'
import { takeRows } from '../../evaluation/take-rows.ts'
import { type CalibrationState, calibratedLogits, logOdds } from '../../models/calibration.ts'
import { logSumExp } from '../../numbers.ts'
import type { CompleteRecipe } from '../../recipe/index.ts'
import { isotonicCurve } from './isotonic.ts'
import { fitShifts } from './shifts.ts'
import { fitSigmoid } from './sigmoid.ts'
import { type ClassRows, fitFactor, logLoss } from './temperature.ts'

export type Method = CalibrationState['method']

/** Parts that calibrate each other where the rows come from one split. */
export const PARTS = 5
/** Rows from which on `auto` also tries curves, which fewer rows would bend by chance. */
const ROWS_FOR_CURVES = 1_000
/** Classes up to which `auto` tries a curve for each. */
const CLASSES_FOR_CURVES = 20
/** Rows of each class from which on `auto` calibrates. */
const LEAST_OF_CLASS = 5
/** Logits of several classes that a factor and shifts are fitted to at most; some of the rows are enough for so few numbers. */
const MOST_LOGITS = 200_000

/** A map, and what it does to rows that did not fit it. */
export interface Calibrated {
  /** The map that all rows fit; null: the logits stay as they are. */
  state: CalibrationState | null
  /** The logits of all rows, each part's calibrated by a map that the other parts fit. */
  logits: Float64Array
  /** Log loss of the logits as they are, and of each method's, cross-fitted in the same way. */
  tried: { none: number } & Partial<Record<Method, number>>
}

/**
 * Chooses how scored rows are calibrated. `auto` takes the method with the least cross-fitted log loss, and none where none
 * lowers it.
 * @param setting the recipe's `calibration`
 * @param partOf number of each row's part
 */
export function chooseCalibration(
  scored: Scored,
  setting: CompleteRecipe['calibration'],
  partOf: ArrayLike<number>,
): Calibrated {
  const plain = { state: null, logits: scored.logits, tried: { none: logLoss(scored) } }
  if (setting === 'none' || !scored.logits.every(Number.isFinite)) return plain
  let best: Calibrated = plain
  const { tried } = plain as Calibrated
  for (const method of setting === 'auto' ? candidates(scored) : [setting]) {
    const logits = crossFitted(scored, method, partOf)
    const state = logits && fitCalibration(scored, method)
    if (!logits || !state) continue
    const loss = logLoss({ ...scored, logits })
    tried[method] = loss
    if (setting !== 'auto' || loss < (best.state ? (tried[best.state.method] ?? 0) : tried.none))
      best = { state, logits, tried }
  }
  return best
}

/** Returns numbers of parts for rows of one split, drawn at random but always the same for as many rows. */
export function randomParts(rows: number): Uint8Array {
  const order = new Random(1, 'calibration').shuffle(Uint32Array.from({ length: rows }, (_, row) => row))
  const parts = new Uint8Array(rows)
  for (const [at, row] of order.entries()) parts[row] = at % PARTS
  return parts
}

/** Returns the methods that `auto` tries, the simplest first. */
function candidates({ rows, outputs, truth }: ClassRows): Method[] {
  const classes = Math.max(2, outputs)
  const support = new Float64Array(classes)
  for (const label of truth) support[label] = (support[label] ?? 0) + 1
  if (support.filter((count) => count >= LEAST_OF_CLASS).length < 2) return []
  const curves = rows >= ROWS_FOR_CURVES && classes <= CLASSES_FOR_CURVES
  return curves ? ['temperature', 'platt', 'isotonic'] : ['temperature', 'platt']
}

/** Calibrates each part by the others; undefined where one of them cannot be fitted. */
export function crossFitted(
  scored: Scored,
  method: Method,
  partOf: ArrayLike<number>,
): Float64Array | undefined {
  const { rows, outputs } = scored
  const result = new Float64Array(scored.logits.length)
  const all = Uint32Array.from({ length: rows }, (_, row) => row)
  for (const part of new Set(Array.from(all, (row) => partOf[row] ?? 0))) {
    const own = all.filter((row) => partOf[row] === part)
    const others = all.filter((row) => partOf[row] !== part)
    const state = fitCalibration(takeRows(scored, others), method)
    if (!state) return undefined
    const logits = calibratedLogits(state, takeRows(scored, own).logits, outputs)
    for (const [at, row] of own.entries())
      result.set(logits.subarray(at * outputs, (at + 1) * outputs), row * outputs)
  }
  return result
}

/** Fits a map to rows; undefined where they do not allow it. */
export function fitCalibration(rows: ClassRows, method: Method): CalibrationState | undefined {
  if (rows.rows === 0) return undefined
  if (method === 'temperature') return { method, temperature: 1 / fitFactor(someOf(rows)) }
  if (method === 'isotonic') return curvesOf(rows)
  if (rows.outputs > 1) return { method, ...fitShifts(someOf(rows)) }
  const fit = fitSigmoid(rows)
  return fit ? { method, slope: fit.slope, shifts: [fit.shift] } : undefined
}

function curvesOf(rows: ClassRows): CalibrationState | undefined {
  const { outputs, logits, truth, weights } = rows
  if (outputs === 1) {
    const curve = isotonicCurve(rows)
    return curve ? { method: 'isotonic', curves: [curve] } : undefined
  }
  const wholes = Float64Array.from({ length: rows.rows }, (_, row) =>
    logSumExp(logits, row * outputs, (row + 1) * outputs),
  )
  const curves = Array.from({ length: outputs }, (_, label) =>
    isotonicCurve({
      logits: wholes.map((whole, row) => logOdds((logits[row * outputs + label] ?? 0) - whole)),
      truth: truth.map((own) => (own === label ? 1 : 0)),
      weights,
    }),
  )
  const there = curves.flatMap((curve) => curve ?? [])
  return there.length === outputs ? { method: 'isotonic', curves: there } : undefined
}

/** Returns as many of the rows as a few numbers need: all, or some that are spread evenly. */
function someOf(rows: ClassRows): ClassRows {
  const most = Math.ceil(MOST_LOGITS / rows.outputs)
  if (rows.outputs === 1 || rows.rows <= most) return rows
  return takeRows(
    rows,
    Uint32Array.from({ length: most }, (_, at) => Math.floor((at * rows.rows) / most)),
  )
}
