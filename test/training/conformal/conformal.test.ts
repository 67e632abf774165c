import { describe, expect, it } from 'vitest'
import { Random } from '../../../src/evaluation/random.ts'
import { intervalOf, setOf } from '../../../src/models/conformal.ts'
import { randomParts } from '../../../src/training/calibration/choose.ts'
import { learnIntervals } from '../../../src/training/conformal/intervals.ts'
import { conformalQuantiles } from '../../../src/training/conformal/quantiles.ts'
import { learnSets } from '../../../src/training/conformal/sets.ts'

/** Draws of a normal distribution (Box and Muller 1958). */
function normals(count: number, name: string): Float64Array {
  const random = new Random(1, name)
  return Float64Array.from(
    { length: count },
    () => Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next()),
  )
}

/** Answers from 0 to 100, whose errors grow with the answer. */
function unequalErrors(count: number, name: string) {
  const random = new Random(2, name)
  const predicted = Float64Array.from({ length: count }, () => 100 * random.next())
  const errors = normals(count, name)
  const truth = predicted.map((value, row) => value + (errors[row] ?? 0) * (1 + 0.2 * value))
  return { predicted, truth, partOf: randomParts(count) }
}

const LEVELS = [0.5, 0.8, 0.9, 0.95, 0.99]

describe('quantiles of errors', () => {
  it('are those that a further value does not exceed in the share of a level', () => {
    const nineteen = Float64Array.from({ length: 19 }, (_, at) => 19 - at)
    const quantiles = conformalQuantiles(nineteen)
    // ⌈20 · 0.5⌉ = 10, ⌈20 · 0.505⌉ = 11, and ⌈20 · 0.95⌉ = 19 is the last that nineteen values have.
    expect(quantiles.slice(0, 2)).toEqual([10, 11])
    expect(quantiles.at(-1)).toBe(19)
    expect(quantiles).toHaveLength(91)
    expect(conformalQuantiles(nineteen, { tail: true })[0]).toBe(15)
    expect(conformalQuantiles(new Float64Array())).toEqual([])
  })
})

describe('intervals', () => {
  it('hold fresh rows at every level, over the whole range, and are wider where errors are', () => {
    const rows = unequalErrors(3_000, 'learnt')
    const learnt = learnIntervals(rows, { log: false })
    if (!learnt) throw new Error('no intervals')
    const fresh = unequalErrors(20_000, 'fresh')
    for (const level of LEVELS) {
      const held = (from: number, to: number) => {
        const own = [...fresh.truth.keys()].filter((row) => {
          const value = fresh.predicted[row] ?? 0
          return value >= from && value < to
        })
        const inside = own.filter((row) => {
          const { low, high } = intervalOf(learnt.state, fresh.predicted[row] ?? 0, level)
          return (fresh.truth[row] ?? 0) >= low && (fresh.truth[row] ?? 0) <= high
        })
        return inside.length / own.length
      }
      expect(Math.abs(held(0, 100) - level)).toBeLessThan(0.02)
      for (const from of [10, 30, 50, 70]) expect(Math.abs(held(from, from + 20) - level)).toBeLessThan(0.06)
    }
    const width = (value: number) => {
      const { low, high } = intervalOf(learnt.state, value, 0.9)
      return high - low
    }
    // The errors at 90 are 19, those at 5 are 2.
    expect(width(90) / width(5)).toBeGreaterThan(5)
    // 2 · 1.645 deviations of a normal distribution hold 90%.
    expect(width(50)).toBeCloseTo(2 * 1.645 * 11, -1)
  })

  it('are measured on rows that they were not learnt from, by parts of the range', () => {
    const rows = unequalErrors(3_000, 'learnt')
    const figures = learnIntervals(rows, { log: false })?.figures ?? []
    expect(figures.map(({ level }) => level)).toEqual([0.8, 0.9, 0.95])
    for (const { level, coverage, meanWidth, parts, rows: count } of figures) {
      expect(count).toBe(3_000)
      expect(Math.abs(coverage - level)).toBeLessThan(0.02)
      expect(parts.map((part) => part.rows)).toEqual([600, 600, 600, 600, 600])
      expect(parts.reduce((sum, part) => sum + part.meanWidth / 5, 0)).toBeCloseTo(meanWidth, 9)
      expect(parts[4]?.meanWidth).toBeGreaterThan(3 * (parts[0]?.meanWidth ?? 0))
      expect(parts[0]?.to).toBeLessThanOrEqual(parts[1]?.from ?? 0)
    }
  })

  it('lie on a logarithm’s scale where that fits, and never below 0 where no training row is', () => {
    const errors = normals(3_000, 'log')
    const random = new Random(3, 'log')
    const predicted = errors.map(() => 10 + 1_000 * random.next() ** 3)
    const truth = predicted.map((value, row) => (1 + value) * Math.exp(0.4 * (errors[row] ?? 0)) - 1)
    const learnt = learnIntervals({ predicted, truth, partOf: randomParts(3_000) }, { log: true })
    expect(learnt?.state.scale).toBe('log')
    if (!learnt) throw new Error('no intervals')
    const { low, high } = intervalOf(learnt.state, 100, 0.9)
    expect(Math.log1p(high) - Math.log1p(low)).toBeCloseTo(2 * 1.645 * 0.4, 1)
    const plain = { ...learnt.state, scale: 'value' as const, usual: { at: [0], of: [50] } }
    expect(intervalOf(plain, 10, 0.9, { min: 0 }).low).toBe(0)
    expect(intervalOf(plain, 10, 0.9, { min: -1 }).low).toBeLessThan(0)
  })

  it('may be unequal on both sides, where errors are', () => {
    const random = new Random(4, 'skewed')
    const predicted = Float64Array.from({ length: 4_000 }, () => 100 * random.next())
    // The errors are exponential, of median 0: nearly all large ones are above.
    const truth = predicted.map((value) => value - Math.log(1 - random.next()) - Math.log(2))
    const learnt = learnIntervals({ predicted, truth, partOf: randomParts(4_000) }, { log: false })
    if (!learnt) throw new Error('no intervals')
    const { low, high } = intervalOf(learnt.state, 50, 0.9)
    expect(high - 50).toBeGreaterThan(2.5 * (50 - low))
  })

  it('are not learnt from few rows or rows without a number, and need no error at all', () => {
    const few = { predicted: new Float64Array(19), truth: new Float64Array(19), partOf: randomParts(19) }
    expect(learnIntervals(few, { log: false })).toBeNull()
    const broken = {
      predicted: new Float64Array(50).fill(Number.NaN),
      truth: new Float64Array(50),
      partOf: randomParts(50),
    }
    expect(learnIntervals(broken, { log: false })).toBeNull()
    const exact = { predicted: new Float64Array(50), truth: new Float64Array(50), partOf: randomParts(50) }
    const learnt = learnIntervals(exact, { log: false })
    expect(learnt && intervalOf(learnt.state, 3, 0.9)).toEqual({ low: 3, high: 3, level: 0.9 })
  })
})

