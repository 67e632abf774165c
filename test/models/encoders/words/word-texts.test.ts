import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bagEncoder, bagFitter } from '../../../../src/models/encoders/bag.ts'
import type { ColumnEncoder, InputCell } from '../../../../src/models/encoders/column-encoder.ts'
import { sequenceEncoder, sequenceFitter } from '../../../../src/models/encoders/sequence.ts'
import { SparseRow } from '../../../../src/models/encoders/sparse-row.ts'
import { forEachWord, type WordText, WordTexts } from '../../../../src/models/encoders/words/word-texts.ts'

const text = fc.option(
  fc
    .array(fc.constantFrom('good', 'Bad', "don't", 'été', 'ΟΔΟΣ', '영화', '<br>', '&amp;', '1984', '…'))
    .map((words) => words.join(' ')),
  { nil: null },
)
const options = fc.record({
  ngrams: fc.constantFrom<[number, number]>([1, 1], [1, 2], [2, 3]),
  lowercase: fc.boolean(),
  stripHtml: fc.boolean(),
  numWords: fc.integer({ min: 1, max: 40 }),
  minCount: fc.integer({ min: 1, max: 3 }),
})

/** The rows as an encoder gives them. */
function encoded(encoder: ColumnEncoder, cells: Iterable<InputCell>) {
  const row = new SparseRow()
  return Array.from(cells, (cell) => {
    row.clear()
    encoder.encode(cell, 3, row)
    return [Array.from(row.indices.subarray(0, row.length)), Array.from(row.values.subarray(0, row.length))]
  })
}

function* wordsOf(texts: WordTexts, rows: readonly number[]) {
  const read = texts.reader()
  for (const row of rows) yield read(row)
}

const SCAN = { lowercase: true, stripHtml: false }

function wordsOfText(texts: WordTexts, text: WordText): string[] {
  const words: string[] = []
  forEachWord(text, (word) => words.push(texts.words.text(word)))
  return words
}

/** Learns from the first rows and encodes all, from texts and from their words. */
function bothWays<State>(
  texts: readonly (string | null)[],
  scan: { lowercase: boolean; stripHtml: boolean },
  fitter: () => { add(value: InputCell): void; finish(): State },
  encoder: (state: State) => ColumnEncoder,
) {
  const cut = new WordTexts(scan)
  for (const each of texts) cut.add(each)
  const rows = texts.map((_, row) => row)
  const learn = (cells: Iterable<InputCell>) => {
    const own = fitter()
    for (const cell of cells) own.add(cell)
    return own.finish()
  }
  const first = Math.ceil(texts.length / 2)
  const plain = learn(texts.slice(0, first))
  const words = learn(wordsOf(cut, rows.slice(0, first)))
  return {
    plain: { state: plain, rows: encoded(encoder(plain), texts) },
    words: { state: words, rows: encoded(encoder(words), wordsOf(cut, rows)) },
  }
}

describe('texts that are cut into words once', () => {
  it('give the same bags of words as texts', () => {
    const types = fc.constantFrom('multiHot' as const, 'count' as const, 'tfIdf' as const)
    fc.assert(
      fc.property(fc.array(text, { maxLength: 12 }), options, types, (texts, own, type) => {
        const bag = { ...own, type, analyzer: 'word' as const, naiveBayes: false }
        // A gap counts as a row without words either way.
        const { plain, words } = bothWays(texts, own, () => bagFitter(bag, false), bagEncoder)
        expect(words).toEqual(plain)
      }),
    )
  })

  it('give the same sequences as texts', () => {
    const ends = fc.constantFrom('pre' as const, 'post' as const)
    fc.assert(
      fc.property(
        fc.array(text, { maxLength: 12 }),
        options,
        ends,
        ends,
        (texts, own, padding, truncating) => {
          const { ngrams: _, ...kept } = own
          const sequence = {
            ...kept,
            type: 'sequence' as const,
            maxLength: 4,
            padding,
            truncating,
            embedding: 2,
            pooling: 'average' as const,
          }
          const withoutGaps = texts.map((each) => each ?? '')
          const { plain, words } = bothWays(
            withoutGaps,
            own,
            () => sequenceFitter(sequence, false),
            sequenceEncoder,
          )
          expect(words).toEqual(plain)
        },
      ),
    )
  })

  it('tell thousands of words apart, whose numbers take one to three bytes', () => {
    const names = Array.from({ length: 20_000 }, (_, number) => `w${number.toString(36)}`)
    const texts = [names.join(' '), 'w0 w3v', names.toReversed().join(' ')]
    const bag = {
      type: 'count' as const,
      analyzer: 'word' as const,
      ngrams: [1, 1] as [number, number],
      numWords: 30_000,
      minCount: 1,
      lowercase: true,
      stripHtml: true,
      naiveBayes: false,
    }
    const { plain, words } = bothWays(texts, bag, () => bagFitter(bag, false), bagEncoder)
    expect(words).toEqual(plain)
    expect(words.rows[1]?.[0]).toHaveLength(2)
  })

  it('have the words and the length of each row, however many there are', () => {
    for (const rows of [1_023, 1_024, 1_025, 2_049, 5_000]) {
      const texts = new WordTexts(SCAN)
      for (let row = 0; row < rows; row++) texts.add(row % 5 === 3 ? null : `row number ${row}`)
      const textOf = texts.reader()
      for (let row = 0; row < rows; row++) {
        const isGap = row % 5 === 3
        expect(texts.lengthOf(row)).toBe(isGap ? null : 11 + String(row).length)
        expect(wordsOfText(texts, textOf(row))).toEqual(isGap ? [] : ['row', 'number', String(row)])
      }
    }
  })

  it('tell a gap from a text without words, and have nothing beyond their last row', () => {
    const texts = new WordTexts(SCAN)
    for (const text of [null, '', '...', 'a']) texts.add(text)
    expect([0, 1, 2, 3, 4].map((row) => texts.lengthOf(row))).toEqual([null, 0, 3, 1, null])
    const textOf = texts.reader()
    expect([0, 1, 2, 3].map((row) => wordsOfText(texts, textOf(row)))).toEqual([[], [], [], ['a']])
  })

  it('may have many words each, so that their numbers take more room than there was', () => {
    const texts = new WordTexts(SCAN)
    const names = Array.from({ length: 18_000 }, (_, number) => `w${number}`)
    texts.add(names.join(' '))
    for (let row = 0; row < 8; row++) texts.add(names.slice(16_000).join(' '))
    const textOf = texts.reader()
    expect(wordsOfText(texts, textOf(0))).toEqual(names)
    for (let row = 1; row <= 8; row++) expect(wordsOfText(texts, textOf(row))).toEqual(names.slice(16_000))
  })

  it.each([
    [0, 1],
    [127, 1],
    [128, 2],
    [16_383, 2],
    [16_384, 3],
  ])('keep the word of number %i in %i bytes', (number, bytes) => {
    const texts = new WordTexts(SCAN)
    for (let word = 0; word <= number; word++) texts.add(`w${word}`)
    const last = texts.reader()(number)
    expect(last.end - last.start).toBe(bytes)
    expect(wordsOfText(texts, last)).toEqual([`w${number}`])
  })
})
