import { compareCodePoints } from '../../../code-points.ts'
import { grown } from '../growing.ts'
import { orderByColumns } from './radix-sort.ts'
import { type AnyText, TermFinder, type TermOptions } from './terms.ts'

/** Options for choosing a vocabulary. */
export interface VocabularyOptions extends TermOptions {
  /** Largest number of terms. */
  numWords: number
  /** Occurrences below which a term is left out. */
  minCount: number
}

/** The chosen terms of the training texts. */
export interface Vocabulary {
  /** Most frequent first, equally frequent ones in code-point order. */
  terms: string[]
  /** Number of texts that have each term. */
  rows: Uint32Array
}

/** Occurrences of terms, by an index: the symbol of a term of one symbol, or the number of an n-gram. */
class Counts {
  /** Three numbers for each term: its occurrences, the number of rows that have it, and the last of these rows. */
  #numbers = new Uint32Array(3 * 1024)

  add(index: number, row: number): void {
    const at = index * 3
    if (at + 2 >= this.#numbers.length) this.#numbers = grown(this.#numbers, at + 3, Uint32Array)
    const numbers = this.#numbers
    numbers[at] = (numbers[at] ?? 0) + 1
    if (numbers[at + 2] === row) return
    numbers[at + 2] = row
    numbers[at + 1] = (numbers[at + 1] ?? 0) + 1
  }

  count(index: number): number {
    return this.#numbers[index * 3] ?? 0
  }

  rows(index: number): number {
    return this.#numbers[index * 3 + 1] ?? 0
  }

  /** Upper bound of the indices that may have a count. */
  get length(): number {
    return Math.floor(this.#numbers.length / 3)
  }
}

/**
 * Counts the terms of training texts, exactly: each different term has a count of its own. Five million n-grams of
 * words take some 250 MB.
 */
export class VocabularyCounter {
  readonly #options: VocabularyOptions
  readonly #finder: TermFinder
  readonly #single = new Counts()
  readonly #grams = new Counts()
  /** Texts of words by number, kept since many terms share a word. */
  readonly #wordTexts: string[] = []
  #row = 0

  constructor(options: VocabularyOptions) {
    this.#options = options
    this.#finder = new TermFinder(options, 'learn', (term) => {
      if (term < 0) this.#single.add(~term, this.#row)
      else this.#grams.add(term, this.#row)
    })
  }

  /** Counts the terms of the next row's text. */
  add(text: AnyText): void {
    this.#row += 1
    this.#finder.scan(text)
  }

  /** Returns the `numWords` terms that occur most often, each at least `minCount` times. */
  choose(): Vocabulary {
    const terms = this.#frequent()
    const width = this.#options.ngrams[1]
    const symbols = this.#symbols(terms)
    const counts = Uint32Array.from(terms, (term) => this.#count(term))
    const largest = counts.reduce((most, count) => Math.max(most, count), 0)
    const order = orderByColumns([counts.map((count) => largest - count), ...this.#sortKeys(symbols)])
    const chosen = order.subarray(0, this.#options.numWords)
    return {
      terms: Array.from(chosen, (index) => this.#text(symbols.subarray(index * width, (index + 1) * width))),
      rows: chosen.map((index) => {
        const term = terms[index] ?? 0
        return term < 0 ? this.#single.rows(~term) : this.#grams.rows(term)
      }),
    }
  }

  #count(term: number): number {
    return term < 0 ? this.#single.count(~term) : this.#grams.count(term)
  }

  /** Returns all terms that may be chosen, with those that are exactly as frequent as the last chosen one. */
  #frequent(): Int32Array {
    const least = Math.max(1, this.#options.minCount)
    const candidates = this.#termsFrom(least)
    if (candidates.length <= this.#options.numWords) return candidates
    const counts = Uint32Array.from(candidates, (term) => this.#count(term)).sort()
    return this.#termsFrom(counts[counts.length - this.#options.numWords] ?? least)
  }

  #termsFrom(least: number): Int32Array {
    let terms = new Int32Array(65_536)
    let size = 0
    const take = (counts: Counts, termOf: (index: number) => number) => {
      for (let index = 0; index < counts.length; index++) {
        if (counts.count(index) < least) continue
        terms = grown(terms, size + 1, Int32Array)
        terms[size++] = termOf(index)
      }
    }
    take(this.#single, (index) => ~index)
    take(this.#grams, (index) => index)
    return terms.subarray(0, size)
  }

  /** Returns the symbols of terms, shape [terms, longest n-gram], filled up with −1. */
  #symbols(terms: Int32Array): Int32Array {
    const width = this.#options.ngrams[1]
    const { parents, symbols } = this.#finder.grams.list()
    const result = new Int32Array(terms.length * width).fill(-1)
    for (const [index, term] of terms.entries()) {
      let length = 1
      for (let at = term; at >= 0; at = parents[at] ?? -1) length += 1
      let at = term
      for (let place = index * width + length - 1; at >= 0; place--) {
        result[place] = symbols[at] ?? 0
        at = parents[at] ?? -1
      }
      result[index * width] = ~at
    }
    return result
  }

  /**
   * Returns the columns by which terms are ordered: the rank + 1 of each symbol, 0 behind the last. A space, which
   * joins words, is smaller than any character of a word, so this is the order of the joined terms by code point.
   */
  #sortKeys(symbols: Int32Array): Uint32Array[] {
    const width = this.#options.ngrams[1]
    const rank = this.#options.analyzer === 'word' ? this.#wordRanks(symbols) : (symbol: number) => symbol
    return Array.from({ length: width }, (_, place) => {
      const keys = new Uint32Array(symbols.length / width)
      for (let index = 0; index < keys.length; index++) {
        const symbol = symbols[index * width + place] ?? -1
        keys[index] = symbol < 0 ? 0 : rank(symbol) + 1
      }
      return keys
    })
  }

  #wordRanks(symbols: Int32Array): (symbol: number) => number {
    const { words } = this.#finder
    const used = new Uint8Array(words.size)
    for (const symbol of symbols) if (symbol >= 0) used[symbol] = 1
    const texts: { word: number; text: string }[] = []
    for (const [word, isUsed] of used.entries()) if (isUsed) texts.push({ word, text: this.#wordText(word) })
    texts.sort((a, b) => compareCodePoints(a.text, b.text))
    const ranks = new Uint32Array(words.size)
    for (const [rank, { word }] of texts.entries()) ranks[word] = rank
    return (symbol) => ranks[symbol] ?? 0
  }

  #wordText(word: number): string {
    const known = this.#wordTexts[word]
    if (known !== undefined) return known
    const text = this.#finder.words.text(word)
    this.#wordTexts[word] = text
    return text
  }

  #text(symbols: Int32Array): string {
    const end = symbols.indexOf(-1)
    const own = Array.from(end < 0 ? symbols : symbols.subarray(0, end))
    if (this.#options.analyzer !== 'word') return String.fromCodePoint(...own)
    return own.map((symbol) => this.#wordText(symbol)).join(' ')
  }
}
