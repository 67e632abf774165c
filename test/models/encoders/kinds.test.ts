import { describe, expect, it } from 'vitest'
import { bag } from '../../../src/models/encoders/bag.ts'
import { kindOfText } from '../../../src/models/encoders/kinds.ts'
import { sequence } from '../../../src/models/encoders/sequence.ts'
import type { BagEncoder, SequenceEncoder } from '../../../src/recipe/index.ts'

const words = { numWords: 100, minCount: 1, lowercase: true, stripHtml: false }
const bagOptions: BagEncoder = {
  ...words,
  type: 'count',
  analyzer: 'word',
  ngrams: [1, 2],
  naiveBayes: false,
}
const sequenceOptions: SequenceEncoder = {
  ...words,
  type: 'sequence',
  maxLength: 4,
  padding: 'pre',
  truncating: 'pre',
  embedding: 8,
  pooling: 'average',
}

describe('the rules by which texts are cut into words while a table is read', () => {
  it('are those of the recipe, and those of a new version', () => {
    const rules = { lowercase: true, stripHtml: false, unicode: 'nfc', entities: 'html5' }
    expect(bag.wordScan(bagOptions)).toEqual(rules)
    expect(sequence.wordScan(sequenceOptions)).toEqual(rules)
    const changed = { lowercase: false, stripHtml: true, unicode: 'nfkc' as const }
    expect(bag.wordScan({ ...bagOptions, ...changed })).toEqual({ ...changed, entities: 'html5' })
    expect(sequence.wordScan({ ...sequenceOptions, ...changed })).toEqual({ ...changed, entities: 'html5' })
  })

  it('are none for an encoder that reads characters', () => {
    for (const analyzer of ['char', 'charAcross'] as const)
      expect(bag.wordScan({ ...bagOptions, analyzer })).toBeNull()
  })
})

describe('the kinds of text encoders', () => {
  it('learn from labels only as bags of words with naive Bayes', () => {
    expect(sequence.learnsLabels(sequenceOptions)).toBe(false)
    expect([true, false].map((naiveBayes) => bag.learnsLabels({ ...bagOptions, naiveBayes }))).toEqual([
      true,
      false,
    ])
  })

  it('have the names that a recipe has for them', () => {
    const names = ['multiHot', 'count', 'tfIdf', 'sequence'] as const
    expect(names.map((type) => kindOfText({ type }))).toEqual([bag, bag, bag, sequence])
  })
})
