import { SPACE } from './character-codes.ts'
import { GramIndex } from './gram-index.ts'
import { NO_GRAM } from './gram-table.ts'
import {
  type MappedText,
  mappedPictographsApart,
  mappedPlainText,
  mappedSingleSpaces,
  placeOf,
} from './mapped-text.ts'
import type { ListedTerms, TermKernel } from './term-positions.ts'
import type { TermOptions, TermTables } from './terms.ts'
import { WordScanner } from './word-scanner.ts'
import { NO_WORD, WordTable } from './word-table.ts'

/** The place of a term or word in a text as it was sent: UTF-16 units, the end excluded. */
export type Span = [start: number, end: number]

/** Takes a term that was found, by the indices of its first and last symbol. */
type OnTerm = (text: ScannedText, term: number, first: number, last: number) => void

/** A text with its symbols: words, or characters and the spaces around words. */
export class ScannedText {
  readonly #mapped: MappedText
  readonly #byWord: boolean
  /** Place of each symbol in the plain text: start and end, one after the other. */
  readonly #symbols: number[] = []

  constructor(mapped: MappedText, byWord: boolean) {
    this.#mapped = mapped
    this.#byWord = byWord
  }

  /** Adds the next symbol, which stands from `start` to before `end` in the plain text. */
  add(start: number, end: number): void {
    this.#symbols.push(start, end)
  }

  /** The text whose characters are read. */
  get plain(): string {
    return this.#mapped.text
  }

  /** Number of symbols, the spaces that stand around words included. */
  get size(): number {
    return this.#symbols.length / 2
  }

  /** Returns whether a symbol is a space, which belongs to no word. */
  isSpace(symbol: number): boolean {
    const start = this.#symbols[2 * symbol] ?? 0
    const end = this.#symbols[2 * symbol + 1] ?? 0
    return start === end || this.plain.charCodeAt(start) === SPACE
  }

  /** Returns the place of a run of symbols in the text as it was sent. */
  span(first: number, last: number): Span {
    return placeOf(this.#mapped, this.#symbols[2 * first] ?? 0, this.#symbols[2 * last + 1] ?? 0)
  }

  /** Returns a run of symbols as a vocabulary writes it: words with a space between them, or characters. */
  text(first: number, last: number): string {
    let text = this.#symbolText(first)
    for (let symbol = first + 1; symbol <= last; symbol++) {
      const next = this.#symbolText(symbol)
      text += this.#byWord ? ` ${next}` : next
    }
    return text
  }

  #symbolText(symbol: number): string {
    const start = this.#symbols[2 * symbol] ?? 0
    const end = this.#symbols[2 * symbol + 1] ?? 0
    return start === end ? ' ' : this.plain.slice(start, end)
  }
}

/**
 * Finds the same terms as `TermFinder` does, and where they stand. It takes several times as long, since it maps each
 * character of the plain text to the text as it was sent, so only explanations use it.
 */
export class TermLocator {
  readonly #options: TermOptions
  readonly #words: WordTable
  readonly #grams: GramIndex
  readonly #scanner: WordScanner
  readonly #onTerm: OnTerm
  readonly #kernel: TermKernel | undefined
  /** The n-grams that end at the previous symbol, by their length. */
  readonly #before: Int32Array
  #text = new ScannedText({ text: '', places: null }, true)

  /**
   * @param onTerm called with each known term, and the indices of its first and last symbol; words that are not known
   * are reported as `NO_GRAM`
   * @param kernel that has the tables and lists terms by their positions, which stand for them; words that are not known are
   * then left out. Default: none
   */
  constructor(options: TermOptions, tables: TermTables, onTerm: OnTerm, kernel?: TermKernel) {
    this.#options = options
    this.#words = new WordTable(tables.words)
    this.#grams = new GramIndex(tables.grams)
    this.#onTerm = onTerm
    this.#kernel = kernel
    this.#before = new Int32Array(options.ngrams[1] + 1)
    const byWord = options.analyzer === 'word'
    this.#scanner = new WordScanner(options, byWord ? () => this.#word() : () => this.#characters())
  }

