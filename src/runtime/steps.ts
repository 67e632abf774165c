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
  for (let began = performance.now(); ; ) {
    const { done, value } = steps.next()
    if (done) return value
    if (performance.now() - began < TURN_MS) continue
    await turn()
    began = performance.now()
  }
}
