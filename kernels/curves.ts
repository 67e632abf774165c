import { get, put } from './four'

// A number that is encoded piecewise linearly has inputs of 1 up to its bin, one in between, and 0 from there on. The
// sum of the kernel's rows below a bin is in a second matrix, row for row beside the kernel, so two rows do for all.

/** Row t of `below` = Σ of the kernel's rows before t, from the second row on. @param length bytes of a row */
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

/** The gradients of such sums, added to those of the kernel's rows that are in them; they become 0. */
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
