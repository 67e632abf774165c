import { z } from 'zod'
import type { Steps } from '../../../runtime/steps.ts'
import { Int32Numbers } from '../kept-arrays.ts'
import { addTerms } from './add-terms.ts'
import { SPACE } from './character-codes.ts'
import { GramIndex, GramIndexArrays, gramIndex } from './gram-index.ts'
import { GramTable, NO_GRAM } from './gram-table.ts'
import { type ScanOptions, singleSpaced } from './html.ts'
import type { JsonText } from './json-text.ts'
import { isForKernel, type KnownWords, NOT_HERE, openKnownWords } from './known-words.ts'
import { type ShortWords, shortWords } from './short-words.ts'
import { WordScanner } from './word-scanner.ts'
import { NO_WORD, WordArrays, WordTable } from './word-table.ts'
import { forEachWord, WordText } from './word-texts.ts'

/** A text as a string, or still in its JSON, or cut into words. */
export type AnyText = string | JsonText | WordText

/** Which parts of a text are its terms. */
export interface TermOptions extends ScanOptions {
  /** Words; characters within a word; or all characters, those between words included. */
  analyzer: 'word' | 'char' | 'charAcross'
  /** Shortest and longest n-gram. */
  ngrams: readonly [number, number]
}

/** Treatment of unknown terms: they are added, or passed over, or reported as `NO_GRAM` (single words only). */
export type Unknown = 'learn' | 'pass' | 'tell'

/** The tables of the known terms. */
export const TermTables = z
  .object({
    words: WordArrays,
    grams: GramIndexArrays,
    /** The short words once more, for the kernel; null if terms are not words, or the table is too large for a kernel. */
    short: Int32Numbers.nullable(),
  })
  .readonly()
export type TermTables = z.infer<typeof TermTables>

/**
 * Finds the terms of texts. A symbol is a word, by its number in `words`, or a character, by its code point. A term is
 * a symbol or a run of symbols, and is reported as a number: ~s for one symbol s, g for the n-gram g of `grams`.
 *
 * Word n-grams are words in a row. Character n-grams stay within a word with one space on either side, as
 * scikit-learn's `char_wb` does, which suits languages that write without spaces; a word that is shorter than
 * the shortest n-gram is one term, and a lone space is no term.
 *
 * `charAcross` takes every character, punctuation too, as scikit-learn's `char` does: white space of
 * any length is one space, and so are the beginning and the end. So word endings, particles and what comes next are
 * seen together, which suits languages that write without spaces or put them where they like.
 */
export class TermFinder {
  #words: WordTable
  /** The n-grams that were learnt. */
  readonly grams = new GramTable()
  /** The n-grams that are known. */
  readonly #index: GramIndex | null
  readonly #scanner: WordScanner
  readonly #options: TermOptions
  readonly #onTerm: (term: number) => void
  readonly #unknown: Unknown
  /** The kernel, opened with the first text: a finder that is only asked about texts cut into words needs none. */
  #known: KnownWords | null = null
  #short: ShortWords | null
  readonly #kernelBytes: number
  /** The n-grams that end at the previous symbol, by their length. */
  readonly #before: Int32Array
  /** Numbers in this table of the words of another one, from which texts came that were cut into words. */
  #numbers: { from: WordTable; here: Int32Array } | null = null

  /**
   * @param unknown treatment of terms that are not in the tables
   * @param onTerm called with each term
   * @param tables the known terms. Default: none
   */
  constructor(options: TermOptions, unknown: Unknown, onTerm: (term: number) => void, tables?: TermTables) {
    this.#words = new WordTable(tables?.words)
    this.#index = tables ? new GramIndex(tables.grams) : null
    this.#options = options
    this.#short = tables?.short ?? null
    // A kernel holds a copy of the words.
    this.#kernelBytes = this.#short ? this.#short.byteLength + this.#words.memoryBytes : 0
    this.#unknown = unknown
    this.#onTerm = onTerm
    this.#before = new Int32Array(options.ngrams[1] + 1).fill(NO_GRAM)
    const byWord = options.analyzer === 'word'
    this.#scanner = new WordScanner(options, byWord ? () => this.#word() : () => this.#characters())
  }

