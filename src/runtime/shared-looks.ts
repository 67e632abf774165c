/**
 * Returns a function that looks something up for all who ask at a time: while one look goes on, all who ask meanwhile
 * share the next one. So a caller never gets what was read before it asked, and any number of callers cost two looks.
 */
export function sharedLooks<T>(look: (key: string) => Promise<T>): (key: string) => Promise<T> {
  /** The newest look of each key. */
  const newest = new Map<string, Look<T>>()
  return (key) => {
    const last = newest.get(key)
    if (last && !last.hasBegun) return last.result
    const next = new Look(() => look(key), last?.result)
    newest.set(key, next)
    const forget = () => {
      if (newest.get(key) === next) newest.delete(key)
    }
    next.result.then(forget, forget)
    return next.result
  }
}

class Look<T> {
  hasBegun = false
  readonly result: Promise<T>

  /** @param before the look after which this one begins; undefined: it begins now */
  constructor(look: () => Promise<T>, before: Promise<T> | undefined) {
    const begin = () => {
      this.hasBegun = true
      return look()
    }
    this.result = before ? before.then(begin, begin) : begin()
  }
}
