import { describe, expect, it } from 'vitest'
import {
  chooseCalibration,
  crossFitted,
  fitCalibration,
  randomParts,
} from '../../../src/training/calibration/choose.ts'
import { isotonicCurve, isotonicShares } from '../../../src/training/calibration/isotonic.ts'
import { fitSigmoid } from '../../../src/training/calibration/sigmoid.ts'
import { congruential } from '../../helpers/congruential.ts'

const close = (values: readonly number[]) => values.map((value) => expect.closeTo(value, 9))
/** Rows of classes whose logits are those that are given, shape [rows, outputs]. */
const rowsOf = (logits: readonly number[], truth: readonly number[], outputs = 1) => ({
  rows: truth.length,
  outputs,
  logits: Float64Array.from(logits),
  truth: Float64Array.from(truth),
})
const repeated = <T>(values: readonly T[], times: number) =>
  Array.from({ length: times }, () => values).flat()

describe('a curve through blocks of rows', () => {
  it('counts half a row of either class more in each block, and joins rows of one logit', () => {
    expect(isotonicCurve({ logits: [2, 0, -1, 0], truth: [1, 1, 0, 0] })).toEqual({
      at: [-1, 0, 2],
      // (0 + ½) : (1 + ½), (1 + ½) : (1 + ½), (1 + ½) : (0 + ½)
      of: close([-Math.log(3), 0, Math.log(3)]),
    })
  })

  it('joins neighbours of equal shares at the mean of their logits', () => {
    expect(isotonicCurve({ logits: [0, 0, 3, 3], truth: [0, 1, 0, 1] })).toEqual({
      at: [1.5],
      of: close([0]),
    })
  })

  it('counts rows by their weights, half a mean row more, and leaves out those of weight 0', () => {
    const rows = { logits: [5, 0, 1, 1], truth: [0, 0, 0, 1], weights: [0, 2, 1, 3] }
    // The mean weight is 2, half of it 1: (0 + 1) : (2 + 1), and (3 + 1) : (1 + 1).
    expect(isotonicCurve(rows)).toEqual({ at: [0, 1], of: close([-Math.log(3), Math.log(2)]) })
    expect([...isotonicShares(rows)]).toEqual([0, 0, 0.75, 0.75])
    // The mean of logits goes by weight too: (1 · 3 + 4 · 1) / 4.
    expect(isotonicCurve({ logits: [1, 4], truth: [1, 0], weights: [3, 1] })?.at).toEqual([7 / 4])
  })

  it('joins blocks anew that half a row more puts out of order', () => {
    // 9 of 10 rows, then the one row above: (9 + ½) : (1 + ½) is more than (1 + ½) : ½.
    const logits = [...repeated([0], 10), 11]
    const truth = [0, ...repeated([1], 10)]
    expect(isotonicCurve({ logits, truth })).toEqual({ at: [1], of: close([Math.log(10.5 / 1.5)]) })
  })

  it('joins blocks of close values where there are more than a hundred', () => {
    // Blocks at the logits 0 to 149 whose log-odds, with half a mean row more, rise evenly from −1.5 to 1.5.
    const odds = Array.from({ length: 150 }, (_, block) => Math.exp(-1.5 + (3 * block) / 149))
    const shares = odds.map((value) => (1.25 * value - 0.25) / (1 + value))
    const curve = isotonicCurve({
      logits: odds.flatMap((_, block) => [block, block]),
      truth: odds.flatMap(() => [1, 0]),
      weights: shares.flatMap((share) => [share, 1 - share]),
    })
    // A step is 3/99, more than one difference of 3/149 and less than two: pairs are joined.
    const pairs = Array.from(
      { length: 75 },
      (_, pair) => (shares[2 * pair] ?? 0) + (shares[2 * pair + 1] ?? 0),
    )
    expect(curve).toEqual({
      at: close(pairs.map((_, pair) => 2 * pair + 0.5)),
      of: close(pairs.map((share) => Math.log((share + 0.25) / (2 - share + 0.25)))),
    })
    // A hundred blocks are not too many.
    const hundred = isotonicCurve({
      logits: odds.slice(0, 100).flatMap((_, block) => [block, block]),
      truth: odds.slice(0, 100).flatMap(() => [1, 0]),
      weights: shares.slice(0, 100).flatMap((share) => [share, 1 - share]),
    })
    expect(hundred?.at).toHaveLength(100)
  })

  it('is there only for rows that count', () => {
    expect(isotonicCurve({ logits: [], truth: [] })).toBeNull()
    expect(isotonicCurve({ logits: [1, 2], truth: [0, 1], weights: [0, 0] })).toBeNull()
  })
})

