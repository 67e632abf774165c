import { setImmediate as turn } from 'node:timers/promises'

/** Long work in short steps, which may be interrupted at each `yield`. */
export type Steps<T> = Generator<void, T, void>

/** Milliseconds of work after which the event loop gets its turn. */
const TURN_MS = 1

/** Does all steps now. Returns the work's result. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
  }
}

/** Does the steps in short runs, between which the event loop does what else waits. Returns the work's result. */
export async function inTurns<T>(steps: Steps<T>): Promise<T> {
  for (const turns = new Turns(TURN_MS); ; ) {
    const { done, value } = steps.next()
    if (done) return value
    if (turns.isDue) await turns.take()
  }
}

/** Tells a loop when to let others run, and lets them. The loop asks without waiting, so that short work stays at once. */
export class Turns {
  readonly #workMs: number
  #began = performance.now()

  /** @param workMs milliseconds of work after which the event loop gets its turn */
  constructor(workMs: number) {
    this.#workMs = workMs
  }

  /** True once the loop has worked as long as it may. */
  get isDue(): boolean {
    return performance.now() - this.#began >= this.#workMs
  }

  /** Resolves after the event loop's turn. */
  async take(): Promise<void> {
    await turn()
    this.#began = performance.now()
  }
}
