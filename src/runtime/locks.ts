import { type Serial, serial } from './serial.ts'

/** Locks by key: within this process, work under the same key runs one after the other. */
export interface Locks {
  /** Runs work under one key. */
  one<T>(key: string, work: () => Promise<T>): Promise<T>
  /**
   * Runs work under several keys. They are taken in one order everywhere, so that two works never wait for each other.
   */
  all<T>(keys: readonly string[], work: () => Promise<T>): Promise<T>
}

/** Makes a set of locks in which no key is taken. */
export function createLocks(): Locks {
  const queues = new Map<string, { run: Serial; works: number }>()
  const one = async <T>(key: string, work: () => Promise<T>): Promise<T> => {
    const queue = queues.get(key) ?? { run: serial(), works: 0 }
    queues.set(key, queue)
    queue.works++
    try {
      return await queue.run(work)
    } finally {
      queue.works--
      // Keys come from uploads, so a queue that has run empty is forgotten.
      if (queue.works === 0) queues.delete(key)
    }
  }
  const all = <T>(keys: readonly string[], work: () => Promise<T>): Promise<T> => {
    const [first, ...rest] = [...new Set(keys)].sort()
    return first === undefined ? work() : one(first, () => all(rest, work))
  }
  return { one, all }
}
