import { describe, expect, it } from 'vitest'
import type { ScanOptions } from '../../../../src/models/encoders/words/html.ts'
import { JsonText } from '../../../../src/models/encoders/words/json-text.ts'
import { hashOf, WordScanner } from '../../../../src/models/encoders/words/word-scanner.ts'

const OPTIONS: ScanOptions = { lowercase: true, stripHtml: true, unicode: 'nfc', entities: 'html5' }
/** Rules of a version of an earlier release. */
const EARLIER: ScanOptions = { lowercase: true, stripHtml: true }

/** Returns the words of a text, each with its hash checked. */
function wordsOf(text: string | JsonText, options = OPTIONS): string[] {
  const words: string[] = []
  const scanner = new WordScanner(options, () => {
    const { word, length, hash } = scanner
    expect(hash).toBe(hashOf(word, length))
    words.push(String.fromCharCode(...word.subarray(0, length)))
  })
  scanner.scan(text)
  return words
}

/** A text as it stands between other bytes of a request. */
function json(text: string): JsonText {
  const bytes = Buffer.from(`x"${text}",'s`)
  return new JsonText(bytes, 2, 2 + Buffer.byteLength(text))
}

/** Texts in ASCII, with their words. */
const PLAIN: [string, string[]][] = [
  ["Don't panic", ["don't", 'panic']],
  ["rock 'n' roll", ['rock', 'n', 'roll']],
  ["it''s o'clock's'", ['it', 's', "o'clock's"]],
  ['don&apos;t and don&#39;t', ["don't", 'and', "don't"]],
  ['a&amp;b, a&quot;b, a&#34;b, a&nbsp;b', ['a', 'b', 'a', 'b', 'a', 'b', 'a', 'b']],
  ['a&apos;&apos;b&apos;', ['a', 'b']],
  ['x &lt;br&gt; y', ['x', 'br', 'y']],
  ['a & b; AT&T', ['a', 'b', 'at', 't']],
  ['Good<br>film, <B class="x">not</B> bad', ['good', 'film', 'not', 'bad']],
  ['1 <2 and a<b, a< b', ['1', '2', 'and', 'a', 'b', 'a', 'b']],
  ['<a <b>c', ['a', 'c']],
  ['under_score_9 3.5', ['under_score_9', '3', '5']],
  ['[A]{Z}@`z', ['a', 'z', 'z']],
  ['', []],
  [" '.!", []],
]

