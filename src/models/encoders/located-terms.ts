import type { ScannedText, Span } from './words/term-locator.ts'

/** Places of one term that are listed; a long text may repeat a word thousands of times. */
const MAX_SPANS = 100

/** Inputs that a term makes together with the other terms of its text. */
export interface SharedInputs {
  /** The first of their positions, within the column. */
  readonly base: number
  /** Number of these inputs. */
  readonly width: number
  /** Returns the term's part of amounts that the inputs have; the parts of all terms add up to these. */
  partOf(amounts: Float64Array): number
}

/** A term that a text has, and where. What is told of it is made when it is asked for: of most terms nothing is. */
export class LocatedTerm {
  /** False for a word that the encoder does not know and reads nevertheless, as unknown. */
  readonly known: boolean
  /** Its input positions within the column. */
  readonly positions: number[] = []
  /** Inputs that it shares with other terms; null: there are none. */
  shared: SharedInputs | null = null
  /** Number of all places. */
  count = 0
  readonly #text: ScannedText
  /** First and last symbol of its first places, one after the other. */
  readonly #places: number[] = []

  /** @param text the text that has the term */
  constructor(text: ScannedText, known: boolean) {
    this.#text = text
    this.known = known
  }

  /** Takes one more place, a run of symbols. */
  add(first: number, last: number): void {
    this.count += 1
    if (this.count <= MAX_SPANS) this.#places.push(first, last)
  }

  /** The term as the vocabulary writes it. */
  get term(): string {
    return this.#text.text(this.#places[0] ?? 0, this.#places[1] ?? 0)
  }

  /** Its first places in the text, at most `MAX_SPANS`. */
  get spans(): Span[] {
    const spans: Span[] = []
    for (let at = 0; at < this.#places.length; at += 2)
      spans.push(this.#text.span(this.#places[at] ?? 0, this.#places[at + 1] ?? 0))
    return spans
  }
}

/** The terms of a text, and how much of it an encoder reads. */
export interface LocatedTerms {
  readonly terms: readonly LocatedTerm[]
  /** Number of words; of characters that are no spaces, if the encoder reads characters. */
  readonly symbols: number
  readonly unit: 'word' | 'character'
  /** Number of these that belong to no known term. */
  readonly unknown: number
  /** Number of words that are left out because the text is too long for the encoder. */
  readonly cut: number
}
