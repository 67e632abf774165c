import { describe, expect, it } from 'vitest'
import {
  CalibrationState,
  calibratedLogits,
  calibrationFits,
  logOdds,
  probabilitiesOf,
} from '../../src/models/calibration.ts'
import { IntervalState, intervalOf, mostLevel, setOf, usualError } from '../../src/models/conformal.ts'
import type { TargetState } from '../../src/models/target.ts'
import { answerableLevels, uncertaintyOf } from '../../src/models/uncertainty.ts'

/** An error of 2 is usual; half of the rows lie within one of it, 90% within 3, on either side. */
const interval: IntervalState = {
  scale: 'value',
  usual: { at: [0], of: [2] },
  below: Array.from({ length: 81 }, (_, at) => 1 + at / 40),
  above: Array.from({ length: 81 }, (_, at) => 2 + at / 40),
}
const number = { task: 'regression' as const, log: false, shift: 0, scale: 1 }
const binary: TargetState = { task: 'binary', classes: ['no', 'yes'], threshold: 0.5 }
const multiclass: TargetState = { task: 'multiclass', classes: ['a', 'b', 'c'] }
const labels: TargetState = {
  task: 'multiLabel',
  classes: ['a'],
  thresholds: [0.5],
  separator: ';',
  shares: [1],
}

describe('an interval', () => {
  it('has the errors of its level on each side, straight between the levels of the table', () => {
    expect(intervalOf(interval, 100, 0.5)).toEqual({ low: 98, high: 104, level: 0.5 })
    expect(intervalOf(interval, 100, 0.9)).toEqual({
      low: expect.closeTo(100 - 2 * 3, 9),
      high: expect.closeTo(100 + 2 * 4, 9),
      level: 0.9,
    })
    // Half way between the levels 0.5 and 0.505.
    expect(intervalOf(interval, 100, 0.5025).low).toBeCloseTo(100 - 2 * (1 + 1 / 80), 9)
    // Beyond its end the table has its last value.
    expect(intervalOf(interval, 100, 0.99).low).toBeCloseTo(94, 9)
  })

  it('ends at 0 where no training row is below, and holds the answer', () => {
    expect(intervalOf(interval, 1, 0.5, { min: 0 })).toMatchObject({ low: 0, high: 5 })
    expect(intervalOf(interval, 1, 0.5, { min: -0.1 })).toMatchObject({ low: -1 })
    expect(intervalOf(interval, 1, 0.5)).toMatchObject({ low: -1 })
    expect(intervalOf(interval, -5, 0.5, { min: 0 })).toMatchObject({ low: -5, high: -1 })
    expect(intervalOf({ ...interval, usual: { at: [0], of: [1e308] } }, 1e308, 0.9)).toMatchObject({
      high: Number.MAX_VALUE,
    })
    expect(intervalOf({ ...interval, usual: { at: [0], of: [1e308] } }, -1e308, 0.9)).toMatchObject({
      low: -Number.MAX_VALUE,
    })
  })

  it('may be of logarithms', () => {
    const log = { ...interval, scale: 'log' as const, usual: { at: [0], of: [1] } }
    const { low, high } = intervalOf(log, Math.E - 1, 0.5)
    // ln(1 + value) is 1; it may be 1 less and 2 more.
    expect([low, high]).toEqual([expect.closeTo(0, 9), expect.closeTo(Math.E ** 3 - 1, 9)])
  })

  it('has usual errors straight between points, and constant beyond them', () => {
    const usual = { at: [0, 10, 30], of: [1, 3, 7] }
    expect([-5, 0, 5, 10, 20, 30, 99].map((place) => usualError({ usual }, place))).toEqual([
      1, 1, 2, 3, 5, 7, 7,
    ])
  })

  it('is kept with as many places as errors', () => {
    expect(IntervalState.safeParse(interval).success).toBe(true)
    expect(IntervalState.safeParse({ ...interval, usual: { at: [0, 1], of: [1] } }).success).toBe(false)
    expect(IntervalState.safeParse({ ...interval, usual: { at: [0], of: [0] } }).success).toBe(false)
  })
})

