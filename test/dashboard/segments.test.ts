import { describe, expect, it } from 'vitest'
import { segmentsOf } from '../../src/dashboard/pages/try/segments.ts'

describe('the pieces of an explained text', () => {
  it('add up the shares of terms that overlap', () => {
    const text = 'A wonderful film, wonderful'
    const terms = [
      { contribution: 3, spans: [[2, 11] as const, [18, 27] as const] },
      { contribution: 1, spans: [[0, 11] as const] },
      { contribution: -2, spans: [[12, 16] as const] },
    ]
    expect(segmentsOf(text, terms)).toEqual([
      { text: 'A ', weight: 1 },
      { text: 'wonderful', weight: 2.5 },
      { text: ' ', weight: undefined },
      { text: 'film', weight: -2 },
      { text: ', ', weight: undefined },
      { text: 'wonderful', weight: 1.5 },
    ])
  })

  it('share a term out among all its places, also those that are not listed', () => {
    expect(segmentsOf('ab', [{ contribution: 10, spans: [[0, 1]], count: 1000 }])).toEqual([
      { text: 'a', weight: 0.01 },
      { text: 'b', weight: undefined },
    ])
  })

  it('are the whole text without a term', () => {
    expect(segmentsOf('nothing', [])).toEqual([{ text: 'nothing', weight: undefined }])
    expect(segmentsOf('', [])).toEqual([])
  })
})
