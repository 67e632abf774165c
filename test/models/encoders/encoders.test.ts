import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { bagEncoder, bagFitter } from '../../../src/models/encoders/bag.ts'
import { categoryEncoder, categoryFitter } from '../../../src/models/encoders/category.ts'
import type { ColumnEncoder } from '../../../src/models/encoders/column-encoder.ts'
import { numberEncoder, numberFitter } from '../../../src/models/encoders/number.ts'
import { SparseRow } from '../../../src/models/encoders/sparse-row.ts'
import { termsOf } from '../../../src/models/encoders/text.ts'
import { orderClasses } from '../../../src/models/target.ts'
import type { Missing, Scaling } from '../../../src/recipe/index.ts'
import type { Cell } from '../../../src/recipe/table.ts'

const bag = {
  type: 'multiHot' as const,
  numWords: 100,
  minCount: 1,
  naiveBayes: false,
  ngrams: [1, 1] as [number, number],
  analyzer: 'word' as const,
  lowercase: true,
  stripHtml: true,
}

function fitted<State>(fitter: { add(value: Cell): void; finish(): State }, values: readonly Cell[]): State {
  for (const value of values) fitter.add(value)
  return fitter.finish()
}

function numbersOf(encoder: ColumnEncoder, value: Cell): number[] {
  const row = new SparseRow()
  encoder.encode(value, 0, row)
  const numbers = new Array<number>(encoder.width).fill(0)
  for (let at = 0; at < row.length; at++) numbers[row.indices[at] ?? 0] = row.values[at] ?? 0
  return numbers
}

describe('bag of words', () => {
  const texts = ['b b a', 'a c', 'b']
  it('orders terms by frequency, ties by code point, and cuts at numWords and minCount', () => {
    expect(termsOf(fitted(bagFitter(bag, false), texts))).toEqual(['b', 'a', 'c'])
    expect(termsOf(fitted(bagFitter({ ...bag, numWords: 2 }, false), texts))).toEqual(['b', 'a'])
    expect(termsOf(fitted(bagFitter({ ...bag, minCount: 2 }, false), texts))).toEqual(['b', 'a'])
  })
  it('says which words occur, or how often', () => {
    const state = fitted(bagFitter(bag, false), texts)
    expect(numbersOf(bagEncoder(state), 'b B unknown c')).toEqual([1, 0, 1])
    expect(numbersOf(bagEncoder({ ...state, type: 'count' }), 'b B unknown c')).toEqual([2, 0, 1])
    expect(numbersOf(bagEncoder(state), null)).toEqual([0, 0, 0])
  })
  it("weighs as scikit-learn's TfidfVectorizer", () => {
    const { scikitLearn } = z
      .object({
        scikitLearn: z.object({
          texts: z.array(z.string()),
          tfIdf: z.array(z.record(z.string(), z.number())),
        }),
      })
      .parse(JSON.parse(readFileSync(new URL('../../fixtures/keras_curves.json', import.meta.url), 'utf8')))
    const state = fitted(bagFitter({ ...bag, type: 'tfIdf' }, false), scikitLearn.texts)
    const encoder = bagEncoder(state)
    for (const [index, text] of scikitLearn.texts.entries()) {
      const numbers = numbersOf(encoder, text)
      for (const [position, word] of termsOf(state).entries())
        expect(numbers[position]).toBeCloseTo(scikitLearn.tfIdf[index]?.[word] ?? 0, 6)
    }
  })
  it('knows words called like what objects inherit', () => {
    const state = fitted(bagFitter(bag, false), ['constructor __proto__ toString'])
    expect(numbersOf(bagEncoder(state), 'constructor')).toEqual(
      termsOf(state).map((word) => (word === 'constructor' ? 1 : 0)),
    )
  })
})

const numbers = (scaling: Scaling, missing: Missing, bins = 4) =>
  numberFitter({ scaling, missing, bins, outside: 'extend' })

