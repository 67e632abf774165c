import type { SparseRows } from '../../models/encoders/sparse-row.ts'
import type { Curve } from '../../models/network/weights.ts'
import type { Examples } from '../engine.ts'
import { shortened } from './curves.ts'
import type { KernelMemory, Layout, Place } from './kernels.ts'
import type { TypedLayer } from './layers.ts'

const WORD_BYTES = 4
const ENTRY_WORDS = 2

/** Layout of the inputs of a network's first layer. */
export interface InputPlan {
  /** Most rows of a step. */
  readonly most: number
  readonly curves: readonly Curve[]
  /** Rows of `units` weights that are before the sums of the curves' rows. */
  readonly shift: number
  /** Numbers beside the weights: the rest of the last row before `shift`, then the sums of the curves' rows. */
  readonly beside: number
  /** The training rows as a step takes them. */
  readonly rows: SparseRows
}

/** @param units of the first layer @param size weights of the network */
export function planInputs({ rows, inputs }: Examples, most: number, units: number, size: number): InputPlan {
  const curves = inputs.curves ?? []
  const shift = Math.ceil(size / units)
  const beside = curves.length > 0 ? (shift + rows.width) * units - size : 0
  return { most, curves, shift, beside, rows: shortened(rows, curves, shift) }
}

/** The first layer's inputs of a step: for each row a list of what is filled (kernels/rows.ts). */
export interface StepInputs {
  /**
   * Takes rows of examples by number, from `start` on: as many as there is room for, which is at least a step's for the
   * training examples. Returns how many.
   */
  choose(examples: Examples, numbers: Uint32Array, start: number): number
  /** Must be called when the weights have changed. */
  weightsChanged(): void
  /** sums = bias + the rows taken · kernel. */
  sum(rows: number): void
  /** kernelGradient += the transposed rows · gradient. */
  addGradient(rows: number): void
  /** Addresses of the lists' begin and end. */
  readonly lists: { at: number; end: number }
}

/** @returns what the inputs are once the memory is there */
export function placeInputs(
  layout: Layout,
  plan: InputPlan,
): (memory: KernelMemory, layer: TypedLayer, training: Examples) => StepInputs {
  const { rows, most, curves, shift } = plan
  const ends = layout.place(most + 1)
  const capacity = Math.max(rows.width, Math.min(rows.indices.length, most * longestOf(rows)))
  const entries = layout.place(capacity * ENTRY_WORDS)
  return (memory, layer, training) => {
    const { kernels } = memory
    const { kernel, bias, sums, gradient, kernelGradient, units } = layer
    const rowBytes = units * WORD_BYTES
    const lists = { at: entries.at, end: entries.at }
    /** Rows of examples that are looked at again after every epoch. */
    const known = new WeakMap<Examples, SparseRows>([[training, rows]])
    const write = createWriter(memory, { ends, entries, capacity, rowBytes })
    let stale = true
    const forEachCurve = (call: (at: number, below: number, length: number) => void) => {
      for (const { base, length } of curves) call(base * rowBytes, (shift + base) * rowBytes, length)
    }
    return {
      lists,
      choose(examples, numbers, start) {
        const from = known.get(examples) ?? shortened(examples.rows, curves, shift)
        known.set(examples, from)
        const taken = write(from, numbers, start, Math.min(numbers.length, start + most))
        lists.end = taken.end
        return taken.rows
      },
      weightsChanged() {
        stale = true
      },
      sum(count) {
        if (stale)
          forEachCurve((at, below, length) =>
            kernels.sumBelow(kernel.at + at, kernel.at + below, length, units),
          )
        stale = false
        kernels.sumInputs(ends.at, count, kernel.at, bias.at, sums.at, units)
      },
      addGradient(count) {
        kernels.addInputGradients(ends.at, count, gradient.at, kernelGradient.at, units)
        forEachCurve((at, below, length) =>
          kernels.spreadBelow(kernelGradient.at + at, kernelGradient.at + below, length, units),
        )
      },
    }
  }
}

function longestOf({ rows, offsets }: SparseRows): number {
  let longest = 0
  for (let row = 0; row < rows; row++)
    longest = Math.max(longest, (offsets[row + 1] ?? 0) - (offsets[row] ?? 0))
  return longest
}

interface Room {
  ends: Place
  entries: Place
  capacity: number
  rowBytes: number
}

/**
 * Writes the lists of rows one after the other, as long as there is room. All numbers pass as signed integers, values
 * by their bits, which takes a third of the time.
 */
function createWriter(memory: KernelMemory, { ends, entries, capacity, rowBytes }: Room) {
  const endWords = memory.words(ends)
  const words = signed(memory.words(entries))
  endWords[0] = entries.at
  return (rows: SparseRows, numbers: Uint32Array, start: number, last: number) => {
    const { offsets } = rows
    const indices = signed(rows.indices)
    const values = signed(rows.values)
    let to = 0
    let row = start
    for (; row < last; row++) {
      const number = numbers[row] ?? 0
      const from = offsets[number] ?? 0
      const end = offsets[number + 1] ?? 0
      if (to / ENTRY_WORDS + end - from > capacity) break
      for (let at = from; at < end; at++) {
        words[to] = Math.imul(indices[at] ?? 0, rowBytes)
        words[to + 1] = values[at] ?? 0
        to += ENTRY_WORDS
      }
      endWords[row - start + 1] = entries.at + to * WORD_BYTES
    }
    if (row === start && start < last) throw new RangeError('a row has more entries than there are inputs')
    return { rows: row - start, end: entries.at + to * WORD_BYTES }
  }
}

function signed({ buffer, byteOffset, length }: Uint32Array | Float32Array): Int32Array {
  return new Int32Array(buffer, byteOffset, length)
}
