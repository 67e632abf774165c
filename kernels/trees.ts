// The growth of regression trees over binned columns (src/training/trees lays out the memory): sums of gradients by bin,
// the division of a leaf's rows, and the answers of a tree. It is a program of its own, whose memory threads share.
//
// Bins have one byte and are there twice: row by row for the sums, where a row's gradient is read once for all its columns,
// and column by column for the division of rows, which reads one column only. Columns stand in groups of four with room for
// equally many bins; the histogram of a group is those of its columns, one behind the other. A bin of a histogram has 16
// bytes: the sum of the gradients of the rows in it, then that of their second derivatives, 64-bit floats. Both are one
// vector, so that a row costs one addition for each column. Sums add the rows in the order of the list, so that their bits
// do not depend on how the columns are divided among calls and threads.

/** Bytes of a bin of a histogram, and of a row's pair of gradient and second derivative. */
const PAIR: usize = 16
/** Bytes of a group's entry: three numbers of 32 bits, see `treeHistogram`. */
const GROUP: usize = 12
/** Bytes of the numbers of the rows that are read ahead at once. */
const AHEAD: usize = 64 << 2
/** Bytes of a node: see `treeWalk`. */
const NODE: usize = 16
/** Marks a leaf. */
const LEAF: u32 = 0xffffffff
/** Where numbers go that were read to bring them into the cache: the compiler leaves out what has no effect. */
const SINK: usize = 0

/**
 * Adds rows to a histogram.
 * @param bins shape [rows of the table, stride], one byte each
 * @param rows the `count` row numbers, 32 bits each
 * @param gradients a pair for each row of the table
 * @param groups the `width` groups of columns to sum. For each the first byte of its bins in a row, the first byte of its
 *   histogram, and the bytes between the histograms of its columns
 * @param counts where rows are counted by bin, 32 bits each, at a quarter of the place of the bin's pair; 0: they are not
 * @param apart whether the rows are far from each other: the next ones are then read ahead, since each would be waited for
 */
export function treeHistogram(
  bins: usize,
  stride: u32,
  rows: usize,
  count: u32,
  gradients: usize,
  groups: usize,
  width: u32,
  histogram: usize,
  counts: usize,
  apart: bool,
): void {
  const end = rows + ((<usize>count) << 2)
  const last = groups + <usize>width * GROUP
  while (rows < end) {
    const stop = min(end, rows + AHEAD)
    if (apart) readAhead(bins + load<u32>(groups), load<u32>(last - GROUP) - load<u32>(groups), stride, rows, stop, gradients)
    for (let at = rows; at < stop; at += 4) {
      const row = <usize>load<u32>(at)
      const pair = v128.load(gradients + row * PAIR)
      const own = bins + row * stride
      for (let group = groups; group < last; group += GROUP)
        addPair(
          histogram + load<u32>(group, 4),
          load<u32>(group, 8),
          load<u32>(own + load<u32>(group)),
          pair,
        )
    }
    if (counts)
      for (let at = rows; at < stop; at += 4) {
        const own = bins + (<usize>load<u32>(at)) * stride
        for (let group = groups; group < last; group += GROUP)
          addOne(counts + (load<u32>(group, 4) >> 2), load<u32>(group, 8) >> 2, load<u32>(own + load<u32>(group)))
      }
    rows = stop
  }
}

/** Reads pairs of rows, and their bins at both ends of the columns to sum. @param length bytes between the two */
function readAhead(
  bins: usize,
  length: u32,
  stride: u32,
  rows: usize,
  end: usize,
  gradients: usize,
): void {
  let read: u64 = 0
  for (; rows < end; rows += 4) {
    const row = <usize>load<u32>(rows)
    const own = bins + row * stride
    read ^= load<u32>(own) ^ load<u32>(own + length) ^ load<u64>(gradients + row * PAIR)
  }
  store<u64>(SINK, read)
}

/** Adds a row's pair to the histograms of four columns. @param four their bins, a byte each */
// @ts-ignore: decorators are the compiler's own
@inline
function addPair(at: usize, step: usize, four: u32, pair: v128): void {
  const first = at + <usize>((four << 4) & 0xff0)
  v128.store(first, f64x2.add(v128.load(first), pair))
  const second = at + step + <usize>((four >> 4) & 0xff0)
  v128.store(second, f64x2.add(v128.load(second), pair))
  const third = at + (step << 1) + <usize>((four >> 12) & 0xff0)
  v128.store(third, f64x2.add(v128.load(third), pair))
  const fourth = at + step * 3 + <usize>((four >> 20) & 0xff0)
  v128.store(fourth, f64x2.add(v128.load(fourth), pair))
}

