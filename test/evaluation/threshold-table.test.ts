import { describe, expect, it } from 'vitest'
import { Random } from '../../src/evaluation/random.ts'
import { figuresAt, placeOfRule, thresholdTable } from '../../src/evaluation/threshold-table.ts'

/** Scored rows of two classes. */
function scored(rows: readonly (readonly [score: number, truth: 0 | 1])[]) {
  return {
    rows: rows.length,
    outputs: 1,
    logits: Float64Array.from(rows, ([score]) => Math.log(score / (1 - score))),
    truth: Float64Array.from(rows, ([, truth]) => truth),
  }
}

const FIVE = scored([
  [0.9, 1],
  [0.8, 1],
  [0.6, 0],
  [0.5, 1],
  [0.2, 0],
])

describe('a table of thresholds', () => {
  it('counts answers from thresholds halfway between the scores on', () => {
    const table = thresholdTable(FIVE)
    const rounded = table?.thresholds.map((threshold) => Number(threshold.toFixed(6)))
    expect(rounded).toEqual([0.85, 0.7, 0.55, 0.35, 0.1])
    expect(table).toMatchObject({
      positives: 3,
      negatives: 2,
      truePositives: [1, 2, 2, 3, 3],
      falsePositives: [0, 0, 1, 1, 2],
    })
    // F1 by hand: 2/4, 4/5, 4/6, 6/7, 6/8.
    expect(table?.bestF1).toMatchObject({ precision: 0.75, recall: 1 })
    expect(table?.bestF1.f1).toBeCloseTo(6 / 7, 12)
    expect(table?.bestF1.threshold).toBeCloseTo(0.35, 12)
  })

  it('counts by weights, joins equal scores, and is none of one class', () => {
    const weighted = thresholdTable({ ...FIVE, weights: Float64Array.of(1, 2, 3, 4, 5) })
    expect(weighted).toMatchObject({ positives: 7, negatives: 8, truePositives: [1, 3, 3, 7, 7] })
    const equal = thresholdTable(
      scored([
        [0.7, 1],
        [0.7, 0],
        [0.7, 1],
      ]),
    )
    expect(equal).toMatchObject({ truePositives: [2], falsePositives: [1] })
    expect(thresholdTable(scored([[0.7, 1]]))).toBeUndefined()
  })

  it('has at most 200 thresholds of many rows', () => {
    const random = new Random(1, 'scores')
    const rows = Array.from({ length: 5_000 }, () => {
      const score = random.next() * 0.98 + 0.01
      return [score, random.next() < score ? 1 : 0] as const
    })
    const table = thresholdTable(scored(rows))
    if (!table) throw new Error('no table')
    expect(table.thresholds).toHaveLength(200)
    const threshold = table.thresholds[77] ?? 0
    const hits = rows.filter(([score, truth]) => score >= threshold && truth === 1)
    expect(table.truePositives[77]).toBe(hits.length)
    // The best F1 of calibrated scores is at half of itself (Lipton et al. 2014).
    expect(Math.abs(table.bestF1.threshold - table.bestF1.f1 / 2)).toBeLessThan(0.06)
    const costs = { fp: 1, fn: 4 }
    expect(Math.abs((table.thresholds[placeOfRule(table, { costs })] ?? 0) - 1 / 5)).toBeLessThan(0.06)
  })

  it('answers rules', () => {
    const table = thresholdTable(FIVE)
    if (!table) throw new Error('no table')
    const place = (rule: Parameters<typeof placeOfRule>[1]) => placeOfRule(table, rule)
    expect(place({ metric: 'f1' })).toBe(3)
    expect(place({ recall: 0.6 })).toBe(1)
    expect(place({ recall: 0.99 })).toBe(3)
    expect(place({ precision: 0.9 })).toBe(1)
    expect(place({ precision: 0.75 })).toBe(3)
    expect(place({ costs: { fp: 10, fn: 1 } })).toBe(1)
    expect(place({ costs: { fp: 1, fn: 10 } })).toBe(3)
    expect(figuresAt(table, 1)).toEqual({ precision: 1, recall: 2 / 3, f1: 0.8 })
    const useless = thresholdTable(
      scored([
        [0.9, 0],
        [0.5, 1],
      ]),
    )
    if (!useless) throw new Error('no table')
    // No threshold is that precise: the most precise one comes nearest.
    expect(placeOfRule(useless, { precision: 0.9 })).toBe(1)
  })
})
