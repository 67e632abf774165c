/**
 * Returns the positions of the points that a line needs to look the same: the first, last, lowest and highest point in
 * each of `columns` equal parts of the x-axis (M4, Jugel et al. 2014). At most four for each column; all points where
 * there are no more.
 * @param x ascending
 */
export function thinned(x: ArrayLike<number>, y: ArrayLike<number>, columns: number): number[] {
  const all = Array.from({ length: x.length }, (_, at) => at)
  if (x.length <= columns * 4) return all
  const from = x[0] ?? 0
  const to = x[x.length - 1] ?? 0
  const columnOf = (at: number) =>
    to > from ? Math.min(columns - 1, Math.floor((((x[at] ?? 0) - from) / (to - from)) * columns)) : 0
  const kept: number[] = []
  for (let start = 0; start < x.length; ) {
    const column = columnOf(start)
    let end = start
    let lowest = start
    let highest = start
    while (end < x.length && columnOf(end) === column) {
      if ((y[end] ?? 0) < (y[lowest] ?? 0)) lowest = end
      if ((y[end] ?? 0) > (y[highest] ?? 0)) highest = end
      end += 1
    }
    kept.push(...new Set([start, lowest, highest, end - 1].sort((a, b) => a - b)))
    start = end
  }
  return kept
}

/** Rounds to seven digits after the point: more than a picture shows, and less than a file would hold. */
export function rounded(value: number): number {
  return Math.round(value * 1e7) / 1e7
}

/** Rounds to seven significant digits, for values of any size. */
export function significant(value: number): number {
  return Number(value.toPrecision(7))
}
