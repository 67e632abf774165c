import { setFlagsFromString } from 'node:v8'

/** By how many percent old objects may grow before they are collected, while many bytes pass. */
const PERCENT = 100

let running = 0

/**
 * Does work through which many bytes pass, such as an upload. Each piece of a body has memory of its own, which V8 counts among the old
 * objects: with a heap of 40 MB it looks through all of these for each 8 MB that pass, which takes several times as long as
 * all else that is done with them. While such work runs, the heap may grow to twice its size in between.
 */
export async function collectLess<T>(work: () => Promise<T>): Promise<T> {
  if (running++ === 0) setFlagsFromString(`--heap-growing-percent=${PERCENT}`)
  try {
    return await work()
  } finally {
    if (--running === 0) setFlagsFromString('--heap-growing-percent=0')
  }
}
