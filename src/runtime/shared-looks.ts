/**
 * Returns a function that looks up the result for a key. Calls during a look-up share the next one, which starts when
 * the running one has ended: so no caller gets a result that was read before its call, and any number of callers at
 * the same time cost two look-ups.
 */
export function sharedLooks<T>(look: (key: string) => Promise<T>): (key: string) => Promise<T> {
  /** The newest look-up of each key. */
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

  /** @param before the look-up after which this one starts; undefined: it starts now */
  constructor(look: () => Promise<T>, before: Promise<T> | undefined) {
    const begin = () => {
      this.hasBegun = true
      return look()
    }
    this.result = before ? before.then(begin, begin) : begin()
  }
}
