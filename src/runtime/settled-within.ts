/** Waits for the work, but no longer than so: whether it has settled by then. It never rejects. */
export async function settledWithin(ms: number, work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, ms, false)
  })
  const settled = work.then(
    () => true,
    () => true,
  )
  const outcome = await Promise.race([settled, late])
  clearTimeout(timer)
  return outcome
}
