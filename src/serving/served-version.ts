import type { Predictor } from '../models/predictor.ts'
import { inTurns } from '../runtime/steps.ts'

let uses = 0

/** A version in memory, until no request needs it any more. */
export class ServedVersion {
  readonly version: number
  readonly predictor: Predictor
  /** Position of its last use among the uses of all versions. */
  lastUsed = 0
  /** Requests that it is answering over more than one turn of the event loop. */
  #holders = 0
  #retired = false

  constructor(version: number, predictor: Predictor) {
    this.version = version
    this.predictor = predictor
    this.use()
  }

  /** Marks it as the most recently used version. */
  use(): void {
    uses += 1
    this.lastUsed = uses
  }

  /** Keeps it in memory until `release`. @returns false where it has been retired, and the caller must find another */
  hold(): boolean {
    if (this.#retired) return false
    this.#holders += 1
    return true
  }

  /** Ends a `hold`. */
  release(): void {
    this.#holders -= 1
    if (this.#retired) this.#freeUnlessHeld()
  }

  /** Takes it out of service: its memory is freed as soon as no request holds it. */
  retire(): void {
    if (this.#retired) return
    this.#retired = true
    this.#freeUnlessHeld()
  }

  #freeUnlessHeld(): void {
    if (this.#holders > 0) return
    // Memory that cannot be freed now is left to the garbage collector.
    inTurns(this.predictor.freeSteps()).catch(() => undefined)
  }
}
