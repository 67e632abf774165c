import { describe, expect, it } from 'vitest'
import { slicesOf } from '../../src/evaluation/slices.ts'

/** 400 rows: of those in `b` half are right, of all others nine in ten. */
const rows = Array.from({ length: 400 }, (_, row) => {
  const shop = row % 4 === 0 ? 'b' : 'a'
  const place = Math.floor(row / 4)
  return { shop, right: shop === 'b' ? place % 2 : Number(row % 10 !== 1), odd: row % 3 === 0 ? 'x' : null }
})

const metricsOf = (places: Uint32Array) => ({ rows: places.length })

describe('slices', () => {
  it('have the accuracy of each value with Wilson’s interval, and name the worst one', () => {
    const { overall, worst, slices } = slicesOf({
      metric: 'accuracy',
      results: rows.map(({ right }) => right),
      columns: [
        { column: 'shop', groupOf: (at) => rows[at]?.shop ?? null },
        { column: 'odd', groupOf: (at) => rows[at]?.odd ?? null },
      ],
      metricsOf,
    })
    expect(overall).toBeCloseTo(
      (50 + rows.filter(({ shop, right }) => shop === 'a' && right).length) / 400,
      12,
    )
    expect(worst).toMatchObject({ column: 'shop', part: 'b', rows: 100, value: expect.closeTo(0.5, 12) })
    // Wilson (1927) by hand: (0.5 + z²/200) / (1 + z²/100) ± z √(0.25/100 + z²/40000) / (1 + z²/100).
    expect(worst?.interval95.low).toBeCloseTo(0.4038, 4)
    expect(worst?.interval95.high).toBeCloseTo(0.5962, 4)
    expect(slices.map(({ column, part }) => `${column} ${part}`)).toEqual(['shop a', 'shop b', 'odd x'])
  })

  it('have the mean of errors with the interval of a mean', () => {
    // Rows of `a` have errors 1 and 3, 50 each: their mean is 2, and its standard error √(1 · 100/99) / 10.
    const { slices } = slicesOf({
      metric: 'meanAbsoluteError',
      results: Array.from({ length: 200 }, (_, at) => (at < 100 ? 1 + 2 * (at % 2) : 0)),
      columns: [{ column: 'x', groupOf: (at) => (at < 100 ? 'a' : 'b') }],
      metricsOf,
    })
    const half = 1.959963984540054 * Math.sqrt(1 / 99)
    const of = (part: string) => slices.find((each) => each.part === part)
    expect(of('a')?.value).toBe(2)
    expect(of('a')?.interval95.low).toBeCloseTo(2 - half, 12)
    expect(of('a')?.interval95.high).toBeCloseTo(2 + half, 12)
    expect(of('b')).toMatchObject({ value: 0, interval95: { low: 0, high: 0 } })
  })

  it('have a share of 1, and no more, where all rows are right', () => {
    for (const count of [53, 66, 73, 181, 799]) {
      const all = { metric: 'accuracy' as const, results: new Float64Array(count).fill(1) }
      const groupOf = (at: number) => (at < 25 ? 'a' : 'b')
      const { overall, slices } = slicesOf({ ...all, columns: [{ column: 'x', groupOf }], metricsOf })
      expect(overall).toBe(1)
      for (const { value, interval95 } of slices) {
        expect(value).toBe(1)
        expect(interval95.high).toBe(1)
      }
    }
  })

  it('name none as the worst where all differ by chance, and leave small ones out', () => {
    const { worst, slices } = slicesOf({
      metric: 'meanAbsoluteError',
      results: rows.map((_, at) => at % 7),
      columns: [{ column: 'third', groupOf: (at) => (at < 10 ? 'few' : String(at % 3)) }],
      metricsOf,
    })
    expect(worst).toBeNull()
    expect(slices.map(({ part }) => part).sort()).toEqual(['0', '1', '2'])
    expect(slices[0]?.value).toBeCloseTo(3, 0)
  })

  it('weigh rows, have all metrics of their own rows, and leave out those of no weight', () => {
    // Of 60 rows of "a" the first half is right and weighs 3; rows of "b" weigh nothing.
    const weights = Float64Array.from({ length: 100 }, (_, at) => (at >= 60 ? 0 : at < 30 ? 3 : 1))
    const results = Float64Array.from({ length: 100 }, (_, at) => Number(at < 30))
    const groupOf = (at: number) => (at >= 60 ? 'b' : at % 2 === 0 ? 'even' : 'odd')
    const { overall, slices } = slicesOf({
      metric: 'accuracy',
      results,
      weights,
      columns: [{ column: 'x', groupOf }],
      metricsOf,
    })
    expect(overall).toBeCloseTo(0.75, 12)
    expect(slices.map(({ part, value, metrics }) => [part, value, metrics])).toEqual([
      ['even', 0.75, { rows: 30 }],
      ['odd', 0.75, { rows: 30 }],
    ])
    // Kish: 15 rows of weight 3 and 15 of weight 1 count as 60² / (15 · 9 + 15) = 24; Wilson's interval of 0.75 of 24.
    expect(slices[0]?.interval95.low).toBeCloseTo(0.551, 3)
    expect(slices[0]?.interval95.high).toBeCloseTo(0.88, 3)
  })
})
