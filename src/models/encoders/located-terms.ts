import type { Span, TermLocator } from './words/term-locator.ts'

/** Places of one term that are listed; a long text may repeat a word thousands of times. */
const MAX_SPANS = 100

/** A term that a text has, and where. */
export class LocatedTerm {
  /** The term as the vocabulary writes it. */
  readonly term: string
  /** False for a word that the encoder does not know and reads nevertheless, as unknown. */
  readonly known: boolean
  /** Its input positions within the column. */
  readonly positions: number[] = []
  /** Its first places in the text, at most `MAX_SPANS`. */
  readonly spans: Span[] = []
  /** Number of all places. */
  count = 0

  constructor(term: string, known: boolean) {
    this.term = term
    this.known = known
  }

  /** Takes one more place, a run of symbols. */
  add(locator: TermLocator, first: number, last: number): void {
    this.count += 1
    if (this.spans.length < MAX_SPANS) this.spans.push(locator.span(first, last))
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