  /** Calls back with every term of a text, in the order of `TermFinder.scan`, and returns its symbols. */
  scan(source: string): ScannedText {
    const { analyzer, unicode } = this.#options
    const listed = this.#kernel?.listTerms(source)
    const text = listed && this.#symbolsOf(source, listed)
    if (text) {
      for (let at = 0; at < listed.count; at++) {
        const place = listed.places[at] ?? 0
        const last = place >> 3
        this.#onTerm(text, listed.positions[at] ?? 0, last + 1 - (place & 7), last)
      }
      return text
    }
    this.#before.fill(NO_GRAM)
    const plain = mappedPlainText(source, this.#options)
    if (analyzer === 'charAcross') {
      this.#text = new ScannedText(mappedSingleSpaces(plain), false)
      this.#across(this.#text.plain)
    } else {
      this.#text = new ScannedText(unicode ? mappedPictographsApart(plain) : plain, analyzer === 'word')
      this.#scanner.scanPlain(this.#text.plain)
    }
    return this.#text
  }

  /** Returns a text with the symbols that a kernel has listed; undefined if they are others. */
  #symbolsOf(source: string, { words, symbols }: ListedTerms): ScannedText | undefined {
    if (words) {
      const text = new ScannedText(
        { text: this.#options.lowercase ? source.toLowerCase() : source, places: null },
        true,
      )
      for (let at = 0; at < 2 * symbols; at += 2) text.add(words[at] ?? 0, words[at + 1] ?? 0)
      return text
    }
    const text = new ScannedText(mappedSingleSpaces(mappedPlainText(source, this.#options)), false)
    const { plain } = text
    if (plain !== '') text.add(0, 0)
    for (let at = 0; at < plain.length; ) {
      const size = (plain.codePointAt(at) ?? 0) > 0xffff ? 2 : 1
      text.add(at, at + size)
      at += size
    }
    if (plain !== '') text.add(plain.length, plain.length)
    return text.size === symbols ? text : undefined
  }

  #word(): void {
    const { word, length, hash, end } = this.#scanner
    this.#text.add(end - length, end)
    const symbol = this.#words.find(word, length, hash)
    if (symbol !== NO_WORD) {
      this.#symbol(symbol, true)
      return
    }
    this.#before.fill(NO_GRAM)
    this.#onTerm(this.#text, NO_GRAM, this.#text.size - 1, this.#text.size - 1)
  }

  #characters(): void {
    const { length, end } = this.#scanner
    const start = end - length
    const first = this.#text.size
    this.#before.fill(NO_GRAM)
    this.#space(start)
    this.#run(start, end)
    this.#space(end)
    const symbols = this.#text.size - first
    if (symbols >= this.#options.ngrams[0]) return
    const whole = this.#before[symbols] ?? NO_GRAM
    if (whole !== NO_GRAM) this.#onTerm(this.#text, whole, first, this.#text.size - 1)
  }

  #across(text: string): void {
    if (text === '') return
    this.#space(0)
    this.#run(0, text.length)
    this.#space(text.length)
  }

  /** Takes the characters of the plain text from `start` to before `end`. */
  #run(start: number, end: number): void {
    const { plain } = this.#text
    for (let at = start; at < end; ) {
      const code = plain.codePointAt(at) ?? 0
      // A pair across the end of a word is torn apart, as the scanner tears it.
      const size = code > 0xffff && at + 1 < end ? 2 : 1
      this.#text.add(at, at + size)
      this.#symbol(size === 1 ? plain.charCodeAt(at) : code, code !== SPACE)
      at += size
    }
  }

  #space(at: number): void {
    this.#text.add(at, at)
    this.#symbol(SPACE, false)
  }

  /** Moves on by one symbol, as `TermFinder` does. */
  #symbol(symbol: number, alone: boolean): void {
    const before = this.#before
    const [shortest, longest] = this.#options.ngrams
    const last = this.#text.size - 1
    for (let length = longest; length >= 2; length--) {
      const parent = before[length - 1] ?? NO_GRAM
      const gram = parent === NO_GRAM ? NO_GRAM : this.#grams.find(parent, symbol)
      before[length] = gram
      if (gram !== NO_GRAM && length >= shortest) this.#onTerm(this.#text, gram, last - length + 1, last)
    }
    before[1] = ~symbol
    if (alone && shortest === 1) this.#onTerm(this.#text, ~symbol, last, last)
  }
}
