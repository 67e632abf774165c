import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bagEncoder, bagFitter } from '../../../../src/models/encoders/bag.ts'
import { SparseRow } from '../../../../src/models/encoders/sparse-row.ts'
import { termsOf } from '../../../../src/models/encoders/text.ts'
import type { ScanOptions } from '../../../../src/models/encoders/words/html.ts'
import { JsonText } from '../../../../src/models/encoders/words/json-text.ts'
import { TermFinder } from '../../../../src/models/encoders/words/terms.ts'
import { WordScanner } from '../../../../src/models/encoders/words/word-scanner.ts'
import { realData } from '../../../helpers/real-data.ts'
import { forEachTerm, vocabularyOf, wordsOf } from './reference/tokenizer.ts'

const plain = { lowercase: true, stripHtml: true }
/** The rules of new versions. */
const rules = { unicode: 'nfc', entities: 'html5' } as const

function scanned(text: string | JsonText, options: ScanOptions = plain): string[] {
  const words: string[] = []
  const scanner = new WordScanner(options, () =>
    words.push(Buffer.from(scanner.word.buffer, 0, scanner.length * 2).toString('utf16le')),
  )
  scanner.scan(text)
  return words
}

type Bag = Parameters<typeof bagFitter>[0]
const bag = {
  type: 'count',
  numWords: 1000,
  minCount: 1,
  ngrams: [1, 1],
  analyzer: 'word',
  naiveBayes: false,
  ...plain,
} satisfies Bag

function learnt(texts: readonly string[], options: Partial<Bag>) {
  const fitter = bagFitter({ ...bag, ...options }, false)
  for (const text of texts) fitter.add(text)
  return fitter.finish()
}

/** Counts each term of a text with a vocabulary of that text alone. */
function terms(text: string, options: Partial<Bag>): string[] {
  return termsOf(learnt([text], options)).sort()
}

describe('words of new versions', () => {
  const read = (each: string) => scanned(each, { ...plain, ...rules })

  it.each([
    ['Wonderful👍', ['wonderful', '👍']],
    ['👍Wonderful', ['👍', 'wonderful']],
    ['so 👍👍🏽 good', ['so', '👍', '👍', 'good']],
    ['love❤️ it ☺', ['love', '❤', 'it', '☺']],
    ['👩\u200d👧', ['👩', '👧']],
    ['go 🇰🇷go', ['go', '🇰🇷', 'go']],
    ['© 2026™ x²', ['2026', 'x²']],
  ])('have pictographs apart: %s', (each, words) => expect(read(each)).toEqual(words))

  it.each(['émouvant', 'Ünterwegs', '한국 영화', 'が'])('are the same in every form of %s', (each) => {
    expect(read(each.normalize('NFD'))).toEqual(read(each.normalize('NFC')))
    for (const analyzer of ['word', 'char', 'charAcross'] as const)
      for (const ngrams of [
        [1, 1],
        [1, 3],
      ] as [number, number][]) {
        const found = terms(each.normalize('NFD'), { analyzer, ngrams })
        expect(found).toEqual(terms(each.normalize('NFC'), { analyzer, ngrams }))
      }
  })

  it('do not change those of a version that an earlier release trained', () => {
    const { unicode: _, entities: _entities, ...before } = learnt(['good👍 e\u0301'], {})
    expect(scanned('good👍 e\u0301')).toEqual(['good👍', 'e\u0301'])
    const row = new SparseRow()
    bagEncoder({ ...before, vocabulary: 'good👍\ne\u0301' }).encode('good👍 é e\u0301', 0, row)
    expect([...row.indices.subarray(0, row.length)]).toEqual([0, 1])
  })
})

