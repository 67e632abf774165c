import { readFileSync } from 'node:fs'
import { setImmediate as turn } from 'node:timers/promises'

/** Milliseconds of processor time of this thread; of all threads where the system does not tell (Linux only). */
function processorMs(): number {
  try {
    return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0]) / 1e6
  } catch {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1000
  }
}

/** The longest processor time between two turns of the event loop until something is done, in milliseconds. */
export async function longestTurn(work: () => Promise<unknown>): Promise<number> {
  let longest = 0
  let done = false
  let before = processorMs()
  const watch = () => {
    const now = processorMs()
    longest = Math.max(longest, now - before)
    before = now
    if (!done) setImmediate(watch)
  }
  setImmediate(watch)
  await work()
  // The last one counts too.
  await turn()
  done = true
  return longest
}
