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

/** Stands for the input position of a term that has none of its own. */
export const NO_POSITION = -1

/**
 * A term that a text has, and where. What is told of it is made when it is asked for: of most terms nothing is. A text has
 * hundreds of terms, most of them once, so the first place and position need no list.
 */
export class LocatedTerm {
  /** False for a word that the encoder does not know and reads nevertheless, as unknown. */
  readonly known: boolean
  /** The first of its input positions within the column, or `NO_POSITION`. */
  readonly position: number
  /** Inputs that it shares with other terms; null: there are none. */
  shared: SharedInputs | null = null
  /** Number of all places. */
  count = 1
  readonly #text: ScannedText
  readonly #first: number
  readonly #last: number
  /** First and last symbol of further places, one after the other. */
  #furtherPlaces: number[] | null = null
  #furtherPositions: number[] | null = null

  /**
   * @param text the text that has the term
   * @param first first symbol of its first place, and `last` the last one
   */
  constructor(text: ScannedText, known: boolean, position: number, first: number, last: number) {
    this.#text = text
    this.known = known
    this.position = position
    this.#first = first
    this.#last = last
  }

  /** Takes one more place. */
  add(first: number, last: number): void {
    this.count += 1
    this.#furtherPlaces ??= []
    if (this.count <= MAX_SPANS) this.#furtherPlaces.push(first, last)
  }

  /** Takes one more input position. */
  addPosition(position: number): void {
    this.#furtherPositions ??= []
    this.#furtherPositions.push(position)
  }

  /** Returns the sum of what its positions have. */
  sum(amountOf: (position: number) => number): number {
    let sum = this.position === NO_POSITION ? 0 : amountOf(this.position)
    for (const position of this.#furtherPositions ?? []) sum += amountOf(position)
    return sum
  }

  /** The term as the vocabulary writes it. */
  get term(): string {
    return this.#text.text(this.#first, this.#last)
  }

  /** Its first places in the text, at most `MAX_SPANS`. */
  get spans(): Span[] {
    const spans = [this.#text.span(this.#first, this.#last)]
    const further = this.#furtherPlaces ?? []
    for (let at = 0; at < further.length; at += 2)
      spans.push(this.#text.span(further[at] ?? 0, further[at + 1] ?? 0))
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
