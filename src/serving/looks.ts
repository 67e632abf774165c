/**
 * Does the work again and again, whether it fails or not. @param pauseMs milliseconds until the next time, by how long
 * the last took, 0 before the first @returns what ends it, resolving when nothing is under way any more
 */
export function repeat(work: () => Promise<void>, pauseMs: (tookMs: number) => number): () => Promise<void> {
  let timer: NodeJS.Timeout | undefined
  let ended = false
  let running: Promise<void> = Promise.resolve()
  const run = async () => {
    const began = performance.now()
    await work().catch(() => undefined)
    if (!ended) plan(performance.now() - began)
  }
  const plan = (tookMs: number) => {
    timer = setTimeout(() => {
      running = run()
    }, pauseMs(tookMs)).unref()
  }
  plan(0)
  return async () => {
    ended = true
    clearTimeout(timer)
    await running
  }
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
