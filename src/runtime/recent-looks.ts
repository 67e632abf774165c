import { forgetOldest } from './forget-oldest.ts'

/** A cache of results that are looked up, each for a short time. */
export interface RecentLooks<T> {
  /** Returns the result for a key: the last one if it is recent enough, otherwise a new one. */
  of(key: string): Promise<T>
  /** Forgets all results, so that the next call for each key looks it up again. */
  forget(): void
}

/**
 * Creates a cache of results that may be a little out of date, such as figures that many clients poll. A look-up that
 * fails is not kept.
 * @param look looks up the result for a key
 * @param freshMs milliseconds for which a result is used, from the start of its look-up
 * @param maxKeys limit on the results that are kept; the oldest goes first
 */
export function recentLooks<T>(
  look: (key: string) => Promise<T>,
  freshMs: number,
  maxKeys: number,
): RecentLooks<T> {
  const kept = new Map<string, { began: number; result: Promise<T> }>()
  return {
    of(key) {
      const last = kept.get(key)
      if (last && performance.now() - last.began < freshMs) return last.result
      const next = { began: performance.now(), result: look(key) }
      // Behind the others: the oldest is the first of the map.
      kept.delete(key)
      kept.set(key, next)
      forgetOldest(kept, maxKeys)
      next.result.catch(() => {
        if (kept.get(key) === next) kept.delete(key)
      })
      return next.result
    },
    forget: () => kept.clear(),
  }
}
