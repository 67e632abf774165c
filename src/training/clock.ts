/** Milliseconds of steps after which the process looks at its messages, so that a cancel is heard. */
const BREATH_MS = 100
const PROGRESS_MS = 400

/** When to look at messages, when to report, and how long the rest of a fit will take. */
export class Clock {
  readonly #epochs: number
  readonly #before: number
  readonly #started = performance.now()
  #breathed = performance.now()
  #reported = performance.now()

  /** @param before epochs that another process has done */
  constructor(epochs: number, before: number) {
    this.#epochs = epochs
    this.#before = before
  }

  breathe(): boolean {
    const now = performance.now()
    if (now - this.#breathed < BREATH_MS) return false
    this.#breathed = now
    return true
  }

  reportDue(): boolean {
    const now = performance.now()
    if (now - this.#reported < PROGRESS_MS) return false
    this.#reported = now
    return true
  }

  /** @param done epochs done, with the running one's share */
  etaSeconds(done: number): number {
    this.#reported = performance.now()
    const seconds = (this.#reported - this.#started) / 1000
    const own = done - this.#before
    return own > 0 ? Math.max(0, Math.round((seconds / own) * (this.#epochs - done) * 10) / 10) : 0
  }
}