describe('the words of a text', () => {
  it.each(PLAIN)('of ASCII: %j', (text, words) => {
    expect(wordsOf(text)).toEqual(words)
    expect(wordsOf(text, EARLIER)).toEqual(words)
    expect(wordsOf(json(text.replaceAll('"', '\\"')))).toEqual(words)
    // The longer way, which texts beyond ASCII take.
    expect(wordsOf(`${text} é`)).toEqual([...words, 'é'])
    expect(wordsOf(json(`${text.replaceAll('"', '\\"')} é`))).toEqual([...words, 'é'])
  })

  it('keep their capital letters where a recipe says so', () => {
    const options = { ...OPTIONS, lowercase: false }
    expect(wordsOf("Don't PANIC", options)).toEqual(["Don't", 'PANIC'])
    expect(wordsOf('Été À', options)).toEqual(['Été', 'À'])
    expect(wordsOf('Été À')).toEqual(['été', 'à'])
  })

  it('are those of tags and entities where a recipe keeps HTML', () => {
    const options = { ...OPTIONS, stripHtml: false }
    const words = ['b', 'a', 'b', 'don', 'apos', 't', 'eacute']
    expect(wordsOf('<b>a</b> don&apos;t &eacute;', options)).toEqual(words)
    expect(wordsOf('<b>a</b> don&apos;t &eacute; é', options)).toEqual([...words, 'é'])
  })

  it('have the entities of HTML 5, which a version of an earlier release does not read', () => {
    for (const [text, words, earlier] of [
      ['caf&eacute;', ['café'], ['caf', 'eacute']],
      ['caf&#233; caf&#xE9;', ['café', 'café'], ['caf', '233', 'caf', 'xe9']],
      ['caf&eacute', ['caf', 'eacute'], ['caf', 'eacute']],
    ] as const) {
      expect(wordsOf(text)).toEqual(words)
      expect(wordsOf(json(text))).toEqual(words)
      expect(wordsOf(text, EARLIER)).toEqual(earlier)
      expect(wordsOf(json(text), EARLIER)).toEqual(earlier)
    }
  })

  it('end at escapes of JSON, whose letters belong to no word', () => {
    expect(wordsOf(json('one\\ntwo\\tthree\\"four\\\\five'))).toEqual(['one', 'two', 'three', 'four', 'five'])
    expect(wordsOf(json('one\\ntwo é'))).toEqual(['one', 'two', 'é'])
    expect(wordsOf(json('good<br \\/>film<\\/b>bad'))).toEqual(['good', 'film', 'bad'])
    // A backslash of a text itself is a character like others.
    expect(wordsOf('one\\ntwo')).toEqual(['one', 'ntwo'])
  })

  it('beyond ASCII are runs of letters, marks and numbers, and pictographs in new versions', () => {
    expect(wordsOf('l’été — 3 œuvres')).toEqual(["l'été", '3', 'œuvres'])
    expect(wordsOf('’a’’b’')).toEqual(['a', 'b'])
    expect(wordsOf('good👍film')).toEqual(['good', '👍', 'film'])
    expect(wordsOf('good☂film')).toEqual(['good', '☂', 'film'])
    expect(wordsOf('good☂film', EARLIER)).toEqual(['good', 'film'])
    expect(wordsOf('good👍film', EARLIER)).toEqual(['good👍film'])
    expect(wordsOf('© ™ é')).toEqual(['é'])
  })

  it('have an end in a text in its plain form, before an apostrophe that is not theirs', () => {
    const found: [string, number][] = []
    const scanner = new WordScanner(OPTIONS, () =>
      found.push([String.fromCharCode(...scanner.word.subarray(0, scanner.length)), scanner.end]),
    )
    scanner.scanPlain("it's 'so' good'")
    expect(found).toEqual([
      ["it's", 4],
      ['so', 8],
      ['good', 14],
    ])
    found.length = 0
    scanner.scanPlain("a''b c")
    expect(found).toEqual([
      ['a', 1],
      ['b', 4],
      ['c', 6],
    ])
  })

  it.each([255, 256, 257, 511, 4_095, 4_096, 4_097, 65_536, 100_000])('may have %i characters', (length) => {
    for (const letter of ['w', 'é']) {
      const words: number[] = []
      const scanner = new WordScanner(OPTIONS, () => words.push(scanner.length))
      for (const text of ['a', letter.repeat(length), 'bc']) scanner.scan(text)
      scanner.scan(json(letter.repeat(length)))
      expect(words).toEqual([1, length, 2, length])
      expect(scanner.word.length).toBeLessThanOrEqual(65_536)
    }
  })
})

describe('a tag', () => {
  it('has at most 1,000 characters behind its first letter', () => {
    for (const end of ['', ' é']) {
      expect(wordsOf(`<b${' '.repeat(1_000)}>a${end}`)[0]).toBe('a')
      expect(wordsOf(`<b${' '.repeat(1_001)}>a${end}`)[0]).toBe('b')
    }
    expect(wordsOf(json(`<b${'\\"'.repeat(1_000)}>a`))).toEqual(['a'])
    expect(wordsOf(json(`<b${'\\"'.repeat(1_001)}>a`))).toEqual(['b', 'a'])
  })

  it('begins with a letter and ends within the text', () => {
    for (const end of ['', ' é']) {
      const words = end ? ['é'] : []
      expect(wordsOf(`<1>a</2>b${end}`)).toEqual(['1', 'a', '2', 'b', ...words])
      expect(wordsOf(`a<z${end}`)).toEqual(['a', 'z', ...words])
      expect(wordsOf(`a<Z>b</A>c<[>d<@>e${end}`)).toEqual(['a', 'b', 'c', 'd', 'e', ...words])
      expect(wordsOf(`a</${end}`)).toEqual(['a', ...words])
    }
    // What stands behind the text in its request does not end the tag.
    const bytes = Buffer.from('"a <b">c')
    expect(wordsOf(new JsonText(bytes, 1, 5))).toEqual(['a', 'b'])
  })
})
