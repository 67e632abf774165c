/** Of the time, at most one part in so many goes into looks at all models. */
const ALL_MODELS_SHARE = 50
const MAX_BETWEEN_ALL_MS = 60_000

/**
 * Looks for changes every `lookMs` milliseconds, one look after the other: at all models as often as their number
 * allows, every time where that takes moments and at least once a minute, and in between only at those of which a
 * change was noted. Answers what ends it.
 */
export function repeatLooks(lookMs: number, look: (all: boolean) => Promise<void>): () => void {
  let nextOfAll = 0
  let busy = false
  const timer = setInterval(async () => {
    if (busy) return
    busy = true
    const began = performance.now()
    const all = began >= nextOfAll
    const done = await look(all).then(
      () => true,
      () => false,
    )
    // A look that broke off may have read notes that nothing came of.
    if (!done) nextOfAll = 0
    else if (all)
      nextOfAll =
        began + Math.min(MAX_BETWEEN_ALL_MS, Math.max(0, performance.now() - began) * ALL_MODELS_SHARE)
    busy = false
  }, lookMs)
  timer.unref()
  return () => clearInterval(timer)
}

/** Does the work for each item, a few at a time. Rejects with the first failure, when the running ones have ended. */
export async function inParallel<T>(
  items: Iterable<T>,
  atOnce: number,
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  const waiting = items[Symbol.iterator]()
  const one = async () => {
    for (let next = waiting.next(); !next.done; next = waiting.next()) await work(next.value)
  }
  const ended = await Promise.allSettled(Array.from({ length: atOnce }, one))
  for (const end of ended) if (end.status === 'rejected') throw end.reason
}
