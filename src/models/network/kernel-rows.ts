/*
 * Products with one input's row of a dense layer's kernel, whose shape is [inputs, units].
 */

/** Returns the product of numbers, one for each unit, with an input's row of a kernel. */
export function dotRow(numbers: Float64Array, kernel: Float32Array, input: number): number {
  let sum = 0
  for (let at = 0, weight = input * numbers.length; at < numbers.length; at++, weight++)
    sum += (numbers[at] ?? 0) * (kernel[weight] ?? 0)
  return sum
}

/** Adds an input's row of a kernel times a factor to numbers, one for each unit. */
export function addRow(into: Float64Array, kernel: Float32Array, input: number, factor: number): void {
  if (factor === 0) return
  for (let at = 0, weight = input * into.length; at < into.length; at++, weight++)
    into[at] = (into[at] ?? 0) + factor * (kernel[weight] ?? 0)
}
