import { describe, expect, it } from 'vitest'
import type { Evaluation } from '../../../src/evaluation/schema.ts'
import type { TargetState } from '../../../src/models/target.ts'
import { randomParts } from '../../../src/training/calibration/choose.ts'
import { learnIntervals } from '../../../src/training/conformal/intervals.ts'
import { withUncertainty, withUncertaintyOf } from '../../../src/training/conformal/learn.ts'
import { learnSets } from '../../../src/training/conformal/sets.ts'
import { congruential } from '../../helpers/congruential.ts'

const evaluation: Evaluation = { rows: 0, loss: 1, metrics: { accuracy: 0.5 } }
const number: Extract<TargetState, { task: 'regression' }> = {
  task: 'regression',
  log: false,
  shift: 0,
  scale: 1,
}
const binary: TargetState = { task: 'binary', classes: ['no', 'yes'], threshold: 0.5 }
const multiclass: TargetState = { task: 'multiclass', classes: ['a', 'b', 'c'] }
const labels: TargetState = {
  task: 'multiLabel',
  classes: ['a', 'b'],
  thresholds: [0.5, 0.5],
  separator: ';',
  shares: [0.5, 0.5],
}

/** Answers 0, 1, 2 … whose errors are 1, 2, … `count`, by turns above and below. */
const climbing = (count: number) => {
  const values = Float64Array.from({ length: count }, (_, row) => row)
  const truth = values.map((value, row) => value + (row + 1) * (row % 2 === 0 ? 1 : -1))
  return { outputs: 1, values, truth }
}
const intervalsOf = (rows: ReturnType<typeof climbing>) => {
  const partOf = randomParts(rows.truth.length)
  const learnt = learnIntervals({ predicted: rows.values, truth: rows.truth, partOf }, { log: false })
  if (!learnt) throw new Error('no intervals')
  return learnt
}

describe('a version learns from held-out rows', () => {
  it('an interval for a number', () => {
    const rows = climbing(40)
    const { state, figures } = intervalsOf(rows)
    expect(withUncertainty(number, evaluation, rows)).toEqual({
      target: { ...number, interval: state },
      evaluation: { ...evaluation, intervals: figures },
    })
    // The mean of the errors 1 to 40 is 20.5; ⌈41 · ½⌉ = 21 is the 21st of them.
    expect(state).toMatchObject({ scale: 'value', usual: { at: [0], of: [expect.closeTo(20.5, 9)] } })
    expect(state.below[0]).toBeCloseTo(21 / 20.5, 9)
    expect(state.above).toEqual(state.below)
    expect(withUncertainty(number, evaluation, climbing(19))).toEqual({ target: number, evaluation })
  })

  it('intervals for each of several numbers', () => {
    const first = climbing(40)
    const second = { ...first, truth: first.truth.map((value) => 2 * value) }
    const target: TargetState = {
      task: 'severalNumbers',
      targets: [
        { name: 'one', state: number },
        { name: '__proto__', state: number },
        { name: 'untold', state: number },
      ],
    }
    const three = (a: Float64Array, b: Float64Array) =>
      Float64Array.from([...a].flatMap((value, row) => [value, b[row] ?? 0, Number.NaN]))
    const figures = { rows: 40, metrics: {} }
    const perTarget = Object.fromEntries([
      ['one', figures],
      ['__proto__', figures],
    ])
    const told: Evaluation = { ...evaluation, perTarget }
    const answers = {
      outputs: 3,
      values: three(first.values, second.values),
      truth: three(first.truth, second.truth),
    }
    const learnt = withUncertainty(target, told, answers)
    const one = intervalsOf(first)
    const two = intervalsOf(second)
    expect(learnt.target).toEqual({
      task: 'severalNumbers',
      targets: [
        { name: 'one', state: { ...number, interval: one.state } },
        { name: '__proto__', state: { ...number, interval: two.state } },
        // Its answers are no numbers.
        { name: 'untold', state: number },
      ],
    })
    const found = learnt.evaluation.perTarget ?? {}
    expect(Object.entries(found)).toEqual([
      ['one', { ...figures, intervals: one.figures }],
      ['__proto__', { ...figures, intervals: two.figures }],
    ])
    // An evaluation of which a target is not told gets no figures of it.
    const untold = withUncertainty(target, evaluation, answers)
    expect(Object.keys(untold.evaluation.perTarget ?? {})).toEqual([])
  })

  it('a set for classes, and nothing for labels', () => {
    const truth = Float64Array.from({ length: 60 }, (_, row) => row % 3)
    const values = Float64Array.from(congruential(180, 3), (value) => 4 * value - 2)
    const sets = learnSets({ rows: 60, outputs: 3, logits: values, truth }, randomParts(60))
    expect(sets).not.toBeNull()
    expect(withUncertainty(multiclass, evaluation, { outputs: 3, values, truth })).toEqual({
      target: { ...multiclass, set: sets?.state },
      evaluation: { ...evaluation, sets: sets?.figures },
    })
    const few = { outputs: 3, values: values.slice(0, 57), truth: truth.slice(0, 19) }
    expect(withUncertainty(multiclass, evaluation, few)).toEqual({ target: multiclass, evaluation })
    expect(withUncertainty(labels, evaluation, { outputs: 2, values, truth: values })).toEqual({
      target: labels,
      evaluation,
    })
  })
})

