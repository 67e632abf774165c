import { describe, expect, it } from 'vitest'
import type { BinnedFeature } from '../../../src/models/trees/forest.ts'
import { bestSplit, type Split, type SplitRules } from '../../../src/training/trees/splits.ts'

/** Gradient, second derivative and rows of each bin; the first one has the gaps. */
type Bin = [gradient: number, curvature: number, rows: number]

function split(
  columns: { bins: Bin[]; categorical?: boolean }[],
  rules: Partial<SplitRules> = {},
  counted = true,
) {
  const all = columns.flatMap(({ bins }) => bins)
  const firstBin = new Uint32Array(columns.length)
  let next = 0
  for (const [at, { bins }] of columns.entries()) {
    firstBin[at] = next
    next += bins.length
  }
  const histogram = {
    firstBin,
    pairs: Float64Array.from(all.flatMap((bin) => bin.slice(0, 2))),
    counts: counted ? Uint32Array.from(all, ([, , rows]) => rows) : new Uint32Array(),
  }
  const features = columns.map(
    ({ bins, categorical = false }) => ({ bins: bins.length, categorical }) as BinnedFeature,
  )
  const [first] = columns
  const sums = (first?.bins ?? []).reduce(
    ([a, b, c], [gradient, curvature, rows]) => [a + gradient, b + curvature, c + rows],
    [0, 0, 0],
  )
  const whole = { gradient: sums[0] ?? 0, curvature: sums[1] ?? 0, rows: sums[2] ?? 0 }
  return bestSplit(histogram, features, [...columns.keys()], whole, { minRows: 1, l2: 0, ...rules })
}

const score = (gradient: number, curvature: number, l2 = 0) => gradient ** 2 / (curvature + l2)

describe('a threshold', () => {
  it('divides where the two sides differ most', () => {
    const bins: Bin[] = [
      [0, 0, 0],
      [-4, 2, 2],
      [-2, 2, 3],
      [3, 2, 2],
      [6, 4, 4],
    ]
    const l2 = 1
    expect(split([{ bins }], { l2 })).toEqual({
      feature: 0,
      gain: expect.closeTo(score(-6, 4, l2) + score(9, 6, l2) - score(3, 10, l2), 10),
      bins: 2,
      gapLeft: false,
      left: { gradient: -6, curvature: 4, rows: 5 },
    })
  })

  it('sends gaps to the better side, or to the larger one where there are none', () => {
    const withGaps = (gap: number): Bin[] => [
      [gap, 3, 3],
      [-6, 4, 4],
      [6, 4, 4],
    ]
    expect(split([{ bins: withGaps(-5) }])).toMatchObject({
      bins: 1,
      gapLeft: true,
      left: { gradient: -11, rows: 7 },
    })
    expect(split([{ bins: withGaps(5) }])).toMatchObject({
      bins: 1,
      gapLeft: false,
      left: { gradient: -6, rows: 4 },
    })
    const without = (left: number, right: number): Bin[] => [
      [0, 0, 0],
      [-6, left, left],
      [6, right, right],
    ]
    expect(split([{ bins: without(5, 4) }])?.gapLeft).toBe(true)
    expect(split([{ bins: without(4, 4) }])?.gapLeft).toBe(true)
    expect(split([{ bins: without(3, 4) }])?.gapLeft).toBe(false)
  })

  it('may divide gaps from all other rows', () => {
    const bins: Bin[] = [
      [8, 4, 4],
      [-4, 4, 4],
      [-4, 4, 4],
    ]
    expect(split([{ bins }])).toMatchObject({ bins: 2, gapLeft: false, left: { gradient: -8, rows: 8 } })
    const noGaps: Bin[] = [[0, 0, 0], ...bins.slice(1)]
    expect(split([{ bins: noGaps }]), 'one bin is no division').toBeNull()
  })

  it('keeps the least rows and second derivatives on each side', () => {
    const bins: Bin[] = [
      [0, 0, 0],
      [-9, 2, 2],
      [-1, 3, 3],
      [1, 3, 3],
      [9, 2, 2],
    ]
    expect(split([{ bins }], { minRows: 2 })?.bins).toBe(1)
    expect(split([{ bins }], { minRows: 3 })?.bins).toBe(2)
    expect(split([{ bins }], { minRows: 5 })?.bins).toBe(2)
    expect(split([{ bins }], { minRows: 6 })).toBeNull()
    const flat = (curvature: number): Bin[] => [
      [0, 0, 0],
      [-1, curvature, 5],
      [1, 1, 5],
    ]
    expect(split([{ bins: flat(0.001) }])).not.toBeNull()
    expect(split([{ bins: flat(0.000_99) }])).toBeNull()
  })

  it('counts rows by second derivatives where these are all 1', () => {
    const bins: Bin[] = [
      [0, 0, 0],
      [-6, 3, 99],
      [6, 5, 99],
    ]
    expect(split([{ bins }], { minRows: 3 }, false)).toMatchObject({ bins: 1, left: { rows: 3 } })
    // An empty bin in between is none to divide at.
    const gap: Bin[] = [
      [0, 0, 0],
      [-6, 3, 9],
      [0, 0, 9],
      [6, 5, 9],
    ]
    expect(split([{ bins: gap }], {}, false)).toMatchObject({ bins: 1, left: { rows: 3, curvature: 3 } })
  })

  it('is found for the column that gains most; of equal ones for the first', () => {
    const column = (gradient: number): Bin[] => [
      [0, 0, 0],
      [-gradient, 4, 4],
      [gradient, 4, 4],
    ]
    expect(split([{ bins: column(2) }, { bins: column(3) }, { bins: column(3) }])?.feature).toBe(1)
    expect(split([{ bins: column(0) }, { bins: column(0) }])).toBeNull()
  })
})

