/** Bits of a digit: 32-bit numbers have three, and the counts of one digit fit into the first cache. */
const DIGIT_BITS = 11
const DIGITS = 1 << DIGIT_BITS

/**
 * Orders rows by columns of whole numbers, the first column deciding first. A stable radix sort, since comparing
 * millions of rows by calls takes ten times as long.
 * @returns the row of each position
 */
export function orderByColumns(columns: readonly Uint32Array[]): Uint32Array {
  const rows = columns[0]?.length ?? 0
  let order = Uint32Array.from({ length: rows }, (_, row) => row)
  let sorted = new Uint32Array(rows)
  for (const column of [...columns].reverse()) {
    let largest = 0
    for (const value of column) if (value > largest) largest = value
    for (let shift = 0; shift < 32 && largest >>> shift > 0; shift += DIGIT_BITS) {
      sortByDigit(order, sorted, column, shift)
      ;[order, sorted] = [sorted, order]
    }
  }
  return order
}

function sortByDigit(from: Uint32Array, to: Uint32Array, column: Uint32Array, shift: number): void {
  const starts = new Uint32Array(DIGITS + 1)
  for (const value of column) {
    const next = ((value >>> shift) & (DIGITS - 1)) + 1
    starts[next] = (starts[next] ?? 0) + 1
  }
  for (let digit = 1; digit <= DIGITS; digit++)
    starts[digit] = (starts[digit] ?? 0) + (starts[digit - 1] ?? 0)
  for (const row of from) {
    const digit = ((column[row] ?? 0) >>> shift) & (DIGITS - 1)
    const place = starts[digit] ?? 0
    to[place] = row
    starts[digit] = place + 1
  }
}
