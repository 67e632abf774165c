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
