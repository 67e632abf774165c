import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type CalibrationState, calibratedLogits, probabilitiesOf } from '../../../src/models/calibration.ts'
import { sigmoid } from '../../../src/numbers.ts'
import { chooseCalibration, fitCalibration, randomParts } from '../../../src/training/calibration/choose.ts'
import { isotonicCurve, isotonicShares } from '../../../src/training/calibration/isotonic.ts'
import { congruential } from '../../helpers/congruential.ts'

const Numbers = z.array(z.number())
const scikit = z
  .object({
    logits: Numbers,
    truth: Numbers,
    weights: Numbers,
    isotonic: Numbers,
    isotonicWeighted: Numbers,
    sigmoid: Numbers,
    sigmoidWeighted: Numbers,
    temperature: Numbers,
    several: z.object({ logits: Numbers, truth: Numbers, temperature: Numbers, shifted: Numbers }),
  })
  .parse(JSON.parse(readFileSync(new URL('../../fixtures/scikit_calibration.json', import.meta.url), 'utf8')))

const farthest = (found: ArrayLike<number>, wanted: readonly number[]) =>
  Math.max(...wanted.map((value, at) => Math.abs(value - (found[at] ?? Number.NaN))))

/** Rows of two classes as an evaluation takes them. */
const binary = (logits: ArrayLike<number>, truth: ArrayLike<number>, weights?: readonly number[]) => ({
  rows: truth.length,
  outputs: 1,
  logits: Float64Array.from(logits),
  truth: Float64Array.from(truth),
  ...(weights ? { weights: Float64Array.from(weights) } : {}),
})

describe('a map from logits to probabilities', () => {
  const { logits, truth, weights, several } = scikit

  it('has the steps of scikit-learn’s IsotonicRegression, with and without weights', () => {
    expect(farthest(isotonicShares({ logits, truth }), scikit.isotonic)).toBeLessThan(1e-9)
    expect(farthest(isotonicShares({ logits, truth, weights }), scikit.isotonicWeighted)).toBeLessThan(1e-9)
  })

  it('has the sigmoid of scikit-learn’s CalibratedClassifierCV, with and without weights', () => {
    for (const [rows, wanted] of [
      [binary(logits, truth), scikit.sigmoid],
      [binary(logits, truth, weights), scikit.sigmoidWeighted],
    ] as const) {
      const state = fitCalibration(rows, 'platt')
      if (!state) throw new Error('no map')
      expect(farthest(calibratedLogits(state, rows.logits, 1).map(sigmoid), wanted)).toBeLessThan(1e-5)
    }
  })

  it('has the temperature of scikit-learn’s CalibratedClassifierCV, for two classes and for several', () => {
    const two = binary(logits, truth)
    const many = { ...binary(several.logits, several.truth), outputs: 4 }
    for (const [rows, wanted] of [
      [two, scikit.temperature],
      [many, several.temperature],
    ] as const) {
      const state = fitCalibration(rows, 'temperature')
      if (!state) throw new Error('no map')
      const found = calibratedLogits(state, rows.logits, rows.outputs)
      const probabilities = Array.from({ length: rows.rows }, (_, row) => [
        ...probabilitiesOf(found.subarray(row * rows.outputs, (row + 1) * rows.outputs)),
      ])
      expect(farthest(probabilities.flat(), wanted)).toBeLessThan(1e-4)
    }
  })

  it('makes rows that are all right no surer than so many rows can show', () => {
    // Laplace's rule of succession: of 200 rows without an error one in 202 would be wrong.
    const least = Math.log(202 / 201)
    const truth = Array.from({ length: 200 }, (_, row) => row % 2)
    const apart = binary(
      truth.map((label, row) => (label === 1 ? 1 : -1) * (0.5 + (row % 5) / 5)),
      truth,
    )
    const found = fitCalibration(apart, 'temperature')
    if (!found) throw new Error('no map')
    const calibrated = calibratedLogits(found, apart.logits, 1)
    const losses = truth.map((label, row) =>
      Math.log1p(Math.exp((label === 1 ? -1 : 1) * (calibrated[row] ?? 0))),
    )
    expect(losses.reduce((sum, loss) => sum + loss, 0) / 200).toBeCloseTo(least, 6)
    // The same rows with a logit for each class.
    const logitsOfBoth = Float64Array.from(truth.flatMap((_, row) => [0, apart.logits[row] ?? 0]))
    const many = { ...apart, outputs: 2, logits: logitsOfBoth }
    expect(fitCalibration(many, 'temperature')).toMatchObject({
      temperature: expect.closeTo('temperature' in found ? found.temperature : 0, 5),
    })
    // Rows that are surer already stay as they are.
    const sure = { ...apart, logits: apart.logits.map((logit) => 40 * logit) }
    expect(fitCalibration(sure, 'temperature')).toMatchObject({ temperature: expect.closeTo(1, 5) })
  })

  it('has the shifts of several classes that scipy finds', () => {
    const rows = { ...binary(several.logits, several.truth), outputs: 4 }
    const state = fitCalibration(rows, 'platt')
    if (!state) throw new Error('no map')
    const found = calibratedLogits(state, rows.logits, 4)
    const probabilities = Array.from({ length: rows.rows }, (_, row) => [
      ...probabilitiesOf(found.subarray(row * 4, (row + 1) * 4)),
    ])
    expect(farthest(probabilities.flat(), several.shifted)).toBeLessThan(2e-3)
  })

  it('keeps every pair of rows in order, and has at most a hundred points', () => {
    const values = congruential(20_000, 5).map((value) => (value - 0.5) * 30)
    const noise = congruential(20_000, 6)
    const own = values.map((value, row) => ((noise[row] ?? 0) < sigmoid(value / 3) ? 1 : 0))
    const curve = isotonicCurve({ logits: values, truth: own })
    if (!curve) throw new Error('no curve')
    expect(curve.at.length).toBeLessThanOrEqual(100)
    expect(curve.at.length).toBeGreaterThan(20)
    const state: CalibrationState = { method: 'isotonic', curves: [curve] }
    fc.assert(
      fc.property(
        fc.double({ min: -60, max: 60, noNaN: true }),
        fc.double({ min: 1e-6, max: 5, noNaN: true }),
        (at, step) => {
          const [low = 0, high = 0] = calibratedLogits(state, Float64Array.of(at, at + step), 1)
          expect(high).toBeGreaterThan(low)
        },
      ),
    )
  })
})

