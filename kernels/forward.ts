// The dense layers of one row (src/models/network/layer-kernels.ts lays out the memory and holds a copy of the weights).
// Sums have 64 bits, weights 32, and each sum adds the inputs in their order, so that the result is the same to the bit as
// the loop in JavaScript gives; test/models/network/layer-sums.test.ts compares the two. Sixteen units at a time keep
// their sums in registers while the inputs pass.

/** Bytes of a run: see `addRuns`. */
const RUN: usize = 12

/**
 * sums = bias + Σ value · row of the kernel.
 * @param indices the `count` inputs that are not 0, as row numbers of the kernel, 32 bits each
 * @param values their values, 32-bit floats
 * @param kernel shape [inputs, units]; `units` is a multiple of four
 * @param sums shape [units], 64 bits each: the result
 */
export function sumRows(
  indices: usize,
  values: usize,
  count: i32,
  kernel: usize,
  bias: usize,
  units: i32,
  sums: usize,
): void {
  sumUnits<f32>(indices, values, count, kernel, bias, units, sums)
}

/**
 * sums = bias + inputs · kernel, where many inputs are 0, as after relu.
 * @param inputs shape [count], 64 bits each
 * @param indices room for `count` numbers of 32 bits
 * @param values room for `count` numbers of 64 bits
 * @param kernel shape [count, units]; `units` is a multiple of four
 * @param sums shape [units], 64 bits each: the result
 */
export function sumDense(
  inputs: usize,
  count: i32,
  indices: usize,
  values: usize,
  kernel: usize,
  bias: usize,
  units: i32,
  sums: usize,
): void {
  let known = 0
  for (let at = 0; at < count; at++) {
    const value = load<f64>(inputs + (<usize>at << 3))
    // Stored in any case and counted if it is not 0: faster than a branch that nobody can foresee.
    store<u32>(indices + (<usize>known << 2), at)
    store<f64>(values + (<usize>known << 3), value)
    known += i32(value != 0)
  }
  sumUnits<f64>(indices, values, known, kernel, bias, units, sums)
}

/**
 * sums += Σ of the sums of runs. A run has three numbers of 32 bits: the address of the sum of its first rows, with 64 bits for each
 * unit; the address of its next row of the kernel; and how many rows are left from there on.
 * @param units a multiple of four
 * @param sums shape [units], 64 bits each
 */
export function addRuns(runs: usize, count: i32, units: i32, sums: usize): void {
  const last = runs + <usize>count * RUN
  const length = <usize>units << 2
  for (let unit: usize = 0; unit < <usize>units; unit += 4) {
    let total0 = v128.load(sums + (unit << 3))
    let total1 = v128.load(sums + (unit << 3), 16)
    for (let run = runs; run < last; run += RUN) {
      const known = <usize>load<u32>(run) + (unit << 3)
      let sum0 = v128.load(known)
      let sum1 = v128.load(known, 16)
      let row = <usize>load<u32>(run, 4) + (unit << 2)
      const end = row + <usize>load<u32>(run, 8) * length
      for (; row < end; row += length) {
        sum0 = f64x2.add(sum0, two(row))
        sum1 = f64x2.add(sum1, two(row + 8))
      }
      total0 = f64x2.add(total0, sum0)
      total1 = f64x2.add(total1, sum1)
    }
    v128.store(sums + (unit << 3), total0)
    v128.store(sums + (unit << 3), total1, 16)
  }
}

/** Adds the rows of the kernel, whose factors are 32-bit or 64-bit floats. */
function sumUnits<T>(
  indices: usize,
  values: usize,
  count: i32,
  kernel: usize,
  bias: usize,
  units: i32,
  sums: usize,
): void {
  let unit = 0
  for (; unit + 16 <= units; unit += 16)
    sumSixteen<T>(indices, values, count, kernel + (unit << 2), bias + (unit << 2), units, sums + (unit << 3))
  for (; unit < units; unit += 4)
    sumFour<T>(indices, values, count, kernel + (unit << 2), bias + (unit << 2), units, sums + (unit << 3))
}

function sumSixteen<T>(
  indices: usize,
  values: usize,
  count: i32,
  kernel: usize,
  bias: usize,
  units: i32,
  sums: usize,
): void {
  let sum0 = two(bias)
  let sum1 = two(bias + 8)
  let sum2 = two(bias + 16)
  let sum3 = two(bias + 24)
  let sum4 = two(bias + 32)
  let sum5 = two(bias + 40)
  let sum6 = two(bias + 48)
  let sum7 = two(bias + 56)
  for (let at = 0; at < count; at++) {
    const row = kernel + (<usize>(load<u32>(indices + (<usize>at << 2)) * units) << 2)
    const value = f64x2.splat(<f64>load<T>(values + <usize>at * sizeof<T>()))
    sum0 = f64x2.add(sum0, f64x2.mul(value, two(row)))
    sum1 = f64x2.add(sum1, f64x2.mul(value, two(row + 8)))
    sum2 = f64x2.add(sum2, f64x2.mul(value, two(row + 16)))
    sum3 = f64x2.add(sum3, f64x2.mul(value, two(row + 24)))
    sum4 = f64x2.add(sum4, f64x2.mul(value, two(row + 32)))
    sum5 = f64x2.add(sum5, f64x2.mul(value, two(row + 40)))
    sum6 = f64x2.add(sum6, f64x2.mul(value, two(row + 48)))
    sum7 = f64x2.add(sum7, f64x2.mul(value, two(row + 56)))
  }
  v128.store(sums, sum0)
  v128.store(sums, sum1, 16)
  v128.store(sums, sum2, 32)
  v128.store(sums, sum3, 48)
  v128.store(sums, sum4, 64)
  v128.store(sums, sum5, 80)
  v128.store(sums, sum6, 96)
  v128.store(sums, sum7, 112)
}

function sumFour<T>(
  indices: usize,
  values: usize,
  count: i32,
  kernel: usize,
  bias: usize,
  units: i32,
  sums: usize,
): void {
  let sum0 = two(bias)
  let sum1 = two(bias + 8)
  for (let at = 0; at < count; at++) {
    const row = kernel + (<usize>(load<u32>(indices + (<usize>at << 2)) * units) << 2)
    const value = f64x2.splat(<f64>load<T>(values + <usize>at * sizeof<T>()))
    sum0 = f64x2.add(sum0, f64x2.mul(value, two(row)))
    sum1 = f64x2.add(sum1, f64x2.mul(value, two(row + 8)))
  }
  v128.store(sums, sum0)
  v128.store(sums, sum1, 16)
}

/** Loads two 32-bit floats as two of 64 bits. */
// @ts-ignore: decorator
@inline function two(at: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(at))
}
