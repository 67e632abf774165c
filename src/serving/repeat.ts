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
