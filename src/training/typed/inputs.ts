import type { SparseRows } from '../../models/encoders/sparse-row.ts'
import { mostlyFilled } from '../engine.ts'
import { addProduct, addSparseGradient, addSparseProduct } from './products.ts'

/** The first layer's inputs of a step. */
export interface StepInputs {
  /** The rows, where they are mostly empty; null where a step's rows are laid out as a full matrix. */
  readonly sparse: SparseRows | null
  /** Takes rows by number. */
  choose(rows: Uint32Array): void
  /** sums += the chosen rows times a kernel of shape [width, units]. */
  addSums(kernel: Float32Array, sums: Float32Array, units: number): void
  /** kernelGradient += the transposed rows times a gradient of shape [rows, units]. */
  addGradient(gradient: Float32Array, kernelGradient: Float32Array, units: number): void
}

/** The inputs of encoded rows. @param most rows of a step */
export function createInputs(rows: SparseRows, most: number): StepInputs {
  return mostlyFilled(rows) ? denseInputs(rows, most) : sparseInputs(rows)
}

function sparseInputs(rows: SparseRows): StepInputs {
  let chosen: Uint32Array = new Uint32Array(0)
  return {
    sparse: rows,
    choose(numbers) {
      chosen = numbers
    },
    addSums: (kernel, sums, units) => addSparseProduct(rows, chosen, kernel, sums, units),
    addGradient: (gradient, into, units) => addSparseGradient(rows, chosen, gradient, into, units),
  }
}

function denseInputs({ width, offsets, indices, values }: SparseRows, most: number): StepInputs {
  const matrix = new Float32Array(most * width)
  const straight = { values: matrix, rowStep: width, columnStep: 1 }
  const transposed = { values: matrix, rowStep: 1, columnStep: width }
  let count = 0
  return {
    sparse: null,
    choose(numbers) {
      count = numbers.length
      matrix.fill(0)
      for (let row = 0; row < count; row++) {
        const number = numbers[row] ?? 0
        const end = offsets[number + 1] ?? 0
        for (let at = offsets[number] ?? 0; at < end; at++)
          matrix[row * width + (indices[at] ?? 0)] = values[at] ?? 0
      }
    },
    addSums: (kernel, sums, units) => addProduct(straight, kernel, sums, count, width, units),
    addGradient: (gradient, into, units) => addProduct(transposed, gradient, into, width, count, units),
  }
}
