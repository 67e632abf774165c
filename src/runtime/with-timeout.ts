/**
 * Waits for `work`, but no longer than `ms` milliseconds. The work itself goes on; its late result or failure is
 * dropped.
 * @param onTimeout called when the time is up: gives the result instead, or throws to reject
 */
export async function withTimeout<T, Late = never>(
  work: Promise<T>,
  ms: number,
  onTimeout: () => Late,
): Promise<T | Late> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  }).then(onTimeout)
  try {
    return await Promise.race([work, timeout])
  } finally {
    clearTimeout(timer)
  }
}

/** Returns whether `work` settles, well or not, within `ms` milliseconds. Never rejects. */
export function settledWithin(ms: number, work: Promise<unknown>): Promise<boolean> {
  const settled = work.then(
    () => true,
    () => true,
  )
  return withTimeout(settled, ms, () => false)
}
