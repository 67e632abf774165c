import { setImmediate as turn } from 'node:timers/promises'

/** Long work in short steps: it may be interrupted at each `yield`. */
export type Steps<T> = Generator<void, T, void>

/** Milliseconds of work after which others get their turn. */
const TURN_MS = 1

/** Does all of it now. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
  }
}

/** Does it in turns of a few milliseconds, between which the process does whatever else waits. */
export async function inTurns<T>(steps: Steps<T>): Promise<T> {
  for (let began = performance.now(); ; ) {
    const { done, value } = steps.next()
    if (done) return value
    if (performance.now() - began < TURN_MS) continue
    await turn()
    began = performance.now()
  }
}
