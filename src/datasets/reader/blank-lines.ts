import { MAX_EXAMPLE_LINES, type Warning } from '../../warnings.ts'

/** Blank lines that a reader leaves out: their number, and the first of them. */
export class BlankLines {
  #count = 0
  readonly #first: number[] = []

  get count(): number {
    return this.#count
  }

  /** Adds one blank line or several in a row. @param line number of the first of them */
  add(line: number, count = 1): void {
    for (let at = 0; at < count && this.#first.length < MAX_EXAMPLE_LINES; at++) this.#first.push(line + at)
    this.#count += count
  }

  /** Returns the warning about them, if there are any. */
  warnings(): Warning[] {
    if (this.#count === 0) return []
    const [what, were] =
      this.#count === 1 ? ['One line is', 'was'] : [`${this.#count.toLocaleString('en')} lines are`, 'were']
    const message = `${what} blank and ${were} left out.`
    return [{ code: 'empty-rows', count: this.#count, lines: this.#first, message }]
  }
}
