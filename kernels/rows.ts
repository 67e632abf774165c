// Sums of scaled rows, of which every product of a training step is made. A list names rows of a matrix:
//
//   list   │ offset  factor │ offset  factor │ …     8 bytes for each entry: the row's offset in the matrix (bytes, 32-bit),
//                                                   then the number by which it is multiplied (32-bit float)
//
// Columns are taken in groups of 24, 16 and 4, whose sums stay in registers while all entries pass, and the rest singly.
// Each sum adds the entries in the order of the list. Tests: as for products.ts.

/** Bytes of an entry of a list. */
const ENTRY: usize = 8

/** into += Σ factor · row, for the entries of a list. Rows and `into` have `columns` numbers. */
export function addRows(list: usize, end: usize, matrix: usize, into: usize, columns: i32): void {
  let column = 0
  for (; column + 23 < columns; column += 24) addBlock(list, end, matrix + (column << 2), into + (column << 2))
  for (; column + 15 < columns; column += 16)
    addHalfBlock(list, end, matrix + (column << 2), into + (column << 2))
  for (; column + 3 < columns; column += 4) {
    const to = into + (column << 2)
    let sum = v128.load(to)
    for (let at = list; at < end; at += ENTRY) {
      const row = matrix + (column << 2) + load<u32>(at)
      sum = f32x4.add(sum, f32x4.mul(v128.load_splat<f32>(at, 4), v128.load(row)))
    }
    v128.store(to, sum)
  }
  for (; column < columns; column++) {
    const to = into + (column << 2)
    let sum = load<f32>(to)
    for (let at = list; at < end; at += ENTRY)
      sum += load<f32>(at, 4) * load<f32>(matrix + (column << 2) + load<u32>(at))
    store<f32>(to, sum)
  }
}

/** Sums 24 columns, in 6 of the 16 vector registers. With 32 columns there are not enough of them. */
function addBlock(list: usize, end: usize, matrix: usize, into: usize): void {
  let sum0 = v128.load(into)
  let sum1 = v128.load(into, 16)
  let sum2 = v128.load(into, 32)
  let sum3 = v128.load(into, 48)
  let sum4 = v128.load(into, 64)
  let sum5 = v128.load(into, 80)
  for (let at = list; at < end; at += ENTRY) {
    const row = matrix + load<u32>(at)
    const factor = v128.load_splat<f32>(at, 4)
    sum0 = f32x4.add(sum0, f32x4.mul(factor, v128.load(row)))
    sum1 = f32x4.add(sum1, f32x4.mul(factor, v128.load(row, 16)))
    sum2 = f32x4.add(sum2, f32x4.mul(factor, v128.load(row, 32)))
    sum3 = f32x4.add(sum3, f32x4.mul(factor, v128.load(row, 48)))
    sum4 = f32x4.add(sum4, f32x4.mul(factor, v128.load(row, 64)))
    sum5 = f32x4.add(sum5, f32x4.mul(factor, v128.load(row, 80)))
  }
  v128.store(into, sum0)
  v128.store(into, sum1, 16)
  v128.store(into, sum2, 32)
  v128.store(into, sum3, 48)
  v128.store(into, sum4, 64)
  v128.store(into, sum5, 80)
}

function addHalfBlock(list: usize, end: usize, matrix: usize, into: usize): void {
  let sum0 = v128.load(into)
  let sum1 = v128.load(into, 16)
  let sum2 = v128.load(into, 32)
  let sum3 = v128.load(into, 48)
  for (let at = list; at < end; at += ENTRY) {
    const row = matrix + load<u32>(at)
    const factor = v128.load_splat<f32>(at, 4)
    sum0 = f32x4.add(sum0, f32x4.mul(factor, v128.load(row)))
    sum1 = f32x4.add(sum1, f32x4.mul(factor, v128.load(row, 16)))
    sum2 = f32x4.add(sum2, f32x4.mul(factor, v128.load(row, 32)))
    sum3 = f32x4.add(sum3, f32x4.mul(factor, v128.load(row, 48)))
  }
  v128.store(into, sum0)
  v128.store(into, sum1, 16)
  v128.store(into, sum2, 32)
  v128.store(into, sum3, 48)
}

/** The reverse of `addRows`: each row of a list += factor · from. */
export function scatterRow(list: usize, end: usize, from: usize, matrix: usize, columns: i32): void {
  let column = 0
  for (; column + 15 < columns; column += 16) {
    const source = from + (column << 2)
    const part0 = v128.load(source)
    const part1 = v128.load(source, 16)
    const part2 = v128.load(source, 32)
    const part3 = v128.load(source, 48)
    for (let at = list; at < end; at += ENTRY) {
      const row = matrix + (column << 2) + load<u32>(at)
      const factor = v128.load_splat<f32>(at, 4)
      v128.store(row, f32x4.add(v128.load(row), f32x4.mul(factor, part0)))
      v128.store(row, f32x4.add(v128.load(row, 16), f32x4.mul(factor, part1)), 16)
      v128.store(row, f32x4.add(v128.load(row, 32), f32x4.mul(factor, part2)), 32)
      v128.store(row, f32x4.add(v128.load(row, 48), f32x4.mul(factor, part3)), 48)
    }
  }
  for (; column + 3 < columns; column += 4) {
    const part = v128.load(from + (column << 2))
    for (let at = list; at < end; at += ENTRY) {
      const row = matrix + (column << 2) + load<u32>(at)
      v128.store(row, f32x4.add(v128.load(row), f32x4.mul(v128.load_splat<f32>(at, 4), part)))
    }
  }
  for (; column < columns; column++) {
    const part = load<f32>(from + (column << 2))
    for (let at = list; at < end; at += ENTRY) {
      const row = matrix + (column << 2) + load<u32>(at)
      store<f32>(row, load<f32>(row) + load<f32>(at, 4) * part)
    }
  }
}

/**
 * Writes the numbers that are not 0 as a list.
 * @param step bytes from one number to the next
 * @param stride bytes of the rows that the numbers are to multiply
 * @param list room for `count` + 1 entries
 * @returns the list's end
 */
export function listFilled(numbers: usize, step: usize, count: i32, stride: u32, list: usize): usize {
  let row: u32 = 0
  for (let at = 0; at < count; at++) {
    const value = load<f32>(numbers)
    store<u32>(list, row)
    store<f32>(list, value, 4)
    list += select<usize>(ENTRY, 0, value != 0)
    numbers += step
    row += stride
  }
  return list
}