describe('a fitted map', () => {
  it('has a curve for each of several classes, by its log-odds against all others', () => {
    const truth = repeated([0, 1, 2, 2], 10)
    const logits = congruential(truth.length * 3, 3).map((value) => 4 * value - 2)
    const of = (label: number) => {
      const odds = truth.map((_, row) => {
        const own = logits.slice(row * 3, row * 3 + 3).map(Math.exp)
        const probability = (own[label] ?? 0) / own.reduce((sum, value) => sum + value, 0)
        return Math.log(probability / (1 - probability))
      })
      const curve = isotonicCurve({ logits: odds, truth: truth.map((own) => (own === label ? 1 : 0)) })
      return { at: close(curve?.at ?? []), of: close(curve?.of ?? []) }
    }
    const found = fitCalibration(rowsOf(logits, truth, 3), 'isotonic')
    expect(found).toEqual({ method: 'isotonic', curves: [of(0), of(1), of(2)] })
    expect(fitCalibration(rowsOf([0, 1], [0, 1]), 'isotonic')).toEqual({
      method: 'isotonic',
      curves: [{ at: [0, 1], of: close([-Math.log(3), Math.log(3)]) }],
    })
  })

  it('is none of no rows, of rows without weight, and of one class', () => {
    for (const method of ['temperature', 'platt', 'isotonic'] as const)
      for (const outputs of [1, 3])
        expect(fitCalibration({ ...rowsOf([], [], outputs) }, method)).toBeUndefined()
    const weights = new Float64Array(2)
    expect(fitCalibration({ ...rowsOf([1, 2], [0, 1]), weights }, 'isotonic')).toBeUndefined()
    expect(fitCalibration({ ...rowsOf([1, 2, 3, 4], [0, 1], 2), weights }, 'isotonic')).toBeUndefined()
    expect(fitSigmoid({ logits: [1, 2], truth: [1, 1] })).toBeNull()
    expect(fitSigmoid({ logits: [1, 2], truth: [0, 0] })).toBeNull()
    expect(fitSigmoid({ logits: [1, 2], truth: [1, 0] })).toBeNull()
  })
})

describe('the choice of a map', () => {
  /** Rows of two classes whose logits are twice as large as they should be. */
  const sure = (rows: number) => {
    const logits = congruential(rows, 8).map((value) => 12 * (value - 0.5))
    const noise = congruential(rows, 9)
    return rowsOf(
      logits,
      logits.map((logit, row) => ((noise[row] ?? 0) < 1 / (1 + Math.exp(-logit / 2)) ? 1 : 0)),
    )
  }
  const tried = (rows: ReturnType<typeof rowsOf>, setting: 'auto' | 'platt' | 'none' = 'auto') =>
    Object.keys(chooseCalibration(rows, setting, randomParts(rows.rows)).tried)

  it('tries curves too from 1,000 rows on', () => {
    expect(tried(sure(999))).toEqual(['none', 'temperature', 'platt'])
    expect(tried(sure(1_000))).toEqual(['none', 'temperature', 'platt', 'isotonic'])
  })

  it('tries none where fewer than two classes have five rows, unless the recipe names one', () => {
    const rows = (ones: number) => {
      const truth = Array.from({ length: 40 }, (_, row) => (row < ones ? 1 : 0))
      const chance = congruential(40, 6)
      return rowsOf(
        truth.map((label, row) => label + (chance[row] ?? 0)),
        truth,
      )
    }
    expect(tried(rows(4))).toEqual(['none'])
    expect(tried(rows(5))).toEqual(['none', 'temperature', 'platt'])
    expect(tried(rows(36))).toEqual(['none'])
    expect(tried(rows(4), 'platt')).toContain('none')
  })

  it('is none where the recipe says so, and none of logits that are no numbers', () => {
    const rows = sure(100)
    expect(chooseCalibration(rows, 'none', randomParts(100))).toEqual({
      state: null,
      logits: rows.logits,
      tried: { none: expect.any(Number) },
    })
    for (const broken of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const logits = rows.logits.slice()
      logits[3] = broken
      expect(chooseCalibration({ ...rows, logits }, 'temperature', randomParts(100))).toEqual({
        state: null,
        logits,
        tried: { none: expect.any(Number) },
      })
    }
  })

  it('is the method that the recipe names, also where it makes the loss larger', () => {
    // The probabilities are right as they are; a curve of few rows follows their noise.
    const rows = sure(60)
    const right = { ...rows, logits: rows.logits.map((logit) => logit / 2) }
    const { state, tried: losses, logits } = chooseCalibration(right, 'isotonic', randomParts(60))
    expect(state).toEqual(fitCalibration(right, 'isotonic'))
    expect(losses.isotonic).toBeGreaterThan(losses.none)
    expect(logits).toEqual(crossFitted(right, 'isotonic', randomParts(60)))
  })

  it('is none where one part cannot be calibrated by the others', () => {
    // All rows of the class 1 are in part 0, so the others know nothing of it.
    const rows = rowsOf([0, 1, 2, 3, 4, 5], [0, 0, 0, 1, 1, 1])
    expect(crossFitted(rows, 'platt', [1, 1, 2, 0, 0, 0])).toBeUndefined()
    expect(chooseCalibration(rows, 'platt', [1, 1, 2, 0, 0, 0]).state).toBeNull()
  })

  it('has five parts of equal size, drawn by chance and always the same', () => {
    const parts = [...randomParts(1_003)]
    expect([0, 1, 2, 3, 4].map((part) => parts.filter((own) => own === part).length)).toEqual([
      201, 201, 201, 200, 200,
    ])
    // Others would change the figures of every retraining.
    expect([...randomParts(12)]).toEqual([4, 1, 2, 0, 1, 4, 0, 3, 0, 3, 1, 2])
  })
})
