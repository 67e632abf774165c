import { describe, expect, it } from 'vitest'
import { doubtedLabels } from '../../src/evaluation/label-errors.ts'

describe('doubted labels', () => {
  it('are those that are confidently of another class, by the mean probability of each class as its threshold', () => {
    // Thresholds by hand: class 0 (rows 0, 1, 4): (0.9 + 0.8 + 0.1) / 3 = 0.6; class 1 (rows 2, 3): (0.7 + 0.45) / 2 = 0.575.
    const positive = [0.1, 0.2, 0.7, 0.45, 0.9]
    const probabilities = Float64Array.from(positive.flatMap((p) => [1 - p, p]))
    const ranked = doubtedLabels({ classes: 2, probabilities, labels: [0, 0, 1, 1, 0] })
    // Row 4 reaches the threshold of class 1. Row 3 is answered as class 0 by 0.55, which its threshold is above.
    expect(ranked.map(({ row, likely }) => [row, likely])).toEqual([
      [4, true],
      [3, false],
      [2, false],
      [1, false],
      [0, false],
    ])
    expect(ranked[0]?.margin).toBeCloseTo(0.1 - 0.9, 12)
  })

  it('find most of the labels that were changed among several classes', () => {
    const classes = 4
    const rows = 2000
    const truth = Array.from({ length: rows }, (_, row) => row % classes)
    const changed = new Set([...truth.keys()].filter((row) => row % 33 === 0))
    const labels = truth.map((label, row) => (changed.has(row) ? (label + 1 + (row % 3)) % classes : label))
    const probabilities = Float64Array.from(
      truth.flatMap((label, row) => {
        const sure = 0.4 + 0.5 * (((row * 7919) % 101) / 101)
        return Array.from({ length: classes }, (_, each) =>
          each === label ? sure : (1 - sure) / (classes - 1),
        )
      }),
    )
    const ranked = doubtedLabels({ classes, probabilities, labels })
    const first = ranked.slice(0, changed.size).filter(({ row }) => changed.has(row))
    expect(first.length / changed.size).toBeGreaterThan(0.9)
  })
})
