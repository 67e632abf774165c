/** Milliseconds of steps after which the process reads its messages, so that it notices a cancel. */
const BREATH_MS = 100
/** Milliseconds between two reports within an epoch. */
const PROGRESS_MS = 400

/** Decides when a fit reads messages and reports, and estimates the time that is left. */
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

  /** Returns true once every `BREATH_MS`: it is time to read messages. */
  breathe(): boolean {
    const now = performance.now()
    if (now - this.#breathed < BREATH_MS) return false
    this.#breathed = now
    return true
  }

  /** Returns true once every `PROGRESS_MS`: a report is due. */
  reportDue(): boolean {
    const now = performance.now()
    if (now - this.#reported < PROGRESS_MS) return false
    this.#reported = now
    return true
  }

  /** Returns the seconds that are left. @param done epochs done, with the running one's share */
  etaSeconds(done: number): number {
    this.#reported = performance.now()
    const seconds = (this.#reported - this.#started) / 1000
    const own = done - this.#before
    return own > 0 ? Math.max(0, Math.round((seconds / own) * (this.#epochs - done) * 10) / 10) : 0
  }
}
