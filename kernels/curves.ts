import { get, put } from './four'

// Short cuts for numbers that are encoded piecewise linearly (`Curve` in src/models/network/weights.ts). Such a number has
// inputs of 1 below its bin, one input between 0 and 1 in it, and inputs of 0 above. So its product with the layer's
// kernel is the sum of the kernel's rows below the bin, plus one scaled row. Those sums are kept in a second matrix:
//
//   kernel   row 0 │ row 1 │ row 2 │ row 3         shape [bins, units]
//   below      –   │   0   │  0+1  │ 0+1+2         row t = Σ of the kernel's rows before t; row 0 is not used
//
// and two rows replace a whole curve. Tests: test/training/engines.test.ts, with bins and without.

/** Writes the sums of the kernel's rows: row t of `below` = Σ of rows 0 to t − 1, for t from 1 on. */
export function sumBelow(kernel: usize, below: usize, rows: i32, units: i32): void {
  const length: usize = units << 2
  let at: usize = 0
  for (; at + 16 <= length; at += 16) sumColumns<v128>(kernel + at, below + at, rows, length)
  for (; at < length; at += 4) sumColumns<f32>(kernel + at, below + at, rows, length)
}

function sumColumns<T>(kernel: usize, below: usize, rows: i32, length: usize): void {
  let sum = f32x4.splat(0)
  for (let row = 1; row < rows; row++) {
    sum = f32x4.add(sum, get<T>(kernel))
    kernel += length
    below += length
    put<T>(below, sum)
  }
}

/** Adds the gradient of each such sum to the gradients of the kernel's rows in it, and sets the sums' gradients to 0. */
export function spreadBelow(kernelGradient: usize, belowGradient: usize, rows: i32, units: i32): void {
  const length: usize = units << 2
  const last = <usize>(rows - 1) * length
  let at: usize = 0
  for (; at + 16 <= length; at += 16)
    spreadColumns<v128>(kernelGradient + last + at, belowGradient + last + at, rows, length)
  for (; at < length; at += 4)
    spreadColumns<f32>(kernelGradient + last + at, belowGradient + last + at, rows, length)
}

function spreadColumns<T>(kernelGradient: usize, belowGradient: usize, rows: i32, length: usize): void {
  let sum = f32x4.splat(0)
  for (let row = 1; row < rows; row++) {
    sum = f32x4.add(sum, get<T>(belowGradient))
    put<T>(belowGradient, f32x4.splat(0))
    kernelGradient -= length
    belowGradient -= length
    put<T>(kernelGradient, f32x4.add(get<T>(kernelGradient), sum))
  }
}