describe('sets of classes', () => {
  const rows = 4_000
  /** Rows whose true classes have the probabilities that their logits say. */
  const made = (name: string) => {
    const random = new Random(5, name)
    const logits = normals(rows * 4, name).map((value) => 2 * value)
    const truth = new Float64Array(rows)
    for (let row = 0; row < rows; row++) {
      const own = [...logits.subarray(row * 4, row * 4 + 4)].map(Math.exp)
      let left = random.next() * own.reduce((sum, value) => sum + value, 0)
      let label = 0
      while (label < 3 && left > (own[label] ?? 0)) left -= own[label++] ?? 0
      truth[row] = label
    }
    return { rows, outputs: 4, logits, truth }
  }
  const answerOf = ({ logits }: ReturnType<typeof made>, row: number) => {
    const own = [...logits.subarray(row * 4, row * 4 + 4)].map(Math.exp)
    const whole = own.reduce((sum, value) => sum + value, 0)
    return Object.fromEntries(own.map((value, label) => [`c${label}`, value / whole]))
  }

  it('hold the true class of fresh rows, the likeliest first, and are larger where the answer is unsure', () => {
    const learnt = learnSets(made('learnt'), randomParts(rows))
    if (!learnt) throw new Error('no sets')
    const fresh = made('fresh')
    for (const level of [0.8, 0.9, 0.95]) {
      let held = 0
      for (let row = 0; row < rows; row++) {
        const set = setOf(learnt.state, answerOf(fresh, row), level)
        expect(set.map(({ score }) => score)).toEqual(set.map(({ score }) => score).toSorted((a, b) => b - a))
        if (set.some(({ label }) => label === `c${fresh.truth[row]}`)) held += 1 / rows
      }
      expect(Math.abs(held - level)).toBeLessThan(0.02)
      const told = learnt.figures.find((figure) => figure.level === level)
      expect(Math.abs((told?.coverage ?? 0) - level)).toBeLessThan(0.02)
    }
    expect(setOf(learnt.state, { a: 0.97, b: 0.02, c: 0.01 }, 0.9)).toEqual([{ label: 'a', score: 0.97 }])
    expect(setOf(learnt.state, { a: 0.3, b: 0.36, c: 0.34 }, 0.9).map(({ label }) => label)).toEqual([
      'b',
      'c',
      'a',
    ])
  })
})
