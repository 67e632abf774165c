/** Wakes one waiter. Raised while nobody waits, it stays raised for the next `wait`. */
export class Signal {
  #isRaised = false
  #wake: (() => void) | undefined

  /** Ends the wait that is going on, or else the next one. */
  raise(): void {
    this.#isRaised = true
    this.#wake?.()
  }

  /**
   * Waits until the signal is raised, at once if it already is, and lowers it again. One wait at a time.
   * @param timeoutMs milliseconds after which the wait ends without it; default: never
   * @returns whether it was raised
   */
  async wait(timeoutMs?: number): Promise<boolean> {
    if (!this.#isRaised) await this.#sleep(timeoutMs)
    const wasRaised = this.#isRaised
    this.#isRaised = false
    return wasRaised
  }

  async #sleep(timeoutMs: number | undefined): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    await new Promise<void>((resolve) => {
      this.#wake = resolve
      if (timeoutMs !== undefined) timer = setTimeout(resolve, timeoutMs)
    })
    clearTimeout(timer)
    this.#wake = undefined
  }
}
