// The growth of a regression tree over binned columns (src/training/trees lays out the memory): sums of gradients by bin,
// and the division of a leaf's rows.
//
// Bins are row-major, one byte for each column of a row. A histogram has 16 bytes for each bin of each column: the sum of
// the gradients of the rows in it, then that of their second derivatives, 64-bit floats. Both are one vector, so that a
// row costs one addition for each column. Sums add the rows in the order of the list, so that their bits do not depend on
// how the columns are divided among calls.

/** Bytes of a bin of a histogram, and of a row's pair of gradient and second derivative. */
const PAIR: usize = 16

/**
 * Adds rows to a histogram.
 * @param bins shape [rows of the table, stride], one byte each
 * @param stride columns of the table
 * @param rows the `count` row numbers, 32 bits each
 * @param gradients a pair for each row of the table
 * @param columns the `width` columns to sum: 32 bits with the column's number, 32 bits with the first byte of its bins
 */
export function treeHistogram(
  bins: usize,
  stride: u32,
  rows: usize,
  count: u32,
  gradients: usize,
  columns: usize,
  width: u32,
  histogram: usize,
): void {
  const end = rows + ((<usize>count) << 2)
  const last = columns + ((<usize>width) << 3)
  for (; rows < end; rows += 4) {
    const row = <usize>load<u32>(rows)
    const pair = v128.load(gradients + row * PAIR)
    const own = bins + row * stride
    for (let column = columns; column < last; column += 8) {
      const bin = <usize>load<u8>(own + load<u32>(column))
      const at = histogram + load<u32>(column, 4) + (bin << 4)
      v128.store(at, f64x2.add(v128.load(at), pair))
    }
  }
}

/**
 * Counts rows by bin: 32 bits for each bin. `columns` is that of `treeHistogram`, so a bin's count stands at a quarter of
 * the place of its pair.
 */
export function treeCounts(
  bins: usize,
  stride: u32,
  rows: usize,
  count: u32,
  columns: usize,
  width: u32,
  counts: usize,
): void {
  const end = rows + ((<usize>count) << 2)
  const last = columns + ((<usize>width) << 3)
  for (; rows < end; rows += 4) {
    const own = bins + (<usize>load<u32>(rows)) * stride
    for (let column = columns; column < last; column += 8) {
      const bin = <usize>load<u8>(own + load<u32>(column))
      const at = counts + (load<u32>(column, 4) >> 2) + (bin << 2)
      store<u32>(at, load<u32>(at) + 1)
    }
  }
}

/** whole −= part, for the pairs of two histograms: what is left is the histogram of the other rows. */
export function treeSubtract(whole: usize, part: usize, pairs: u32): void {
  const end = whole + (<usize>pairs) * PAIR
  for (; whole < end; whole += PAIR, part += PAIR)
    v128.store(whole, f64x2.sub(v128.load(whole), v128.load(part)))
}

/** whole −= part, for the counts of two histograms. */
export function treeSubtractCounts(whole: usize, part: usize, count: u32): void {
  const end = whole + ((<usize>count) << 2)
  for (; whole < end; whole += 4, part += 4) store<u32>(whole, load<u32>(whole) - load<u32>(part))
}

/**
 * Divides a leaf's rows in place: those whose bin goes left come first, and both parts keep their order.
 * @param bins at the first row's byte of the column to divide by
 * @param isLeft a byte for each bin: 1 if it goes left, else 0
 * @param scratch room for `count` row numbers
 * @returns how many rows go left
 */
export function treeDivide(
  bins: usize,
  stride: u32,
  rows: usize,
  count: u32,
  isLeft: usize,
  scratch: usize,
): u32 {
  const end = rows + ((<usize>count) << 2)
  let left = rows
  let right = scratch
  for (let at = rows; at < end; at += 4) {
    const row = load<u32>(at)
    const goes = <usize>load<u8>(isLeft + <usize>load<u8>(bins + (<usize>row) * stride))
    // Both places are written, and only one of them is kept: no branch has to be guessed.
    store<u32>(left, row)
    store<u32>(right, row)
    left += goes << 2
    right += (1 - goes) << 2
  }
  memory.copy(left, scratch, right - scratch)
  return <u32>((left - rows) >> 2)
}