describe('lookalikes', () => {
  const read = (each: string, lowercase = true) =>
    scanned(each, { lowercase, stripHtml: true, unicode: 'nfkc', entities: 'html5' })

  it.each([
    ['Ｆｕｌｌ　ｗｉｄｔｈ ２０２６', ['full', 'width', '2026']],
    ['ﾊﾝｶｸ ｶﾞｷﾞ カ\uff9e', ['ハンカク', 'ガギ', 'ガ']],
    ['o\ufb03ce \ufb01lm', ['office', 'film']],
    ['m² µm 1ª Nº x₂', ['m2', 'μm', '1a', 'no', 'x2']],
    ['\u{1d41b}\u{1d428}\u{1d425}\u{1d41d} Ⅳ ㎏ ㈜삼성', ['bold', 'iv', 'kg', '주', '삼성']],
    ['\ufee3\ufeae\ufea3\ufe92\ufe8e', ['مرحبا']],
    ['STRASSE Straße STRAẞE', ['strasse', 'strasse', 'strasse']],
    ['ΟΔΟΣ οδος', ['οδοσ', 'οδοσ']],
    ['don’t DON＇T', ["don't", "don't"]],
    // What stays.
    ['don´t 1½ Word™ ㅋㅋ ㅎㅏ ㊗ น้ำ ﷺ', ['don', 't', '1½', 'word', 'ㅋㅋ', 'ㅎㅏ', '㊗', 'น้ำ', 'ﷺ']],
  ])('are read as what they stand for: %s', (each, words) => expect(read(each)).toEqual(words))

  it('keep their case where the recipe keeps it', () => {
    expect(read('Straße Ｆull ς', false)).toEqual(['Straße', 'Full', 'ς'])
  })

  it('are the letters and numbers that NFKC changes, but for those that stay', () => {
    const stay = /[¼-¾ͺำຳໜໝ⅐-⅟↉ㄱ-ㆎ㆒-㆕ﱞ-ﱣﷺﷻﹰﹲﹴﹶﹸﹺﹼﹾᅠ\uffa0-\uffdcⱼⱽⵯꚜꚝꝰ\ua7f1-ꟴꟸꟹꭜ-ꭟꭩ]/u
    const read = (each: string, unicode: 'nfc' | 'nfkc') =>
      scanned(`a${each}`, { lowercase: false, stripHtml: true, unicode }).join(' ')
    const others: string[] = []
    for (let code = 0x80; code < 0xffff; code++) {
      const character = String.fromCharCode(code)
      if (!/[\p{L}\p{N}]/u.test(character)) continue
      const wanted = stay.test(character) ? character : character.normalize('NFKC')
      if (read(character, 'nfkc') !== read(wanted, 'nfc')) others.push(code.toString(16))
    }
    expect(others).toEqual([])
  })

  it('are told apart by a version that an earlier release trained, and where the recipe says so', () => {
    const state = learnt(['ｆull'], {})
    expect(state.unicode).toBe('nfc')
    expect(termsOf(state)).toEqual(['ｆull'])
    expect(termsOf(learnt(['ｆull'], { unicode: 'nfc' }))).toEqual(['ｆull'])
    expect(termsOf(learnt(['ｆull'], { unicode: 'nfkc' }))).toEqual(['full'])
  })

  it('take a time that grows with the text', () => {
    for (const piece of ['ﷲ', '㌖', 'ｶﾞ', '²ㅋ', 'ß', '\u{1d41b}', 'ﾞ', '²\u0301']) {
      const start = performance.now()
      read(piece.repeat(1_000_000 / piece.length))
      expect(performance.now() - start).toBeLessThan(10_000)
    }
  })
})

