/**
 * Whether a batch of concurrent requests would be cheaper than its rows: a dense layer's product for one row after the
 * other, as the service does it, beside the same product for four rows, for which each weight is read once. Prints
 * microseconds of processor time for a row. Run: node bench/micro-batches.mjs
 */
import process from 'node:process'

const ROWS = 4

/** One row: four sums stay in registers; inputs that relu made 0 are passed over. */
function rowProduct(kernel, units, input, into) {
  for (let unit = 0; unit + 3 < units; unit += 4) {
    let sum0 = 0
    let sum1 = 0
    let sum2 = 0
    let sum3 = 0
    for (let at = 0, weight = unit; at < input.length; at++, weight += units) {
      const value = input[at]
      if (value === 0) continue
      sum0 += value * kernel[weight]
      sum1 += value * kernel[weight + 1]
      sum2 += value * kernel[weight + 2]
      sum3 += value * kernel[weight + 3]
    }
    into[unit] = sum0
    into[unit + 1] = sum1
    into[unit + 2] = sum2
    into[unit + 3] = sum3
  }
}

/** Four rows: two units' sums of each stay in registers. */
function batchProduct(kernel, units, inputs, intos) {
  const [input0, input1, input2, input3] = inputs
  for (let unit = 0; unit + 1 < units; unit += 2) {
    let a0 = 0
    let b0 = 0
    let a1 = 0
    let b1 = 0
    let a2 = 0
    let b2 = 0
    let a3 = 0
    let b3 = 0
    for (let at = 0, weight = unit; at < input0.length; at++, weight += units) {
      const a = kernel[weight]
      const b = kernel[weight + 1]
      a0 += input0[at] * a
      b0 += input0[at] * b
      a1 += input1[at] * a
      b1 += input1[at] * b
      a2 += input2[at] * a
      b2 += input2[at] * b
      a3 += input3[at] * a
      b3 += input3[at] * b
    }
    const sums = [a0, b0, a1, b1, a2, b2, a3, b3]
    for (let row = 0; row < ROWS; row++) {
      intos[row][unit] = sums[2 * row]
      intos[row][unit + 1] = sums[2 * row + 1]
    }
  }
}

/** Microseconds of processor time that `work` takes for a row. */
function microseconds(times, work) {
  const before = process.cpuUsage().user
  for (let time = 0; time < times; time++) work()
  return (process.cpuUsage().user - before) / times / ROWS
}

for (const units of [16, 64, 256, 1024]) {
  const kernel = Float32Array.from({ length: units * units }, () => Math.random() - 0.5)
  const half = () => Float64Array.from({ length: units }, () => Math.max(0, Math.random() - 0.5))
  const inputs = Array.from({ length: ROWS }, half)
  const intos = inputs.map(() => new Float64Array(units))
  const times = Math.ceil(2e8 / units ** 2)
  const rows = () => {
    for (let row = 0; row < ROWS; row++) rowProduct(kernel, units, inputs[row], intos[row])
  }
  const turns = Array.from({ length: 3 }, () => ({
    row: microseconds(times, rows),
    batch: microseconds(times, () => batchProduct(kernel, units, inputs, intos)),
  }))
  const { row, batch } = turns.toSorted((a, b) => a.row / a.batch - b.row / b.batch)[1]
  const ratio = (row / batch).toFixed(2)
  console.log(`${units} units: a row ${row.toFixed(2)} µs, in a batch ${batch.toFixed(2)} µs, ratio ${ratio}`)
}