describe('numbers', () => {
  it('scale to mean 0 and deviation 1, or to 0 to 1', () => {
    const standard = numberEncoder(fitted(numbers('standard', 'median'), [1, 2, 3, 4]))
    expect(numbersOf(standard, 4)[0]).toBeCloseTo(1.5 / Math.sqrt(1.25), 6)
    expect(numbersOf(numberEncoder(fitted(numbers('minMax', 'median'), [2, 4, 10])), 4)[0]).toBeCloseTo(
      0.25,
      6,
    )
    expect(numbersOf(numberEncoder(fitted(numbers('none', 'median'), [2, 4, 10])), 7)).toEqual([7])
  })
  it.each([
    ['median', 3],
    ['mean', 4],
    [{ value: -1 }, -1],
  ] as const)('fill gaps by %j and say so', (missing, fill) => {
    const encoder = numberEncoder(fitted(numbers('none', missing), [1, 3, null, 8]))
    expect(numbersOf(encoder, null)).toEqual([fill, 1])
    expect(numbersOf(encoder, 5)).toEqual([5, 0])
  })
  it('fill a gap without indicator where training rows had none', () => {
    expect(numbersOf(numberEncoder(fitted(numbers('none', 'median'), [1, 3, 8])), null)).toEqual([3])
  })
  it('divide a constant or an empty column by nothing', () => {
    for (const values of [[5, 5, 5], [0.1, 0.1, 0.1], [], [null, null], [1e308, 1e308]])
      for (const scaling of ['standard', 'minMax', 'quantile', 'piecewiseLinear'] as const) {
        const given = numbersOf(numberEncoder(fitted(numbers(scaling, 'mean'), values)), values[0] ?? null)
        expect(given.every(Number.isFinite)).toBe(true)
      }
  })
  it('refuse what is no finite number, or too large, or a refused gap', () => {
    const encoder = numberEncoder(fitted(numbers('standard', 'refuse'), [1, 2]))
    for (const value of ['x', true, {}, [], Number.NaN, Number.POSITIVE_INFINITY, 1e300, null, undefined])
      expect(encoder.fault(value)).toBeTypeOf('string')
    expect(encoder.fault(-3.5)).toBeUndefined()
  })
})

describe('categories', () => {
  const options = { valueType: 'string' as const, refuseGaps: false, refuseUnseen: false }
  it('set one input each, none for what was not seen, one more for gaps', () => {
    const encoder = categoryEncoder(fitted(categoryFitter(options), ['b', 'a', null, 'b']))
    expect([
      numbersOf(encoder, 'a'),
      numbersOf(encoder, 'b'),
      numbersOf(encoder, 'x'),
      numbersOf(encoder, null),
    ]).toEqual([
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 0],
      [0, 0, 1],
    ])
  })
  it('are the same in every normal form, also those that an earlier release learnt decomposed', () => {
    const composed = 'caf\u00e9'
    const decomposed = 'cafe\u0301'
    const state = fitted(categoryFitter({ ...options, refuseUnseen: true }), ['a', decomposed, composed])
    expect(state.values).toEqual(['a', composed])
    for (const values of [
      ['a', composed],
      ['a', decomposed],
    ]) {
      const encoder = categoryEncoder({ ...state, values })
      for (const sent of [composed, decomposed]) {
        expect(encoder.fault(sent)).toBeUndefined()
        expect(numbersOf(encoder, sent)).toEqual([0, 1])
      }
    }
    const both = categoryEncoder({ ...state, values: [composed, decomposed] })
    expect([composed, decomposed].map((sent) => numbersOf(both, sent))).toEqual([
      [1, 0],
      [0, 1],
    ])
  })
  it('refuse unseen values where told to, and wrong types always', () => {
    const encoder = categoryEncoder(fitted(categoryFitter({ ...options, refuseUnseen: true }), ['a', 'b']))
    expect(encoder.fault('x')).toMatch(/Known: "a", "b"/)
    expect(encoder.fault({})).toMatch(/Expected a text/)
    expect(encoder.fault('a')).toBeUndefined()
  })
})

it('classes are ordered numerically where all are numbers, else by code point', () => {
  expect(orderClasses(['10', '9', '1'])).toEqual(['1', '9', '10'])
  expect(orderClasses(['pos', 'neg', 'Zoo'])).toEqual(['Zoo', 'neg', 'pos'])
  // U+FF5E comes before U+1F600, whose UTF-16 codes are smaller.
  expect(orderClasses(['😀', '～'])).toEqual(['～', '😀'])
  expect(orderClasses(['true', 'false'])).toEqual(['false', 'true'])
})