describe('sets of two classes', () => {
  it('count the probability that stands before the true class, and how large the sets are', () => {
    // 16 rows are sure and right, 4 are sure of the wrong class: 0.9 stands before the truth.
    const logit = Math.log(9)
    const truth = Float64Array.from({ length: 20 }, (_, row) => row % 2)
    const logits = truth.map((label, row) => (label === 1 ? logit : -logit) * (row < 16 ? 1 : -1))
    const partOf = truth.map((_, row) => row % 5)
    const learnt = learnSets({ rows: 20, outputs: 1, logits, truth }, partOf)
    const before = learnt?.state.before ?? []
    // ⌈21 · 0.76⌉ = 16 rows have 0 before them, ⌈21 · 0.765⌉ = 17 have not; 20 of 21 reach the level 0.95.
    expect(before).toHaveLength(91)
    expect(before.slice(0, 53)).toEqual(Array.from({ length: 53 }, () => 0))
    for (const value of before.slice(53)) expect(value).toBeCloseTo(0.9, 12)
    // Of the 16 rows of other parts ⌈17 · 0.8⌉ = 14 is one of 12 or 13 right rows or of the wrong ones.
    expect(learnt?.figures.map(({ level }) => level)).toEqual([0.8, 0.9, 0.95])
    for (const { coverage, meanSize } of learnt?.figures ?? []) expect([coverage, meanSize]).toEqual([1, 2])
    // Were all right, sets would have one class each.
    const right = learnSets(
      { rows: 20, outputs: 1, logits: truth.map((label) => (label === 1 ? logit : -logit)), truth },
      partOf,
    )
    expect(right?.figures.map(({ coverage, meanSize }) => [coverage, meanSize])).toEqual([
      [1, 1],
      [1, 1],
      [1, 1],
    ])
  })

  it('are not learnt from fewer than 20 rows, or of logits that are no numbers', () => {
    const rows = (count: number, value: number) => ({
      rows: count,
      outputs: 1,
      logits: new Float64Array(count).fill(value),
      truth: new Float64Array(count),
    })
    expect(learnSets(rows(19, 1), randomParts(19))).toBeNull()
    expect(learnSets(rows(20, 1), randomParts(20))).not.toBeNull()
    expect(learnSets(rows(20, Number.NaN), randomParts(20))).toBeNull()
  })
})

