import { describe, expect, it } from 'vitest'
import {
  VocabularyCounter,
  type VocabularyOptions,
} from '../../../../src/models/encoders/words/vocabulary.ts'

function learnt(texts: readonly string[], options: Partial<VocabularyOptions> = {}) {
  const counter = new VocabularyCounter({
    lowercase: true,
    stripHtml: false,
    analyzer: 'word',
    ngrams: [1, 1],
    numWords: 100,
    minCount: 1,
    ...options,
  })
  for (const text of texts) counter.add(text)
  const { terms, rows } = counter.choose()
  return { terms, rows: [...rows] }
}

describe('the vocabulary of training texts', () => {
  it('has the most frequent terms first, equally frequent ones by code point, and the rows of each', () => {
    expect(learnt(['b b a', 'C 😀b b', 'a c', 'd'])).toEqual({
      terms: ['b', 'a', 'c', 'd', '😀b'],
      rows: [2, 2, 2, 1, 1],
    })
  })

  it('has words and n-grams of words, each with its words alone', () => {
    expect(learnt(['not so bad', 'not so'], { ngrams: [1, 3] })).toEqual({
      terms: ['not', 'not so', 'so', 'bad', 'not so bad', 'so bad'],
      rows: [2, 2, 2, 1, 1, 1],
    })
    expect(learnt(['not so bad', 'not so'], { ngrams: [2, 2] }).terms).toEqual(['not so', 'so bad'])
  })

  it('has n-grams of characters, with spaces around words', () => {
    expect(learnt(['ab', 'b'], { analyzer: 'char', ngrams: [1, 2] })).toEqual({
      terms: ['b', 'b ', ' a', ' b', 'a', 'ab'],
      rows: [2, 2, 1, 1, 1, 1],
    })
  })

  it('has numWords terms at most, each minCount times at least', () => {
    const texts = ['a a a b b c c d']
    expect(learnt(texts, { numWords: 2 }).terms).toEqual(['a', 'b'])
    expect(learnt(texts, { numWords: 3 }).terms).toEqual(['a', 'b', 'c'])
    expect(learnt(texts, { minCount: 2 }).terms).toEqual(['a', 'b', 'c'])
    expect(learnt(texts, { minCount: 3 }).terms).toEqual(['a'])
    expect(learnt(texts, { minCount: 4 })).toEqual({ terms: [], rows: [] })
    expect(learnt([])).toEqual({ terms: [], rows: [] })
  })

  it('counts as many terms as there are', () => {
    const words = Array.from({ length: 3_000 }, (_, word) => `w${String(word).padStart(4, '0')}`)
    const pairs = words.slice(1).map((word, at) => `${words[at]} ${word}`)
    const { terms, rows } = learnt([words.join(' '), words.join(' ')], { ngrams: [1, 2], numWords: 10_000 })
    expect(terms).toEqual([...words, ...pairs].sort())
    expect(new Set(rows)).toEqual(new Set([2]))
    expect(rows).toHaveLength(5_999)
  })
})