describe('the largest level of tables', () => {
  it('is that of the shortest one', () => {
    expect(mostLevel([1])).toBe(0.5)
    expect(mostLevel([99, 81])).toBe(0.9)
    expect(mostLevel([99])).toBe(0.99)
    expect(mostLevel([99, 0])).toBeNull()
    expect(mostLevel([2])).toBe(0.505)
  })

  it('of a version is that of all its targets', () => {
    const none = { interval: null, set: null }
    expect(answerableLevels(number)).toEqual(none)
    expect(answerableLevels({ ...number, interval })).toEqual({ interval: 0.9, set: null })
    expect(answerableLevels({ ...number, interval: { ...interval, above: [1] } })).toEqual({
      interval: 0.5,
      set: null,
    })
    expect(answerableLevels({ ...number, interval: { ...interval, below: [1, 2] } })).toEqual({
      interval: 0.505,
      set: null,
    })
    const several = (...states: (typeof number)[]): TargetState => ({
      task: 'severalNumbers',
      targets: states.map((state, at) => ({ name: `n${at}`, state })),
    })
    const withInterval = { ...number, interval }
    expect(answerableLevels(several(withInterval, withInterval))).toEqual({ interval: 0.9, set: null })
    expect(answerableLevels(several(withInterval, number))).toEqual(none)
    expect(answerableLevels(binary)).toEqual(none)
    expect(answerableLevels({ ...binary, set: { before: [0.1, 0.2] } })).toEqual({
      interval: null,
      set: 0.505,
    })
    expect(answerableLevels({ ...multiclass, set: { before: [0.1] } })).toEqual({ interval: null, set: 0.5 })
    expect(answerableLevels(labels)).toEqual(none)
  })
})

describe('what stands beside an answer', () => {
  it('is the interval of a number, if it is asked for and known', () => {
    const target = { ...number, interval, range: { min: 0, max: 9 } }
    expect(uncertaintyOf(target, { value: 1 }, { interval: 0.5 })).toEqual({
      interval: { low: 0, high: 5, level: 0.5 },
    })
    expect(uncertaintyOf(target, { value: 1 }, { set: 0.5 })).toEqual({})
    expect(uncertaintyOf(number, { value: 1 }, { interval: 0.5 })).toEqual({})
  })

  it('is an interval for each of several numbers that has one', () => {
    const target: TargetState = {
      task: 'severalNumbers',
      targets: [
        { name: 'one', state: { ...number, interval } },
        { name: 'none', state: number },
        { name: '__proto__', state: { ...number, interval, range: { min: 0, max: 9 } } },
      ],
    }
    const values = Object.fromEntries([
      ['one', 100],
      ['none', 1],
      ['__proto__', 1],
    ])
    const { intervals = {} } = uncertaintyOf(target, { values }, { interval: 0.5 })
    expect(Object.entries(intervals)).toEqual([
      ['one', { low: 98, high: 104, level: 0.5 }],
      ['__proto__', { low: 0, high: 5, level: 0.5 }],
    ])
    expect(uncertaintyOf(target, { values }, {})).toEqual({})
    expect(uncertaintyOf(number, { values }, { interval: 0.5 })).toEqual({})
  })

  it('is a set of classes, and whether the answer is too unsure', () => {
    const answer = { label: 'a', score: 0.6, confidence: 0.6, probabilities: { c: 0.1, a: 0.6, b: 0.3 } }
    const target: TargetState = { ...multiclass, set: { before: [0.6, 0.9] } }
    expect(uncertaintyOf(target, answer, { set: 0.5, abstain: 0.6 })).toEqual({
      labels: [
        { label: 'a', score: 0.6 },
        { label: 'b', score: 0.3 },
      ],
      abstained: false,
    })
    expect(uncertaintyOf(target, answer, { set: 0.505 }).labels).toHaveLength(3)
    expect(uncertaintyOf(target, answer, { abstain: 0.61 })).toEqual({ abstained: true })
    expect(uncertaintyOf(multiclass, answer, { set: 0.5 })).toEqual({})
    expect(uncertaintyOf(labels, answer, { abstain: 0.9 })).toEqual({})
    expect(uncertaintyOf(labels, { labels: [], probabilities: { a: 0.1 } }, { abstain: 0.9 })).toEqual({})
  })

  it('is a set with the likeliest class at least', () => {
    expect(setOf({ before: [0] }, { a: 0.2, b: 0.8 }, 0.5)).toEqual([{ label: 'b', score: 0.8 }])
    expect(setOf({ before: [] }, { a: 0.2, b: 0.8 }, 0.5)).toEqual([{ label: 'b', score: 0.8 }])
  })
})

