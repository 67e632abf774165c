import type { Random } from '../../evaluation/random.ts'
import type { DenseLayer } from '../../models/network/network.ts'
import type { Examples } from '../engine.ts'
import { placeInputs, planInputs, type StepInputs } from './inputs.ts'
import { type KernelMemory, Layout, type Place } from './kernels.ts'
import { placeNetwork, sizeOf, type TypedLayer } from './layers.ts'

/** Fewest rows that the memory has room for, so that forward passes without learning take many at once. */
export const INFERENCE_ROWS = 64

/** Memory that kernels use within a call. */
export interface Scratch {
  /** A list of a row, or column, of a layer. */
  list: Place
  /** The transpose of a kernel. */
  transposed: Place
}

/** Places the scratch memory. @param rows most rows of a step */
export function placeScratch(layout: Layout, layers: readonly TypedLayer[], rows: number): Scratch {
  const widest = Math.max(rows, ...layers.map(({ units }) => units))
  return {
    // One entry more than a list can have: a kernel writes an entry before it knows that it counts.
    list: layout.place(2 * (widest + 1)),
    transposed: layout.place(Math.max(0, ...layers.slice(1).map(({ kernel }) => kernel.length))),
  }
}

/** A network whose memory is open. */
export interface Step {
  memory: KernelMemory
  layers: readonly TypedLayer[]
  inputs: StepInputs
  scratch: Scratch
}

/** Computes sums and outputs of every layer for the chosen rows. @param random null: without dropout */
export function forward(
  { memory, layers, inputs, scratch }: Step,
  rows: number,
  random: Random | null,
): void {
  const { kernels } = memory
  let before: Place | undefined
  for (const layer of layers) {
    const { sums, bias, units, kernel, outputs, dropout } = layer
    if (before) {
      const { list } = scratch
      kernels.sumLayer(before.at, rows, layer.inputs, kernel.at, bias.at, sums.at, units, list.at)
    } else inputs.sum(rows)
    if (layer.activation >= 0) kernels.activate(layer.activation, sums.at, outputs.at, rows * units)
    before = outputs
    if (!random || dropout === 0) continue
    drawMask(memory.floats(layer.mask), rows * units, dropout, random)
    before = layer.dropped
    kernels.multiply(outputs.at, layer.mask.at, before.at, rows * units)
  }
}

/** Inverted dropout (Srivastava et al. 2014): kept outputs are scaled so that their expected sum stays. */
function drawMask(mask: Float32Array, count: number, dropout: number, random: Random): void {
  const scale = 1 / (1 - dropout)
  for (let at = 0; at < count; at++) mask[at] = random.next() < dropout ? 0 : scale
}

/** Returns a network's logits for examples, without dropout. Shape [rows, outputs]. */
export function infer(step: Step, examples: Examples): Float64Array {
  const { memory, layers, inputs } = step
  const output = layers.at(-1)
  if (!output) throw new RangeError('a network needs a layer')
  const logits = memory.floats(output.sums)
  const { rows } = examples.rows
  const all = new Float64Array(rows * output.units)
  const numbers = Uint32Array.from({ length: rows }, (_, row) => row)
  for (let start = 0; start < rows; ) {
    const count = inputs.choose(examples, numbers, start)
    forward(step, count, null)
    all.set(logits.subarray(0, count * output.units), start * output.units)
    start += count
  }
  return all
}

/**
 * Returns the logits of a stack of finished layers; null if there is no room for the kernels. Shape [rows, outputs].
 */
export function logitsOf(layers: readonly DenseLayer[], examples: Examples): Float64Array | null {
  const layout = new Layout()
  const inputPlan = planInputs(examples, INFERENCE_ROWS, layers[0]?.units ?? 1, sizeOf(layers))
  const room = { rows: INFERENCE_ROWS, beside: inputPlan.beside }
  const network = placeNetwork(layout, [], layers, room)
  const inputsOf = placeInputs(layout, inputPlan)
  const scratch = placeScratch(layout, network.layers, INFERENCE_ROWS)
  const memory = layout.openIfRoom()
  if (!memory) return null
  for (const [index, { kernel, bias }] of network.layers.entries()) {
    memory.floats(kernel).set(layers[index]?.kernel ?? [])
    memory.floats(bias).set(layers[index]?.bias ?? [])
  }
  const inputs = inputsOf(memory, network.layers[0] ?? network.output, examples)
  return infer({ memory, layers: network.layers, inputs, scratch }, examples)
}
