import { describe, expect, it } from 'vitest'
import { chooseCalibration, fitCalibration, randomParts } from '../../../src/training/calibration/choose.ts'
import { congruential } from '../../helpers/congruential.ts'

/** Rows of classes whose logits are those that are given, shape [rows, outputs]. */
const rowsOf = (logits: readonly number[], truth: readonly number[], outputs: number) => ({
  rows: truth.length,
  outputs,
  logits: Float64Array.from(logits),
  truth: Float64Array.from(truth),
})

describe('a fitted map of many rows', () => {
  it('is fitted to some 200,000 logits of several classes, spread evenly over the rows', () => {
    // 100,000 rows of 4 classes: every second one is taken. Those between would ask for another temperature.
    const rows = 100_000
    const noise = congruential(rows, 4)
    const truth = noise.map((value, row) => (row % 2 === 0 && value < 0.7 ? 0 : 1))
    const logits = truth.flatMap(() => [3, 0, 0, 0])
    const taken = truth.filter((_, row) => row % 2 === 0)
    const some = rowsOf(
      taken.flatMap(() => [3, 0, 0, 0]),
      taken,
      4,
    )
    const all = rowsOf(logits, truth, 4)
    expect(fitCalibration(all, 'temperature')).toEqual(fitCalibration(some, 'temperature'))
    // A share of 0.7 of four classes: e^z = 0.7 / 0.1, and the temperature makes 3 of z.
    const found = fitCalibration(some, 'temperature')
    expect(found?.method === 'temperature' && found.temperature).toBeCloseTo(3 / Math.log(7), 1)
  })

  it('is chosen among curves too for up to 20 classes', () => {
    const several = (classes: number) => {
      const truth = Array.from({ length: 1_000 }, (_, row) => row % classes)
      return rowsOf(congruential(1_000 * classes, 5), truth, classes)
    }
    const tried = (rows: ReturnType<typeof rowsOf>) =>
      Object.keys(chooseCalibration(rows, 'auto', randomParts(rows.rows)).tried)
    expect(tried(several(20))).toContain('isotonic')
    expect(tried(several(21))).toEqual(['none', 'temperature', 'platt'])
  })
})
