import { readdirSync } from 'node:fs'
import { constants, getPriority, setPriority } from 'node:os'
import { setFlagsFromString } from 'node:v8'

/** Predictions go before everything else where both want the processor. */
export const BELOW_PREDICTIONS = constants.priority.PRIORITY_BELOW_NORMAL

const ROUNDS = 10

/**
 * Lowers the priority of this process, those of its threads included that run already: on Linux each has its own, and
 * what is started later inherits that of its starter. A priority that is lower already stays, and where the system
 * refuses all goes on as it is.
 * @param nice from 0, the priority of other programs, to 19, the lowest
 */
export function lowerPriority(nice: number = BELOW_PREDICTIONS): void {
  lower(0, nice)
  if (process.platform === 'linux') lowerThreads(threads, nice)
}

/** Lowers the priority of the calling thread, where threads have one (Linux); elsewhere it does nothing. */
export function lowerThreadPriority(): void {
  if (process.platform === 'linux') lower(0, BELOW_PREDICTIONS)
}

/**
 * Lowers the priority of all threads of this process but the first, which runs the event loop: V8's helpers, which
 * collect garbage and compile, and those that read files. On a core that they share with it they took turns with it,
 * four milliseconds each. Only where threads have a priority (Linux); later threads inherit that of their starter.
 *
 * So that the event loop does not wait for them in turn, which takes a third of a second where another program keeps
 * the core busy, it does by itself what they would do while it stands still. (Marking in parallel cannot be given up
 * once V8 runs.)
 */
export function lowerHelpers(): void {
  if (process.platform !== 'linux') return
  for (const part of ['scavenge', 'compaction', 'pointer-update']) setFlagsFromString(`--no-parallel-${part}`)
  lowerThreads(() => threads().filter((thread) => thread !== process.pid), BELOW_PREDICTIONS)
}

/** Again, as long as there are some: one that was not lowered yet may have started another meanwhile. */
function lowerThreads(threads: () => number[], nice: number): void {
  for (let round = 0; round < ROUNDS; round++) {
    const lowered = threads().filter((thread) => lower(thread, nice))
    if (lowered.length === 0) return
  }
}

/** @param id of a process or a thread; 0: the calling one @returns whether it was higher */
function lower(id: number, nice: number): boolean {
  try {
    if (getPriority(id) >= nice) return false
    setPriority(id, nice)
    return true
  } catch {
    // It has ended, or may not.
    return false
  }
}

function threads(): number[] {
  try {
    return readdirSync('/proc/self/task').map(Number)
  } catch {
    return []
  }
}
