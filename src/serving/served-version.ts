import type { Predictor } from '../models/predictor.ts'
import { inTurns } from '../runtime/steps.ts'

let uses = 0

/** A version in memory, until nobody needs it any more. */
export class ServedVersion {
  readonly version: number
  readonly predictor: Predictor
  /** Grows with each use of any version. */
  lastUsed = 0
  /** Requests that are being answered by it, over more than one turn of the event loop. */
  #holders = 0
  #retired = false

  constructor(version: number, predictor: Predictor) {
    this.version = version
    this.predictor = predictor
    this.use()
  }

  use(): void {
    uses += 1
    this.lastUsed = uses
  }

  /** Keeps it in memory until `release`. @returns false where it has been retired: look for another */
  hold(): boolean {
    if (this.#retired) return false
    this.#holders += 1
    return true
  }

  release(): void {
    this.#holders -= 1
    if (this.#retired) this.#freeUnlessHeld()
  }

  /** Nobody is to find it from now on: its memory is given back as soon as no request needs it. */
  retire(): void {
    if (this.#retired) return
    this.#retired = true
    this.#freeUnlessHeld()
  }

  #freeUnlessHeld(): void {
    if (this.#holders > 0) return
    // What cannot be given back now is left to the collector.
    inTurns(this.predictor.freeSteps()).catch(() => undefined)
  }
}
