import { forgetOldest } from './forget-oldest.ts'

/** Looks whose results are shared for a while. */
export interface RecentLooks<T> {
  /** Returns what was looked up last under a key, if that is recent enough; looks it up otherwise. */
  of(key: string): Promise<T>
  /** Has the next call for each key look again. */
  forget(): void
}

/**
 * Makes any number of calls cost one look per key in each span of time: for what many may ask and need not know to the
 * millisecond. A look that failed is not kept.
 * @param freshMs milliseconds for which a result is shared, from the begin of its look
 * @param most limit on the keys that are kept; the oldest goes first
 */
export function recentLooks<T>(
  look: (key: string) => Promise<T>,
  freshMs: number,
  most: number,
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
      forgetOldest(kept, most)
      next.result.catch(() => {
        if (kept.get(key) === next) kept.delete(key)
      })
      return next.result
    },
    forget: () => kept.clear(),
  }
}
