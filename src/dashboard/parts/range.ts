/** The smallest and the largest of some values. */
export interface Range {
  low: number
  high: number
}

/**
 * Returns the range of the values that are known; undefined without any. It is found by a loop: folds of many epochs have
 * more values than a function may have arguments in some browsers.
 */
export function rangeOf(values: Iterable<number | null>): Range | undefined {
  let range: Range | undefined
  for (const value of values) {
    if (value === null) continue
    if (!range) range = { low: value, high: value }
    else if (value < range.low) range.low = value
    else if (value > range.high) range.high = value
  }
  return range
}