describe('HTML entities of new versions', () => {
  const read = (each: string, stripHtml = true) => scanned(each, { lowercase: true, stripHtml, ...rules })

  it.each([
    ['caf&eacute; na&iuml;ve&hellip;', ['café', 'naïve']],
    ['CAF&Eacute; cafe&#769;', ['café', 'café']],
    ['don&rsquo;t don&#8217;t don&#x2019;t don&apos;t', ["don't", "don't", "don't", "don't"]],
    ['fran&ccedil;ais &mdash; No&euml;l', ['français', 'noël']],
    ['&#65;&#0000066; &#x43;', ['ab', 'c']],
    ['&#44032;&#xd55c; so&#128077;good', ['가한', 'so', '👍', 'good']],
    ['a&NotEqual;b&CounterClockwiseContourIntegral;c', ['a', 'b', 'c']],
    [
      'AT&T R&D; &nosuch; &amp;eacute; &eacute &#; &#x;',
      ['at', 't', 'r', 'd', 'nosuch', 'eacute', 'eacute', 'x'],
    ],
    ['<b title="&gt;">x</b>&lt;i&gt;', ['x', 'i']],
    ['good&nbsp;film &quot;a&quot;', ['good', 'film', 'a']],
  ])('are read: %s', (each, words) => expect(read(each)).toEqual(words))

  it('stay text where the recipe keeps HTML, and in a version that an earlier release trained', () => {
    expect(read('caf&eacute;', false)).toEqual(['caf', 'eacute'])
    expect(scanned('caf&eacute;', { ...plain, unicode: 'nfc' })).toEqual(['caf', 'eacute'])
  })

  it.each(['word', 'char', 'charAcross'] as const)('are their characters to n-grams by %s', (analyzer) => {
    const ngrams: [number, number] = analyzer === 'word' ? [1, 2] : [1, 3]
    expect(terms('Caf&eacute; no&#235;l&hellip; d&rsquo;&Eacute;t&eacute;', { analyzer, ngrams })).toEqual(
      terms('Café noël… d’Été', { analyzer, ngrams }),
    )
  })

  it('of any number are read in a time that grows with the text', () => {
    for (const piece of [
      '&',
      '&a',
      '&#',
      '&#1',
      '&eacute;',
      '&#x10FFFF;',
      '&CounterClockwiseContourIntegral',
      '<a&',
    ]) {
      const text = piece.repeat(1_000_000 / piece.length)
      const start = performance.now()
      read(text)
      expect(performance.now() - start, piece).toBeLessThan(5000)
    }
  })
})

describe('words', () => {
  it.each([
    ["Don't stop, it's 1984!", ["don't", 'stop', "it's", '1984']],
    ['Great!<br /><br />Go &amp; see', ['great', 'go', 'see']],
    ['Don&#39;t &lt;b&gt; x&quot;y', ["don't", 'b', 'x', 'y']],
    ['rock ’n’ roll don’t', ['rock', 'n', 'roll', "don't"]],
    ['a < b and 3 > 2', ['a', 'b', 'and', '3', '2']],
    ['', []],
    ["''' -- '", []],
    ["o''clock o' clock 'tis", ['o', 'clock', 'o', 'clock', 'tis']],
    // Korean, Japanese, Chinese, Arabic with vowel signs, Hindi with its vowel and joining marks.
    ['조단테 특유의, 재미!', ['조단테', '특유의', '재미']],
    ['この映画は最高！', ['この映画は最高']],
    ['电影很好，我喜欢。', ['电影很好', '我喜欢']],
    ['فيلم رائع، جِدًّا', ['فيلم', 'رائع', 'جِدًّا']],
    ['फ़िल्म अच्छी है।', ['फ़िल्म', 'अच्छी', 'है']],
    ['naïve café ÉTÉ e\u0301te\u0301', ['naïve', 'café', 'été', 'e\u0301te\u0301']],
    ['ΟΔΥΣΣΕΥΣ', ['οδυσσευς']],
    ['good😀film 👍🏽', ['good😀film', '👍🏽']],
  ])('of %j', (text, words) => expect(scanned(text)).toEqual(words))

  it('keep case and HTML where told to', () => {
    expect(scanned('Hi <b>You</b>', { lowercase: false, stripHtml: false })).toEqual(['Hi', 'b', 'You', 'b'])
  })
})