describe('calibrated logits', () => {
  it('are divided by a temperature', () => {
    const state = { method: 'temperature' as const, temperature: 2 }
    expect([...calibratedLogits(state, Float64Array.of(4, -2), 1)]).toEqual([2, -1])
    expect([0, 1, 9].map((outputs) => calibrationFits(state, outputs))).toEqual([true, true, true])
  })

  it('are multiplied and shifted, each class by its own', () => {
    const state = { method: 'platt' as const, slope: 2, shifts: [1, 10] }
    expect([...calibratedLogits(state, Float64Array.of(1, 2, 3, 4), 2)]).toEqual([3, 14, 7, 18])
    expect([1, 2, 3].map((outputs) => calibrationFits(state, outputs))).toEqual([false, true, false])
  })

  it('go through a curve, whose slope is 1 beyond its ends', () => {
    const curve = { at: [0, 2, 4], of: [1, 2, 6] }
    const state = { method: 'isotonic' as const, curves: [curve] }
    const at = [-3, 0, 1, 2, 3, 4, 5]
    expect([...calibratedLogits(state, Float64Array.from(at), 1)]).toEqual([-2, 1, 1.5, 2, 4, 6, 7])
    expect([1, 2].map((outputs) => calibrationFits(state, outputs))).toEqual([true, false])
    const point = { method: 'isotonic' as const, curves: [{ at: [1], of: [5] }] }
    expect([...calibratedLogits(point, Float64Array.of(0, 1, 3), 1)]).toEqual([4, 5, 7])
  })

  it('go through a curve for each of several classes, by the log-odds of each', () => {
    const same = { at: [0], of: [0] }
    const raised = { at: [0], of: [Math.log(3)] }
    const state = { method: 'isotonic' as const, curves: [same, raised] }
    // Shares of ½ each have log-odds 0; the second becomes ¾, and both together are made to add up to 1.
    const found = probabilitiesOf(calibratedLogits(state, Float64Array.of(5, 5), 2))
    expect([...found]).toEqual([expect.closeTo(0.5 / 1.25, 9), expect.closeTo(0.75 / 1.25, 9)])
  })

  it('are probabilities: of one logit that of the positive class, of several those of all', () => {
    expect([...probabilitiesOf(Float64Array.of(Math.log(3)))]).toEqual([expect.closeTo(0.75, 12)])
    expect([...probabilitiesOf(Float64Array.of(0, Math.log(3)))]).toEqual([
      expect.closeTo(0.25, 12),
      expect.closeTo(0.75, 12),
    ])
    expect(logOdds(Math.log(0.75))).toBeCloseTo(Math.log(3), 12)
    // Nearer to 0 or 1 than 1e-15 the difference is rounding.
    expect(logOdds(0)).toBeCloseTo(Math.log(1e15), 1)
    expect(logOdds(-1_000)).toBeCloseTo(-Math.log(1e15), 1)
  })

  it('are of curves that rise, and have as many places as heights', () => {
    const parse = (at: number[], of: number[]) =>
      CalibrationState.safeParse({ method: 'isotonic', curves: [{ at, of }] }).success
    expect(parse([0, 1], [-1, 2])).toBe(true)
    expect(parse([-1], [-2])).toBe(true)
    expect(parse([0, 0], [1, 2])).toBe(false)
    expect(parse([0, 1], [2, 2])).toBe(false)
    expect(parse([1, 0], [1, 2])).toBe(false)
    expect(parse([0, 1], [1])).toBe(false)
    const many = Array.from({ length: 101 }, (_, point) => point)
    expect(parse(many.slice(1), many.slice(1))).toBe(true)
    expect(parse(many, many)).toBe(false)
    expect(CalibrationState.safeParse({ method: 'platt', slope: 0, shifts: [0] }).success).toBe(false)
    expect(CalibrationState.safeParse({ method: 'temperature', temperature: 0 }).success).toBe(false)
  })
})