  /**
   * Calls back with every known term of a text, repeats included. A text that was cut into words must have been cut by
   * the same options. A finder that learns makes the word table of the first such text its own.
   */
  scan(text: AnyText): void {
    this.#before.fill(NO_GRAM)
    if (text instanceof WordText) this.#scanWords(text)
    else if (this.#options.analyzer === 'charAcross') this.#across(String(text))
    else if (!this.#scanKnown(text)) this.#scanner.scan(text)
  }

  /** Scans a text with the kernel. @returns false if the kernel cannot read it */
  #scanKnown(text: string | JsonText): boolean {
    if (this.#short) {
      this.#known = openKnownWords(this.#words.arrays, this.#short, this.#options)
      this.#short = null
    }
    const known = this.#known
    if (!known) return false
    const found = known.read(text)
    const { numbers } = known
    for (let at = 0; at < found; at++) this.#wordIs(numbers[at] ?? NO_WORD)
    return found !== NOT_HERE
  }

  #scanWords(text: WordText): void {
    if (this.#unknown === 'learn') {
      if (this.#words !== text.words && this.#words.size > 0) throw new RangeError('words of two tables')
      this.#words = text.words
      forEachWord(text, (word) => this.#wordIs(word))
      return
    }
    if (this.#numbers?.from !== text.words)
      this.#numbers = { from: text.words, here: this.#words.numbersOf(text.words) }
    const { here } = this.#numbers
    forEachWord(text, (word) => this.#wordIs(here[word] ?? NO_WORD))
  }

  /**
   * Returns the tables of all terms that were learnt or added, in steps; the words are not copied.
   * @param ids id in the tables of each n-gram, by its number. Default: the numbers
   */
  *tables(ids?: Uint32Array): Steps<TermTables> {
    const words = this.#words.arrays
    const short = this.#options.analyzer === 'word' && isForKernel(words) ? yield* shortWords(words) : null
    return { words, grams: yield* gramIndex(this.grams, ids), short }
  }

  /** The words that are known. */
  get words(): WordTable {
    return this.#words
  }

  /**
   * Adds the terms of a vocabulary, in steps.
   * @param pieces its parts, each of whole terms separated by line feeds
   * @returns the numbers of the terms, in order
   */
  addAll(pieces: Iterable<string>): Steps<Int32Array> {
    return addTerms({ words: this.#words, grams: this.grams }, this.#options.analyzer === 'word', pieces)
  }

  /** Memory held, in bytes. */
  get memoryBytes(): number {
    return this.words.memoryBytes + (this.#index ?? this.grams).memoryBytes + this.#kernelBytes
  }

  #word(): void {
    const { word, length, hash } = this.#scanner
    const words = this.#words
    this.#wordIs(
      this.#unknown === 'learn' ? words.intern(word, length, hash) : words.find(word, length, hash),
    )
  }

  #wordIs(symbol: number): void {
    if (this.#options.ngrams[1] === 1) {
      if (symbol !== NO_WORD) this.#onTerm(~symbol)
      else if (this.#unknown === 'tell') this.#onTerm(NO_GRAM)
    } else if (symbol !== NO_WORD) this.#symbol(symbol, true)
    else {
      this.#before.fill(NO_GRAM)
      if (this.#unknown === 'tell') this.#onTerm(NO_GRAM)
    }
  }

  #characters(): void {
    const { word, length } = this.#scanner
    this.#before.fill(NO_GRAM)
    this.#symbol(SPACE, false)
    let symbols = 2
    for (let at = 0; at < length; at++) {
      let code = word[at] ?? 0
      if (code >= 0xd800 && code < 0xdc00 && at + 1 < length) {
        const low = word[at + 1] ?? 0
        if (low >= 0xdc00 && low < 0xe000) {
          code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00)
          at += 1
        }
      }
      symbols += 1
      this.#symbol(code, true)
    }
    this.#symbol(SPACE, false)
    if (symbols >= this.#options.ngrams[0]) return
    const whole = this.#before[symbols] ?? NO_GRAM
    if (whole !== NO_GRAM) this.#onTerm(whole)
  }

  #across(text: string): void {
    const plain = singleSpaced(text, this.#options)
    if (plain === '') return
    this.#symbol(SPACE, false)
    for (let at = 0; at < plain.length; at++) {
      const code = plain.codePointAt(at) ?? 0
      if (code > 0xffff) at += 1
      this.#symbol(code, code !== SPACE)
    }
    this.#symbol(SPACE, false)
  }

  #find(parent: number, symbol: number): number {
    return this.#index ? this.#index.find(parent, symbol) : this.grams.find(parent, symbol)
  }

  /** Moves on by one symbol: each n-gram that ended before it becomes one longer. @param alone whether it is a term */
  #symbol(symbol: number, alone: boolean): void {
    const before = this.#before
    const [shortest, longest] = this.#options.ngrams
    for (let length = longest; length >= 2; length--) {
      const parent = before[length - 1] ?? NO_GRAM
      if (parent === NO_GRAM) {
        before[length] = NO_GRAM
        continue
      }
      const gram = this.#unknown === 'learn' ? this.grams.intern(parent, symbol) : this.#find(parent, symbol)
      before[length] = gram
      if (gram !== NO_GRAM && length >= shortest) this.#onTerm(gram)
    }
    before[1] = ~symbol
    if (alone && shortest === 1) this.#onTerm(~symbol)
  }
}
