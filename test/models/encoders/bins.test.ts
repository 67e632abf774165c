import { describe, expect, it } from 'vitest'
import { type Bins, binnedEncoder, binsFitter, edgesBetween } from '../../../src/models/encoders/bins.ts'
import { categoryEncoder, categoryFitter } from '../../../src/models/encoders/category.ts'
import type { ColumnEncoder } from '../../../src/models/encoders/column-encoder.ts'
import { dateEncoder, dateFitter } from '../../../src/models/encoders/date.ts'
import { numberEncoder, numberFitter } from '../../../src/models/encoders/number.ts'
import { binEdges, quantileReferences, shareBelow } from '../../../src/models/encoders/quantiles.ts'
import { SparseRow } from '../../../src/models/encoders/sparse-row.ts'
import type { Cell } from '../../../src/recipe/table.ts'

const sorted = (...values: number[]) => Float64Array.from(values)
function entries(encoder: ColumnEncoder, value: Cell, base = 0): [number, number][] {
  const row = new SparseRow()
  encoder.encode(value, base, row)
  return Array.from({ length: row.length }, (_, at) => [row.indices[at] ?? 0, row.values[at] ?? 0])
}
const binsOf = (encoder: ColumnEncoder, value: Cell) => entries(encoder, value).map(([, bin]) => bin)

describe('the edges between numbers', () => {
  it('are half-way between neighbours where these are few', () => {
    expect(edgesBetween(sorted(1, 1, 2, 4, 4), 3)).toEqual([1.5, 3])
    expect(edgesBetween(sorted(7, 7), 3)).toEqual([])
    expect(edgesBetween(sorted(), 3)).toEqual([])
    // The middle of two neighbouring numbers is none of its own: the lower one is the edge.
    expect(edgesBetween(sorted(1, 1 + Number.EPSILON), 2)).toEqual([1])
    expect(edgesBetween(sorted(-Number.MAX_VALUE, Number.MAX_VALUE), 2)).toEqual([0])
  })

  it('are at percentiles where there are more than bins', () => {
    // numpy.percentile([0 … 8], [25, 50, 75], method="midpoint") = 2, 4, 6.
    expect(edgesBetween(sorted(0, 1, 2, 3, 4, 5, 6, 7, 8), 4)).toEqual([2, 4, 6])
    expect(edgesBetween(sorted(0, 1, 2, 3, 4, 5), 2)).toEqual([2.5])
    // Equal edges are one, and the largest value is none.
    expect(edgesBetween(sorted(0, 0, 0, 0, 0, 1, 2, 3, 4), 4)).toEqual([0, 2])
    expect(edgesBetween(sorted(0, 1, 2, 3, 4, 4, 4, 4, 4), 4)).toEqual([2])
  })
})

describe('the bins of a column of numbers', () => {
  const state = () => {
    const fitter = numberFitter({ scaling: 'standard', missing: 'median', bins: 4, outside: 'clamp' })
    for (const value of [1, 2, 3, 4]) fitter.add(value)
    return fitter.finish()
  }
  const learn = (fill: number | null) => {
    const fitter = binsFitter(4, fill)
    for (const value of [1, 2, null, 3, 4]) fitter.add(value)
    const bins = fitter.finish(state())
    if (!bins) throw new Error('no bins')
    return bins
  }

  it('begin with 1, up to each edge and it included; a gap is bin 0', () => {
    const bins = learn(null)
    expect(bins).toEqual({ kind: 'number', edges: [1.5, 2.5, 3.5] })
    const encoder = binnedEncoder(numberEncoder(state()), state(), bins)
    expect(encoder).toMatchObject({ width: 1, features: [{ bins: 5, categorical: false }] })
    expect([-9, 1.5, 1.6, 2.5, 3.5, 3.6, 99].map((value) => binsOf(encoder, value))).toEqual([
      [1],
      [1],
      [2],
      [2],
      [3],
      [4],
      [4],
    ])
    expect([null, '', 'NA', '2'].map((value) => binsOf(encoder, value))).toEqual([[0], [0], [0], [2]])
    expect(entries(encoder, 2, 7)).toEqual([[7, 2]])
    expect(encoder.gap?.(null)).toBe('The value is missing. It counts as a value of its own.')
    expect(encoder.gap?.(3)).toBeUndefined()
    expect([encoder.curve, encoder.indicator, encoder.sequence]).toEqual([undefined, undefined, undefined])
    expect(encoder.fault('x')).toMatch(/Expected a number/)
    expect(encoder.memoryBytes).toBe(numberEncoder(state()).memoryBytes + 40)
  })

  it('have that of the number that fills a gap', () => {
    const bins = learn(2.2)
    expect(bins).toMatchObject({ fill: 2.2 })
    const encoder = binnedEncoder(numberEncoder(state()), state(), bins)
    expect(binsOf(encoder, null)).toEqual([2])
    expect(encoder.gap?.(null)).toMatch(/It counts as 2\.5\.$/)
  })

  it('are of numbers, categories and dates, each of its own kind', () => {
    const text = { kind: 'sequence' } as Parameters<ReturnType<typeof binsFitter>['finish']>[0]
    expect(binsFitter(4, null).finish(text)).toBeUndefined()
    const other: Bins = { kind: 'category', own: [0] }
    expect(() => binnedEncoder(numberEncoder(state()), state(), other)).toThrow(
      new RangeError('bins of another kind of column'),
    )
  })
})

