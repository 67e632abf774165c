/** Work on the same thing, one after the other within this process. */
export interface Turns {
  one<T>(key: string, work: () => Promise<T>): Promise<T>
  /** Waits for all keys, in one order everywhere, so that two never wait for each other. */
  all<T>(keys: readonly string[], work: () => Promise<T>): Promise<T>
}

export function createTurns(): Turns {
  const last = new Map<string, Promise<unknown>>()
  const one = async <T>(key: string, work: () => Promise<T>): Promise<T> => {
    const before = last.get(key) ?? Promise.resolve()
    const mine = before.then(work, work)
    const settled = mine.catch(() => {})
    last.set(key, settled)
    try {
      return await mine
    } finally {
      if (last.get(key) === settled) last.delete(key)
    }
  }
  const all = <T>(keys: readonly string[], work: () => Promise<T>): Promise<T> => {
    const [first, ...rest] = [...new Set(keys)].sort()
    return first === undefined ? work() : one(first, () => all(rest, work))
  }
  return { one, all }
}
