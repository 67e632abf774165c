import { addRows, listFilled, scatterRow } from './rows'

// The matrix products of a training step, each made of the sums of scaled rows in rows.ts. Rows of the first layer's inputs
// are mostly empty, so they are lists (see rows.ts), one behind the other:
//
//   ends   │ a │ b │ c │ …          32-bit addresses: row r has the entries from ends[r] to ends[r + 1]
//   lists  a: entry entry │ b: entry │ c: …
//
// Later layers are full matrices; their zeros, of which relu makes many, are left out by making a list of each row first.
// The order of additions is fixed, so results are the same on every machine. Tests: test/training/engines.test.ts compares
// widths around the groups of 24, 16 and 4 columns with TensorFlow, arithmetic.test.ts all to the bit with kept results.

/** sums = bias + inputs · kernel. @param kernel shape [inputs, units] @param sums shape [rows, units] */
export function sumInputs(ends: usize, rows: i32, kernel: usize, bias: usize, sums: usize, units: i32): void {
  for (let row = 0; row < rows; row++) {
    memory.copy(sums, bias, units << 2)
    addRows(load<u32>(ends), load<u32>(ends, 4), kernel, sums, units)
    ends += 4
    sums += units << 2
  }
}

/** kernelGradient += transposed inputs · gradient. @param gradient shape [rows, units] */
export function addInputGradients(
  ends: usize,
  rows: i32,
  gradient: usize,
  kernelGradient: usize,
  units: i32,
): void {
  for (let row = 0; row < rows; row++) {
    scatterRow(load<u32>(ends), load<u32>(ends, 4), gradient, kernelGradient, units)
    ends += 4
    gradient += units << 2
  }
}

/** sums = bias + before · kernel. @param before shape [rows, inputs] @param list room for a list of `inputs` */
export function sumLayer(
  before: usize,
  rows: i32,
  inputs: i32,
  kernel: usize,
  bias: usize,
  sums: usize,
  units: i32,
  list: usize,
): void {
  for (let row = 0; row < rows; row++) memory.copy(sums + ((row * units) << 2), bias, units << 2)
  addProduct(before, inputs << 2, 4, rows, inputs, kernel, sums, units, list)
}

/** kernelGradient += transposed before · gradient. @param list room for a list of `rows` */
export function addLayerGradients(
  before: usize,
  rows: i32,
  inputs: i32,
  gradient: usize,
  kernelGradient: usize,
  units: i32,
  list: usize,
): void {
  addProduct(before, 4, inputs << 2, inputs, rows, gradient, kernelGradient, units, list)
}

/**
 * into = gradient · transposed kernel.
 * @param into shape [rows, inputs] @param list room for a list of `units` @param transposed room for the transpose
 */
export function gradientOfInputs(
  gradient: usize,
  rows: i32,
  inputs: i32,
  kernel: usize,
  into: usize,
  units: i32,
  list: usize,
  transposed: usize,
): void {
  transpose(kernel, inputs, units, transposed)
  memory.fill(into, 0, (rows * inputs) << 2)
  addProduct(gradient, units << 2, 4, rows, units, transposed, into, inputs, list)
}

/**
 * into += a · b. Elements of `a` that are 0, of which relu makes many, cost nothing.
 * @param rowStep, columnStep bytes from one row and column of `a` to the next
 */
function addProduct(
  a: usize,
  rowStep: i32,
  columnStep: i32,
  rows: i32,
  inner: i32,
  b: usize,
  into: usize,
  columns: i32,
  list: usize,
): void {
  const stride = columns << 2
  for (let row = 0; row < rows; row++, a += rowStep, into += stride)
    addRows(list, listFilled(a, columnStep, inner, stride, list), b, into, columns)
}

function transpose(from: usize, rows: i32, columns: i32, into: usize): void {
  const stride = columns << 2
  const step = rows << 2
  let row = 0
  for (; row + 3 < rows; row += 4) {
    const source = from + row * stride
    const target = into + (row << 2)
    let column = 0
    for (; column + 3 < columns; column += 4)
      transposeFour(source + (column << 2), stride, target + column * step, step)
    for (; column < columns; column++)
      for (let at = 0; at < 4; at++)
        store<f32>(target + column * step + (at << 2), load<f32>(source + at * stride + (column << 2)))
  }
  for (; row < rows; row++)
    for (let column = 0; column < columns; column++)
      store<f32>(into + column * step + (row << 2), load<f32>(from + row * stride + (column << 2)))
}

/** Transposes four rows by four columns. @param stride, step bytes of a row in `from` and in `into` */
function transposeFour(from: usize, stride: i32, into: usize, step: i32): void {
  const row0 = v128.load(from)
  const row1 = v128.load(from + stride)
  const row2 = v128.load(from + 2 * stride)
  const row3 = v128.load(from + 3 * stride)
  const low01 = v128.shuffle<f32>(row0, row1, 0, 4, 1, 5)
  const high01 = v128.shuffle<f32>(row0, row1, 2, 6, 3, 7)
  const low23 = v128.shuffle<f32>(row2, row3, 0, 4, 1, 5)
  const high23 = v128.shuffle<f32>(row2, row3, 2, 6, 3, 7)
  v128.store(into, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5))
  v128.store(into + step, v128.shuffle<f32>(low01, low23, 2, 3, 6, 7))
  v128.store(into + 2 * step, v128.shuffle<f32>(high01, high23, 0, 1, 4, 5))
  v128.store(into + 3 * step, v128.shuffle<f32>(high01, high23, 2, 3, 6, 7))
}

/** into += the sum of the rows. @param numbers shape [rows, columns] @param into shape [columns] */
export function addAllRows(numbers: usize, rows: i32, columns: i32, into: usize): void {
  const stride: usize = columns << 2
  let column = 0
  for (; column + 3 < columns; column += 4) {
    let from = numbers + (column << 2)
    let sum = v128.load(into + (column << 2))
    for (let row = 0; row < rows; row++, from += stride) sum = f32x4.add(sum, v128.load(from))
    v128.store(into + (column << 2), sum)
  }
  for (; column < columns; column++) {
    let from = numbers + (column << 2)
    let sum = load<f32>(into + (column << 2))
    for (let row = 0; row < rows; row++, from += stride) sum += load<f32>(from)
    store<f32>(into + (column << 2), sum)
  }
}