describe('the form of intervals', () => {
  /** Errors that are only ever above, so that two sides score better. */
  const above = (count: number) => {
    const predicted = Float64Array.from(congruential(count, 7), (value) => 100 * value)
    const noise = congruential(count, 8)
    const truth = predicted.map((value, row) => value - Math.log(1 - (noise[row] ?? 0)))
    return { predicted, truth, partOf: randomParts(count) }
  }

  it('has two sides from 500 rows on', () => {
    const few = learnIntervals(above(499), { log: false })?.state
    expect(few?.above).toEqual(few?.below)
    const many = learnIntervals(above(500), { log: false })?.state
    expect(many?.above).not.toEqual(many?.below)
    // No row lies below its answer.
    expect(new Set(many?.below)).toEqual(new Set([0]))
  })

  it('is chosen by all levels, also where one has intervals without width', () => {
    // 92% of the answers are exact. At 80% either form has no width; at 90% and 95% two sides leave out the one below.
    const predicted = Float64Array.from({ length: 1_000 }, (_, row) => row)
    const truth = predicted.map((value, row) => value + (row % 25 < 2 ? 10 : 0))
    const { below, above: upper } =
      learnIntervals({ predicted, truth, partOf: randomParts(1_000) }, { log: false })?.state ?? {}
    expect(below?.[60]).toBe(0)
    expect(new Set(below)).toEqual(new Set([0]))
    expect(upper).not.toEqual(below)
  })

  it('has no logarithm where a value is −1 or less, nor where the network learnt none', () => {
    const growing = above(600)
    const noise = congruential(600, 9)
    const truth = growing.predicted.map((value, row) => (1 + value) * Math.exp((noise[row] ?? 0) - 0.5) - 1)
    const rows = { ...growing, truth }
    expect(learnIntervals(rows, { log: true })?.state.scale).toBe('log')
    expect(learnIntervals(rows, { log: false })?.state.scale).toBe('value')
    for (const name of ['truth', 'predicted'] as const) {
      const values = rows[name].slice()
      values[0] = -1
      expect(learnIntervals({ ...rows, [name]: values }, { log: true })?.state.scale).toBe('value')
    }
  })

  it('knows the usual error at a point for each 60 rows, 16 at most, and at least a twentieth of that of all', () => {
    const rows = (count: number) => {
      const predicted = Float64Array.from({ length: count }, (_, row) => row)
      // The second half is wrong by 10, by turns above and below; the first not at all.
      const truth = predicted.map((value, row) => value + (row < count / 2 ? 0 : row % 2 === 0 ? 10 : -10))
      return { predicted, truth, partOf: randomParts(count) }
    }
    const two = learnIntervals(rows(150), { log: false })?.state.usual
    // Means of the places 0 to 74 and 75 to 149; 5 is the mean error of all, a twentieth of it ¼.
    expect(two).toEqual({
      at: [expect.closeTo(37, 9), expect.closeTo(112, 9)],
      of: [expect.closeTo(0.25, 9), expect.closeTo(10, 9)],
    })
    expect(learnIntervals(rows(119), { log: false })?.state.usual.at).toEqual([0])
    expect(learnIntervals(rows(2_000), { log: false })?.state.usual.at).toHaveLength(16)
  })
})

describe('a network that is trained again on all rows', () => {
  const interval = { scale: 'value' as const, usual: { at: [0], of: [1] }, below: [1], above: [2] }
  const set = { before: [0.5] }
  const several = (...states: (typeof number)[]): TargetState => ({
    task: 'severalNumbers',
    targets: states.map((state, at) => ({ name: `n${at}`, state })),
  })

  it('gets the intervals or sets of the first one, and nothing else of it', () => {
    expect(withUncertaintyOf(number, { ...number, shift: 3, interval })).toEqual({ ...number, interval })
    expect(withUncertaintyOf(binary, { ...binary, threshold: 0.9, set })).toEqual({ ...binary, set })
    expect(withUncertaintyOf(multiclass, { ...multiclass, set })).toEqual({ ...multiclass, set })
    expect(
      withUncertaintyOf(several(number, number), several({ ...number, shift: 3, interval }, number)),
    ).toEqual(several({ ...number, interval }, number))
  })

  it('stays as it is where the first has none, or is of another task', () => {
    for (const target of [number, binary, multiclass, labels])
      for (const chosen of [number, binary, multiclass, labels, several(number)])
        expect(withUncertaintyOf(target, chosen)).toBe(target)
    expect(withUncertaintyOf(binary, { ...multiclass, set })).toBe(binary)
    expect(withUncertaintyOf(multiclass, { ...binary, set })).toBe(multiclass)
    expect(withUncertaintyOf(several(number), { ...number, interval })).toEqual(several(number))
    expect(withUncertaintyOf(number, several({ ...number, interval }))).toBe(number)
  })
})
