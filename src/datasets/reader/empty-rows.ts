import { MAX_EXAMPLE_LINES, type Warning } from '../../warnings.ts'

/** What is told of blank lines. */
export const BLANK_LINES = {
  one: 'One line is blank and was left out.',
  several: 'lines are blank and were left out.',
}

/** Blank lines, or rows without a value, that a reader leaves out: their number, and the first of them. */
export class EmptyRows {
  #count = 0
  readonly #first: number[] = []

  get count(): number {
    return this.#count
  }

  /** Adds one row or several on end. @param line number of the first of them */
  add(line: number, count = 1): void {
    for (let at = 0; at < count && this.#first.length < MAX_EXAMPLE_LINES; at++) this.#first.push(line + at)
    this.#count += count
  }

  /** Returns the warning about them, if there are any. @param told.several what is said behind their number */
  warnings({ one, several }: { one: string; several: string }): Warning[] {
    if (this.#count === 0) return []
    const message = this.#count === 1 ? one : `${this.#count.toLocaleString('en')} ${several}`
    return [{ code: 'empty-rows', count: this.#count, lines: this.#first, message }]
  }
}
