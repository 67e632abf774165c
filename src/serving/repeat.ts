/**
 * Runs `work` repeatedly; a failure does not stop the repetition.
 * @param pauseMs returns the milliseconds until the next run, from how long the last one took (0 before the first)
 * @returns a function that ends it, and resolves when no run is under way any more
 */
export function repeat(work: () => Promise<void>, pauseMs: (tookMs: number) => number): () => Promise<void> {
  let timer: NodeJS.Timeout | undefined
  let ended = false
  let running: Promise<void> = Promise.resolve()
  const run = async () => {
    const began = performance.now()
    // The work reports its failures itself; the next run comes all the same.
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
