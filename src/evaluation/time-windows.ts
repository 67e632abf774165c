/**
 * Divides rows into windows that follow each other in time; rows of one time are in one window. Each window begins at the
 * change of times that is nearest to the row where it should begin, and holds at least one row.
 * @param times of each row, finite
 * @param starts rows before each window but the first, ascending; there are more different times than these
 * @returns the window of each row, from 0
 */
export function timeWindows(times: Float64Array, starts: readonly number[]): Uint32Array {
  const order = Uint32Array.from(times, (_, row) => row).sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0))
  const changes: number[] = []
  for (let at = 1; at < order.length; at++)
    if (times[order[at] ?? 0] !== times[order[at - 1] ?? 0]) changes.push(at)
  const cuts: number[] = []
  let next = 0
  for (const [index, start] of starts.entries()) {
    // Each window after this one needs a change of its own.
    const last = changes.length - (starts.length - index)
    let best = next
    for (let each = next; each <= last && (changes[best] ?? 0) < start; each++)
      if (Math.abs((changes[each] ?? 0) - start) < Math.abs((changes[best] ?? 0) - start)) best = each
    next = best + 1
    cuts.push(changes[best] ?? 0)
  }
  const windows = new Uint32Array(times.length)
  let window = 0
  for (const [at, row] of order.entries()) {
    while (window < cuts.length && at >= (cuts[window] ?? 0)) window += 1
    windows[row] = window
  }
  return windows
}

/**
 * Returns where the windows of expanding folds begin, as in scikit-learn's TimeSeriesSplit: of one size, at the end of the
 * rows, so that the first fold is trained on what is left over.
 */
export function foldStarts(rows: number, kFold: number): number[] {
  const size = Math.floor(rows / (kFold + 1))
  return Array.from({ length: kFold }, (_, fold) => rows - (kFold - fold) * size)
}