/** Texts of ASCII with all that is written otherwise in JSON or in HTML. */
const western = fc
  .array(
    fc.constantFrom(
      'Good',
      'n',
      'u0041',
      "don't",
      "'",
      '"',
      '\\',
      '\n',
      '\t',
      '\f',
      ' ',
      '_',
      '7',
      '/',
      '<br />',
      '</p>',
      '<',
      '<a href="x">',
      `<i ${'"'.repeat(999)}>`,
      `<i ${'"'.repeat(1000)}>`,
      '&',
      '&amp;',
      '&#39;',
      '&apos;',
      '&eacute;',
      '&Rsquo;',
      '&rsquo;',
      '&#8217;',
      '&#00000000000000000000233;',
      '&#xE9;',
      '&nosuch;',
      ';',
      '>',
      // The other characters that the kernel reads: letters, numbers and others of two bytes, punctuation of three.

      'é',
      'É',
      'ß',
      'ÿ',
      'Þ',
      'ª',
      'µ',
      '²',
      '¹',
      '½',
      '\u00bf',
      '×',
      '÷',
      '\u0080',
      '\u00a0',
      '\u00ad',
      '·',
      '¨',
      '’',
      '“',
      '\u2028',
      '\u203f',
      `<i ${'é’'.repeat(500)}>`,
      `<i ${'é’'.repeat(500)}x>`,
      'Ünterwegs',
      'x²',
    ),
    { maxLength: 30 },
  )
  .map((all) => all.join(''))

/** A text as it may stand in JSON, with something behind it. */
function jsonOf(text: string, slashes: boolean): JsonText {
  const json = JSON.stringify(text).replaceAll('/', slashes ? '\\/' : '/')
  return new JsonText(Buffer.from(` ${json},"letters`), 2, Buffer.byteLength(json))
}

const plainOptions = fc.record({
  lowercase: fc.boolean(),
  stripHtml: fc.boolean(),
  unicode: fc.constantFrom(undefined, 'nfc' as const, 'nfkc' as const),
  entities: fc.constantFrom(undefined, rules.entities),
})
const pieces = fc.constantFrom(
  "'",
  '’',
  ' ',
  '\n',
  '-',
  '_',
  '<',
  '>',
  '/',
  '&',
  ';',
  '<br />',
  '</b>',
  '<b',
  '&amp;',
  '&#39;',
  '&lt;',
  '&nbsp;',
  '&AMP;',
  '&eacute;',
  '&hellip;',
  '&rsquo;',
  '&#8217;',
  '&#x1F44D;',
  '&#769;',
  '&eacute',
  'a',
  'B',
  'the',
  "don't",
  'Z9',
  'é',
  'e\u0301',
  'Σ',
  'ς',
  'İ',
  'ß',
  'ẞ',
  'ｆull',
  'ﾊﾞ',
  '\uff9e',
  '＜b＞',
  '＇',
  '²',
  'µ',
  'º',
  '½',
  '´',
  '㎏',
  'ﬁ',
  'ㅋ',
  '\u{1d41b}',
  '한국',
  '映',
  'हि',
  'جِ',
  '😀',
  '❤️',
  '👍🏽',
  '👩\u200d👧',
  '🇰🇷',
  '©',
  '\ud800',
  '\udc00',
  '\ufffd',
  '\ue000',
  '\u0000',
  '\u200d',
)
const text = fc.oneof(
  fc.array(pieces, { maxLength: 30 }).map((parts) => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 40 }),
)
const options = fc.record({
  analyzer: fc.constantFrom('word' as const, 'char' as const, 'charAcross' as const),
  ngrams: fc
    .tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 }))
    .map(([a, b]): [number, number] => [Math.min(a, b), Math.max(a, b)]),
  lowercase: fc.boolean(),
  stripHtml: fc.boolean(),
  numWords: fc.integer({ min: 1, max: 40 }),
  minCount: fc.integer({ min: 1, max: 3 }),
  unicode: fc.constantFrom('nfc' as const, 'nfkc' as const),
  entities: fc.constant(rules.entities),
})