describe('the bins of a column of categories', () => {
  const options = { valueType: 'string' as const, refuseGaps: false, refuseUnseen: false }
  function learn(values: (string | null)[]) {
    const fitter = categoryFitter(options)
    const bins = binsFitter(255, null)
    for (const value of values) {
      fitter.add(value)
      bins.add(value)
    }
    const state = fitter.finish()
    const own = bins.finish(state)
    if (own?.kind !== 'category') throw new Error('no categories')
    return { own: own.own, encoder: binnedEncoder(categoryEncoder(state), state, own) }
  }

  it('are one for each value, and the last one for unknown ones', () => {
    const { own, encoder } = learn(['b', 'a', null, 'b'])
    expect(own).toEqual([0, 1])
    expect(encoder).toMatchObject({ width: 1, features: [{ bins: 256, categorical: true }] })
    expect(['a', 'b', 'x', null, ''].map((value) => binsOf(encoder, value))).toEqual([
      [1],
      [2],
      [255],
      [0],
      [0],
    ])
  })

  it('are 254, of which the most frequent values have one each', () => {
    const names = Array.from({ length: 256 }, (_, index) => String(index).padStart(3, '0'))
    const exact = learn(names.slice(0, 254))
    expect(exact.own).toEqual(Array.from({ length: 254 }, (_, index) => index))
    // "255" and "254" occur twice, so the last ones of all others go.
    const { own, encoder } = learn([...names, '255', '254'])
    expect(own.slice(0, 4)).toEqual([254, 255, 0, 1])
    expect(own).toHaveLength(254)
    expect(['254', '255', '000', '251', '252', '253'].map((name) => binsOf(encoder, name)[0])).toEqual([
      1, 2, 3, 254, 255, 255,
    ])
    expect(learn(names.slice(0, 255)).own).toHaveLength(254)
  })
})

it('the bins of dates are those of time and of each place in a cycle that differs', () => {
  const fitter = dateFitter({ type: 'date', scaling: 'none', missing: 'median', bins: 8, outside: 'clamp' })
  const bins = binsFitter(8, null)
  // Two Mondays and a Tuesday of one month.
  for (const value of ['2024-01-01', '2024-01-08', '2024-01-08', '2024-01-02', null]) {
    fitter.add(value)
    bins.add(value)
  }
  const state = fitter.finish()
  const own = bins.finish(state)
  if (own?.kind !== 'date') throw new Error('no dates')
  expect(own.instant).toHaveLength(2)
  const encoder = binnedEncoder(dateEncoder(state), state, own)
  expect(encoder.width).toBe(1 + own.places.length)
  expect(encoder.features.map(({ categorical }) => categorical)).toEqual(new Array(encoder.width).fill(false))
  const weekday = own.places.findIndex(({ place }) => place === 'weekday')
  const places = own.places.map(({ place }) => place)
  expect(places).not.toContain('month')
  expect(['2024-01-01', '2024-01-08', '2024-01-02'].map((day) => binsOf(encoder, day)[0])).toEqual([1, 3, 2])
  expect(['2024-01-01', '2024-01-08', '2024-01-02'].map((day) => binsOf(encoder, day)[1 + weekday])).toEqual([
    1, 1, 2,
  ])
  expect(entries(encoder, null, 5)).toEqual(Array.from({ length: encoder.width }, (_, at) => [5 + at, 0]))
})

describe('quantiles', () => {
  it('tell the share of rows below a value', () => {
    const quantiles = sorted(0, 1, 1, 1, 4)
    expect([-1, 0, 0.5, 1, 2.5, 4, 9].map((value) => shareBelow(quantiles, value))).toEqual([
      0, 0, 0.125, 0.5, 0.875, 1, 1,
    ])
    expect([shareBelow(sorted(), 3), shareBelow(sorted(2), 3), shareBelow(sorted(2, 2), 3)]).toEqual([
      0.5, 0.5, 0.5,
    ])
  })

  it('are 1,000 at most, and edges differ', () => {
    expect(quantileReferences(sorted(3))).toEqual([3])
    expect(quantileReferences(sorted(1, 2, 5))).toEqual([1, 2, 5])
    const many = Float64Array.from({ length: 1999 }, (_, at) => at)
    const references = quantileReferences(many)
    expect([references.length, references[0], references[1], references.at(-1)]).toEqual([1000, 0, 2, 1998])
    expect(binEdges(sorted(0, 1, 2, 3, 4), 2)).toEqual([0, 2, 4])
    expect(binEdges(sorted(0, 0, 0, 0, 4), 4)).toEqual([0, 4])
    expect(binEdges(sorted(1, 1 + 1e-13), 1)).toEqual([1])
    expect(binEdges(sorted(), 3)).toEqual([])
  })
})