describe('the choice of a map', () => {
  /** Rows whose true log-odds are `slope` times their logits plus `shift`. */
  const made = (rows: number, slope: number, shift: number) => {
    const logits = congruential(rows, 11).map((value) => (value - 0.5) * 12)
    const noise = congruential(rows, 12)
    const truth = logits.map((logit, row) => ((noise[row] ?? 0) < sigmoid(slope * logit + shift) ? 1 : 0))
    return binary(logits, truth)
  }

  it('keeps probabilities that are right as they are', () => {
    const rows = made(3_000, 1, 0)
    const { state, logits } = chooseCalibration(rows, 'auto', randomParts(rows.rows))
    // Chance may still favour a map, which then changes next to nothing.
    if (state) expect(farthest(logits.map(sigmoid), [...rows.logits].map(sigmoid))).toBeLessThan(0.05)
    else expect(logits).toBe(rows.logits)
  })

  it('takes the simplest right map: a temperature, or a slope and a shift, of few rows and of many', () => {
    for (const rows of [300, 4_000]) {
      const hot = made(rows, 0.4, 0)
      const cooled = chooseCalibration(hot, 'auto', randomParts(rows))
      expect(cooled.state).not.toBeNull()
      expect(cooled.tried.none).toBeGreaterThan(Math.min(...Object.values(cooled.tried)) + 0.05)
      const shifted = made(rows, 0.7, -2)
      const { state, tried } = chooseCalibration(shifted, 'auto', randomParts(rows))
      expect(state?.method).toBe('platt')
      expect(tried.platt).toBeLessThan(tried.temperature ?? 0)
      if (state?.method !== 'platt') throw new Error('no shift')
      expect(state.slope).toBeCloseTo(0.7, 0)
      expect(state.shifts[0]).toBeCloseTo(-2, 0)
    }
  })

  it('makes no map that turns the order round, and none of rows of one class', () => {
    const rows = made(400, -1, 0)
    expect(chooseCalibration(rows, 'platt', randomParts(400)).state).toBeNull()
    const one = { ...rows, truth: rows.truth.map(() => 1) }
    expect(chooseCalibration(one, 'auto', randomParts(400)).state).toBeNull()
  })

  it('tells the loss of rows by maps that they did not fit', () => {
    const rows = made(60, 1, 0)
    // One row alone in its part, far on the wrong side: the maps of the others know nothing of it.
    const wrong = { ...rows, truth: rows.truth.map((value, row) => (row === 0 ? 0 : value)) }
    wrong.logits[0] = 6
    const partOf = wrong.truth.map((_, row) => (row === 0 ? 0 : 1 + (row % 4)))
    const { logits } = chooseCalibration(wrong, 'platt', partOf)
    const without = fitCalibration(
      binary([...wrong.logits.subarray(1)], [...wrong.truth.subarray(1)]),
      'platt',
    )
    if (!without) throw new Error('no map')
    expect(logits[0]).toBeCloseTo(calibratedLogits(without, Float64Array.of(6), 1)[0] ?? 0, 12)
  })
})
