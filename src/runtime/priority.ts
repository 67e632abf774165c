import { readdirSync } from 'node:fs'
import { constants, getPriority, setPriority } from 'node:os'
import { setFlagsFromString } from 'node:v8'

/** Priority of all work but predictions, which go first where both want the processor. */
export const BELOW_PREDICTIONS = constants.priority.PRIORITY_BELOW_NORMAL

/** Passes over the threads at most: each may find threads that were started meanwhile. */
const ROUNDS = 10

/**
 * Lowers the priority of this process and of all its running threads: on Linux each thread has its own, and a new
 * thread inherits that of its starter. A priority that is lower already stays. If the system refuses, nothing changes.
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
 * collect garbage and compile, and the threads that read files. On a core that they share with the event loop they took
 * turns with it, four milliseconds each. Does nothing where threads have no priority (other systems than Linux). Later
 * threads inherit the priority of their starter.
 *
 * The event loop must not wait for such a thread in turn: where another program keeps the core busy, that takes a third
 * of a second. So V8 is set to do, on the event loop's thread, the parts of a collection during which the loop
 * is stopped. (Parallel marking cannot be turned off once V8 runs.)
 */
export function runHelpersAtLowerPriority(): void {
  if (process.platform !== 'linux') return
  for (const part of ['scavenge', 'compaction', 'pointer-update']) setFlagsFromString(`--no-parallel-${part}`)
  lowerThreads(() => threads().filter((thread) => thread !== process.pid), BELOW_PREDICTIONS)
}

/** Lowers all threads, again while there are some to lower: a thread may have started another before it was lowered. */
function lowerThreads(threads: () => number[], nice: number): void {
  for (let round = 0; round < ROUNDS; round++) {
    const lowered = threads().filter((thread) => lower(thread, nice))
    if (lowered.length === 0) return
  }
}

/** Lowers a process or thread (id 0: the calling one). Returns whether its priority was higher. */
function lower(id: number, nice: number): boolean {
  try {
    if (getPriority(id) >= nice) return false
    setPriority(id, nice)
    return true
  } catch {
    // The thread has ended, or the system refuses.
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
