import { describe, expect, it } from 'vitest'
import { sequenceEncoder, sequenceFitter, wordCounter } from '../../../src/models/encoders/sequence.ts'
import { SparseRow } from '../../../src/models/encoders/sparse-row.ts'
import { WordTexts } from '../../../src/models/encoders/words/word-texts.ts'
import type { SequenceEncoder } from '../../../src/recipe/index.ts'

const options: SequenceEncoder = {
  type: 'sequence',
  numWords: 100,
  minCount: 1,
  lowercase: true,
  stripHtml: true,
  maxLength: 4,
  padding: 'pre',
  truncating: 'pre',
  embedding: 8,
  pooling: 'average',
}

function learn(texts: readonly (string | null)[], changes: Partial<SequenceEncoder> = {}) {
  const fitter = sequenceFitter({ ...options, ...changes }, false)
  for (const text of texts) fitter.add(text)
  return sequenceEncoder(JSON.parse(JSON.stringify(fitter.finish())))
}

function ids(encoder: ReturnType<typeof learn>, text: string | null): number[] {
  const row = new SparseRow()
  encoder.encode(text, 10, row)
  const found = new Array<number>(encoder.width).fill(0)
  for (let at = 0; at < row.length; at++) found[(row.indices[at] ?? 0) - 10] = row.values[at] ?? 0
  return found
}

describe('a sequence of words', () => {
  const texts = ['b b b a a c', null]

  it('numbers words from 2 on, most frequent first; 1 is unknown and 0 padding, as in Keras', () => {
    expect(ids(learn(texts), 'A c! elsewhere b')).toEqual([3, 4, 1, 2])
    expect(learn(texts).sequence).toEqual({ length: 4, words: 5, dimensions: 8, pooling: 'average' })
  })
  // As keras.utils.pad_sequences does with [2, 3] and [2, 2, 3, 3, 4, 1].
  it.each([
    ['pre', 'pre', [0, 0, 2, 3], [3, 3, 4, 1]],
    ['post', 'pre', [2, 3, 0, 0], [3, 3, 4, 1]],
    ['pre', 'post', [0, 0, 2, 3], [2, 2, 3, 3]],
    ['post', 'post', [2, 3, 0, 0], [2, 2, 3, 3]],
  ] as const)('pads %s and cuts %s', (padding, truncating, short, long) => {
    const encoder = learn(texts, { padding, truncating })
    expect(ids(encoder, 'b a')).toEqual(short)
    expect(ids(encoder, 'b b a a c x')).toEqual(long)
    expect(ids(encoder, 'b b a a')).toEqual([2, 2, 3, 3])
  })
  it('keeps the newest words of a long text, whatever its length', () => {
    const encoder = learn(texts, { maxLength: 3 })
    for (const length of [4, 5, 6, 7, 8]) expect(ids(encoder, `${'a '.repeat(length)}b c`)).toEqual([3, 2, 4])
  })
  it('is empty for a gap and for a text without words', () => {
    expect(ids(learn(texts), null)).toEqual([0, 0, 0, 0])
    expect(ids(learn(texts), '...')).toEqual([0, 0, 0, 0])
  })
  it('has numWords words at most, each minCount times at least, and may have none', () => {
    expect(learn(texts, { numWords: 1 }).sequence?.words).toBe(3)
    expect(learn(texts, { minCount: 2 }).sequence?.words).toBe(4)
    expect(learn([null]).sequence?.words).toBe(2)
    expect(ids(learn([null]), 'a b')).toEqual([0, 0, 1, 1])
  })
  it('takes a text or a gap, nothing else', () => {
    const encoder = learn(texts)
    expect([encoder.fault('a'), encoder.fault(null)]).toEqual([undefined, undefined])
    for (const value of [1, true, [], {}, undefined]) expect(encoder.fault(value)).toMatch(/Expected a text/)
    expect(encoder.fault('x'.repeat(1_000_000))).toBeUndefined()
    expect(encoder.fault('x'.repeat(1_000_001))).toMatch(/limit of 1,000,000/)
  })

  const located = (encoder: ReturnType<typeof learn>, text: string) => {
    const found = encoder.locate?.(text)
    const terms = found?.terms.map((each) => {
      const positions: number[] = []
      each.sum((position) => positions.push(position))
      return [each.term, each.known, positions, each.spans]
    })
    return { ...found, terms }
  }
  // The words of 'b x, a b': positions in the encoded text, and places in the text itself.
  it.each([
    ['pre', [0, 3], [1], [2]],
    ['post', [0, 3], [1], [2]],
  ] as const)('tells where each word stands, with padding %s', (padding, b, x, a) => {
    const found = located(learn(texts, { padding, maxLength: 6 }), 'B x, a b')
    const shift = padding === 'pre' ? 2 : 0
    const moved = (positions: readonly number[]) => positions.map((at) => at + shift)
    expect(found).toEqual({
      terms: [
        [
          'b',
          true,
          moved(b),
          [
            [0, 1],
            [7, 8],
          ],
        ],
        ['x', false, moved(x), [[2, 3]]],
        ['a', true, moved(a), [[5, 6]]],
      ],
      symbols: 4,
      unit: 'word',
      unknown: 1,
      cut: 0,
    })
  })
  it('tells where the words of a long text stand that it reads', () => {
    const text = 'a x b c b'
    const last = located(learn(texts, { maxLength: 3 }), text)
    expect(last).toEqual({
      terms: [
        [
          'b',
          true,
          [0, 2],
          [
            [4, 5],
            [8, 9],
          ],
        ],
        ['c', true, [1], [[6, 7]]],
      ],
      symbols: 3,
      unit: 'word',
      unknown: 0,
      cut: 2,
    })
    const first = located(learn(texts, { maxLength: 3, truncating: 'post' }), text)
    expect(first).toEqual({
      terms: [
        ['a', true, [0], [[0, 1]]],
        ['x', false, [1], [[2, 3]]],
        ['b', true, [2], [[4, 5]]],
      ],
      symbols: 3,
      unit: 'word',
      unknown: 1,
      cut: 2,
    })
  })
  it('tells of nothing where there are no words', () => {
    expect(located(learn(texts), '...')).toEqual({ terms: [], symbols: 0, unit: 'word', unknown: 0, cut: 0 })
  })
})

describe('the words of a text', () => {
  const rules = { lowercase: true, stripHtml: true }

  it('are counted as an encoder reads them; a gap has none', () => {
    const count = wordCounter(rules)
    expect([count("it's <b>good</b> 👍film"), count(''), count(null), count(5)]).toEqual([4, 0, 0, 0])
    expect(wordCounter({ ...rules, stripHtml: false })('<b>good</b>')).toBe(3)
    const cut = new WordTexts({ lowercase: true, stripHtml: false })
    cut.add('one two')
    cut.add('three')
    const read = cut.reader()
    expect(count(read(0))).toBe(2)
    expect(count(read(1))).toBe(1)
  })
})
