/**
 * Does the work for each item, at most `atOnce` at a time. After a failure the others go on, one fewer at a time, so that a
 * store which fails now and then does not keep a scan from the items at its end.
 * @throws one of the failures, once no work is running
 */
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