describe('a set of categories', () => {
  const bins: Bin[] = [
    [1, 20, 20],
    [-10, 20, 20],
    [12, 20, 20],
    [-8, 20, 20],
    [3, 20, 20],
  ]

  it('is the best of the first or last ones in the order of their means', () => {
    const found = split([{ bins, categorical: true }])
    const total = bins.reduce((sum, [gradient]) => sum + gradient, 0)
    const best = (chosen: number[]) => {
      const gradient = chosen.reduce((sum, at) => sum + (bins[at]?.[0] ?? 0), 0)
      const curvature = 20 * chosen.length
      return score(gradient, curvature) + score(total - gradient, 100 - curvature) - score(total, 100)
    }
    // Every set of at most half of the categories, by trying all.
    let most: { set: number[]; gain: number } = { set: [], gain: 0 }
    for (let mask = 1; mask < 31; mask++) {
      const set = [0, 1, 2, 3, 4].filter((at) => (mask >> at) % 2 === 1)
      if (set.length <= 3 && best(set) > most.gain + 1e-9) most = { set, gain: best(set) }
    }
    const sorted = (given: Split | null) => (Array.isArray(given?.bins) ? given.bins.toSorted() : [])
    expect(sorted(found)).toEqual(most.set)
    expect(found?.gain).toBeCloseTo(most.gain, 9)
    expect(found).toMatchObject({ gapLeft: false, left: { gradient: -18, curvature: 40, rows: 40 } })
  })

  it('orders categories by their means, in which those of few rows are near the middle', () => {
    const uneven: Bin[] = [
      [-30, 90, 90],
      [-20, 15, 15],
      [10, 40, 40],
      [30, 40, 40],
    ]
    // Means with ten rows more: −0.3, −0.8, 0.2 and 0.6.
    expect(split([{ bins: uneven, categorical: true }])).toMatchObject({
      bins: [1, 0],
      gapLeft: true,
      left: { gradient: -50, rows: 105 },
    })
  })

  it('may be of the last ones, and have the gaps', () => {
    const last: Bin[] = [
      [20, 20, 20],
      [-3, 20, 20],
      [-4, 20, 20],
      [-5, 20, 20],
    ]
    expect(split([{ bins: last, categorical: true }])).toMatchObject({
      bins: [0],
      gapLeft: true,
      left: { gradient: 20, rows: 20 },
    })
  })

  it('leaves out categories of fewer than ten rows by their second derivatives', () => {
    const rare = (curvature: number): Bin[] => [
      [0, 20, 20],
      [9, curvature, 20],
      [-9, 20, 20],
    ]
    const setOf = (curvature: number) => split([{ bins: rare(curvature), categorical: true }])?.bins
    // Of 60 rows with second derivatives of 48 in all, ten rows are worth 8.
    expect(setOf(8), 'the other two are the better side to name').toEqual([2, 0])
    expect(setOf(7.9)).toEqual([2])
    const two: Bin[] = [
      [0, 0, 0],
      [9, 20, 20],
      [-9, 2, 2],
    ]
    expect(split([{ bins: two, categorical: true }]), 'one category that counts is no division').toBeNull()
  })

  it('keeps the least rows on each side, and gains more than another column', () => {
    expect(split([{ bins, categorical: true }], { minRows: 40 })?.left.rows).toBe(40)
    expect(split([{ bins, categorical: true }], { minRows: 41 })).toBeNull()
    const better: Bin[] = [
      [0, 0, 0],
      [-30, 50, 50],
      [28, 50, 50],
    ]
    expect(split([{ bins, categorical: true }, { bins: better }])?.feature).toBe(1)
    expect(split([{ bins: better }, { bins, categorical: true }])?.feature).toBe(0)
  })
})