describe('the fast reading of texts equals the plain one', () => {
  it('in its words', () => {
    fc.assert(
      fc.property(text, plainOptions, (each, options) => {
        expect(scanned(each, options)).toEqual(wordsOf(each, options))
      }),
      { numRuns: 1000 },
    )
  })

  it('of a text in its JSON are those of the text', () => {
    fc.assert(
      fc.property(western, fc.boolean(), plainOptions, (text, slashes, options) => {
        const inside = jsonOf(text, slashes)
        expect(String(inside)).toBe(text)
        expect(scanned(inside, options)).toEqual(wordsOf(text, options))
      }),
      { numRuns: 2000 },
    )
  })

  it('are counted alike by the kernel, in a text and in its JSON', () => {
    const pieces = fc.oneof(
      western,
      western,
      fc.integer({ min: 1, max: 70 }).map((length) => 'x'.repeat(length)),
    )
    const long = fc.array(pieces, { maxLength: 6 }).map((all) => all.join(' '))
    fc.assert(
      fc.property(
        long,
        fc.array(western, { maxLength: 2 }),
        fc.boolean(),
        plainOptions,
        (text, known, slashes, options) => {
          const all = [...known, text].flatMap((each) => wordsOf(each, options))
          // Every other word is known.
          const vocabulary = [...new Set(all)].filter((_, index) => index % 2 === 0)
          const state = learnt([vocabulary.join(' ')], { ...options, type: 'count' })
          const encoder = bagEncoder({ ...state, entities: options.entities })
          const words = termsOf(state)
          const wanted = words.map((word) => wordsOf(text, options).filter((each) => each === word).length)
          for (const given of [text, jsonOf(text, slashes)]) {
            const row = new SparseRow()
            encoder.encode(given, 0, row)
            const counts = words.map(() => 0)
            for (let at = 0; at < row.length; at++) counts[row.indices[at] ?? 0] = row.values[at] ?? 0
            expect(counts).toEqual(wanted)
          }
        },
      ),
      { numRuns: 1000 },
    )
  })

  it('are counted alike in a text that is longer than the kernel has room for', () => {
    for (const length of [16_383, 16_384, 16_385, 40_000]) {
      const text = 'good bad '.repeat(length / 9 + 1).slice(0, length)
      const encoder = bagEncoder(learnt(['good'], { type: 'count' }))
      const row = new SparseRow()
      encoder.encode(text, 0, row)
      expect(row.values[0]).toBe(wordsOf(text, plain).filter((word) => word === 'good').length)
    }
  })

  it('in tags that are too long to be any', () => {
    for (const length of [999, 1000, 1001, 1002]) {
      const each = `a <b${'x'.repeat(length)}> c <i${'<'.repeat(3)}> &${'a'.repeat(length)}; d`
      expect(scanned(each)).toEqual(wordsOf(each, plain))
    }
  })

  it('in one text of a million characters, and in a short one after it', () => {
    const long = `${'x'.repeat(1_000_000)} y`
    expect([scanned(long).map((word) => word.length), scanned('a b')]).toEqual([
      [1_000_000, 1],
      ['a', 'b'],
    ])
  })

  it('in vocabulary and counts, for any texts, n-grams and limits', () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 6 }), text, options, (texts, asked, option) => {
        const state = learnt(texts, option)
        const vocabulary = vocabularyOf(texts, option)
        expect(termsOf(state)).toEqual(vocabulary)
        const expected = new Array<number>(vocabulary.length).fill(0)
        forEachTerm(asked, option, (term) => {
          const position = vocabulary.indexOf(term)
          if (position >= 0) expected[position] = (expected[position] ?? 0) + 1
        })
        const row = new SparseRow()
        // As it is kept and read again.
        bagEncoder(JSON.parse(JSON.stringify(state))).encode(asked, 0, row)
        const counts = new Array<number>(vocabulary.length).fill(0)
        for (let at = 0; at < row.length; at++) counts[row.indices[at] ?? 0] = row.values[at] ?? 0
        expect(counts).toEqual(expected)
      }),
      { numRuns: 300 },
    )
  })

  it('with many words, where tables grow', () => {
    const texts = Array.from(
      { length: 60 },
      (_, row) => `${Array.from({ length: 60 }, (_, at) => `w${(row * 37 + at * at) % 1500}`).join(' ')}`,
    )
    const option = { ...bag, ...rules, ngrams: [1, 3] as [number, number], numWords: 6000 }
    expect(termsOf(learnt(texts, option))).toEqual(vocabularyOf(texts, option))
  })
})