/** Counts a row in four columns. @param four their bins, a byte each */
// @ts-ignore: decorators are the compiler's own
@inline
function addOne(at: usize, step: usize, four: u32): void {
  const first = at + <usize>((four << 2) & 0x3fc)
  store<u32>(first, load<u32>(first) + 1)
  const second = at + step + <usize>((four >> 6) & 0x3fc)
  store<u32>(second, load<u32>(second) + 1)
  const third = at + (step << 1) + <usize>((four >> 14) & 0x3fc)
  store<u32>(third, load<u32>(third) + 1)
  const fourth = at + step * 3 + <usize>((four >> 22) & 0x3fc)
  store<u32>(fourth, load<u32>(fourth) + 1)
}

/** Sets `total`, a pair, to the sum over rows. */
export function treeTotal(rows: usize, count: u32, gradients: usize, total: usize): void {
  const end = rows + ((<usize>count) << 2)
  let sum = f64x2.splat(0)
  for (; rows < end; rows += 4) sum = f64x2.add(sum, v128.load(gradients + (<usize>load<u32>(rows)) * PAIR))
  v128.store(total, sum)
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
 * @param column the bins of the column to divide by, a byte for each row of the table
 * @param isLeft a byte for each bin: 1 if it goes left, else 0
 * @param scratch room for `count` row numbers
 * @returns how many rows go left
 */
export function treeDivide(column: usize, rows: usize, count: u32, isLeft: usize, scratch: usize): u32 {
  const end = rows + ((<usize>count) << 2)
  let left = rows
  let right = scratch
  for (let at = rows; at < end; at += 4) {
    const row = load<u32>(at)
    const goes = <usize>load<u8>(isLeft + <usize>load<u8>(column + <usize>row))
    // Both places are written, and only one of them is kept: no branch has to be guessed.
    store<u32>(left, row)
    store<u32>(right, row)
    left += goes << 2
    right += (1 - goes) << 2
  }
  memory.copy(left, scratch, right - scratch)
  return <u32>((left - rows) >> 2)
}

/**
 * Adds a leaf's answer to the sums of its rows.
 * @param sums the sum of row 0, a 64-bit float
 * @param step bytes between the sums of two rows
 */
export function treeAnswer(rows: usize, count: u32, answer: f64, sums: usize, step: u32): void {
  const end = rows + ((<usize>count) << 2)
  for (; rows < end; rows += 4) {
    const at = sums + <usize>load<u32>(rows) * step
    store<f64>(at, load<f64>(at) + answer)
  }
}

/**
 * Adds a tree's answers to the sums of rows that it was not grown on.
 * @param bins shape [rows, stride], one byte each
 * @param rows the `count` row numbers, 32 bits each; 0: the first `count` rows
 * @param nodes the tree's, root first. Of each the column or `LEAF` (32 bits), the number of the left child, behind which
 *   the right one stands (32 bits), and the answer (a 64-bit float)
 * @param isLeft for each node a byte for each of 256 bins: 1 if it goes left, else 0
 * @param sums as of `treeAnswer`
 */
export function treeWalk(
  bins: usize,
  stride: u32,
  rows: usize,
  count: u32,
  nodes: usize,
  isLeft: usize,
  sums: usize,
  step: u32,
): void {
  for (let at: u32 = 0; at < count; at++) {
    const row = rows ? <usize>load<u32>(rows + ((<usize>at) << 2)) : <usize>at
    const own = bins + row * stride
    let node: usize = 0
    for (let column = load<u32>(nodes); column != LEAF; column = load<u32>(nodes + node * NODE)) {
      const goes = <usize>load<u8>(isLeft + (node << 8) + <usize>load<u8>(own + <usize>column))
      node = <usize>load<u32>(nodes + node * NODE, 4) + 1 - goes
    }
    const to = sums + row * step
    store<f64>(to, load<f64>(to) + load<f64>(nodes + node * NODE, 8))
  }
}
