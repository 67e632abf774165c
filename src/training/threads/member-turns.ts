/** Lets a limited number of networks work at once; the others wait in the order in which they asked. */
export class MemberTurns {
  #free: number
  readonly #waiting: (() => void)[] = []

  /** @param places networks that may work at once */
  constructor(places: number) {
    this.#free = places
  }

  /** Resolves when it is the caller's turn. */
  take(): Promise<void> {
    if (this.#free > 0) {
      this.#free -= 1
      return Promise.resolve()
    }
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  /** Ends a turn. */
  end(): void {
    const next = this.#waiting.shift()
    if (next) next()
    else this.#free += 1
  }
}