describe('n-grams', () => {
  it('of words stand in order', () => {
    expect(terms('not a bad film', { ngrams: [1, 2] })).toEqual(
      ['not', 'a', 'bad', 'film', 'not a', 'a bad', 'bad film'].sort(),
    )
  })
  it("of characters stay within words, as scikit-learn's char_wb", () => {
    expect(terms('ab c', { analyzer: 'char', ngrams: [2, 3] })).toEqual(
      [' a', 'ab', 'b ', ' ab', 'ab ', ' c', 'c ', ' c '].sort(),
    )
    expect(terms('영화 또', { analyzer: 'char', ngrams: [4, 5] })).toEqual([' 또 ', ' 영화 '].sort())
    expect(terms('영화', { analyzer: 'char', ngrams: [1, 1] })).toEqual(['영', '화'])
    expect(terms('a𠀀', { analyzer: 'char', ngrams: [2, 2] })).toEqual([' a', 'a𠀀', '𠀀 '])
    expect(terms('a😀', { analyzer: 'char', ngrams: [2, 2] })).toEqual([' a', ' 😀', 'a ', '😀 '])
  })
  it("of all characters go across words, as scikit-learn's char", () => {
    const across = (text: string, ngrams: [number, number]) => terms(text, { analyzer: 'charAcross', ngrams })
    expect(across('A  b!', [2, 3])).toEqual([' a', 'a ', ' b', 'b!', '! ', ' a ', 'a b', ' b!', 'b! '].sort())
    expect(across('영화\n또', [1, 1])).toEqual(['영', '화', '또'].sort())
    expect(across('<br />a😀', [2, 2])).toEqual([' a', 'a😀', '😀 '].sort())
    expect(across(' \n', [1, 6])).toEqual([])
  })
  it('are found one after the other, each as often as it is there', () => {
    let found = 0
    const finder = new TermFinder({ ...plain, analyzer: 'word', ngrams: [2, 2] }, 'learn', () => {
      found += 1
    })
    finder.scan('a b a b a b')
    expect([found, finder.grams.size]).toEqual([5, 2])
  })
})

describe.each([
  ['imdb', 'word', [1, 3]],
  ['imdb', 'char', [2, 5]],
  ['nsmc', 'word', [1, 2]],
  ['nsmc', 'char', [1, 5]],
  ['nsmc', 'charAcross', [1, 5]],
  ['reuters52', 'word', [1, 2]],
] as const)('%s, read by %s n-grams', (name, analyzer, ngrams) => {
  const file = realData(`${name}/train.csv.gz`)
  it.skipIf(file === undefined)('has the vocabulary of the plain way', () => {
    const lines = gunzipSync(readFileSync(file ?? ''))
      .toString('utf8')
      .split('\n')
    const texts = lines.slice(1, name === 'imdb' ? 150 : 1500)
    const option = {
      ...bag,
      ...rules,
      analyzer,
      ngrams: [...ngrams] as [number, number],
      numWords: 20_000,
      minCount: 2,
    }
    expect(termsOf(learnt(texts, option))).toEqual(vocabularyOf(texts, option))
  })
})
