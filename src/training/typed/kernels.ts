import { z } from 'zod'
import { FitserveError } from '../../errors.ts'
import type { Activation } from '../../models/network/activations.ts'
import {
  HOW_TO_GET_ROOM,
  KernelFunction,
  MAX_BYTES,
  MemoryLayout,
  openKernels,
  orNullWithoutAddressSpace,
} from '../../runtime/kernel-memory.ts'

export { MAX_BYTES }

/** An activation that the kernels compute. */
export type HiddenActivation = Exclude<Activation, 'softmax'>

/** The numbers by which the kernels know activations (kernels/activations.ts); −1: the sums stay as they are. */
const NUMBERS: Record<HiddenActivation, number> = {
  linear: -1,
  relu: 0,
  relu6: 1,
  tanh: 2,
  sigmoid: 3,
  elu: 4,
  selu: 5,
  softplus: 6,
  softsign: 7,
  swish: 8,
}

/** Returns the kernels' number of an activation; −1 for `linear`, which computes nothing. */
export function numberOf(activation: HiddenActivation): number {
  return NUMBERS[activation]
}

/** The exports of kernels/, which documents arguments and results. Addresses are in bytes. */
const Kernels = z.object({
  sumInputs: KernelFunction,
  sumLayer: KernelFunction,
  addAllRows: KernelFunction,
  addInputGradients: KernelFunction,
  addLayerGradients: KernelFunction,
  gradientOfInputs: KernelFunction,
  sumBelow: KernelFunction,
  spreadBelow: KernelFunction,
  activate: KernelFunction,
  timesDerivative: KernelFunction,
  multiply: KernelFunction,
  collectSpans: KernelFunction,
  sgd: KernelFunction,
  sgdMomentum: KernelFunction,
  rmsprop: KernelFunction,
  rmspropMomentum: KernelFunction,
  adam: KernelFunction,
  adagrad: KernelFunction,
})
/** The kernels' functions. */
export type Kernels = z.infer<typeof Kernels>

/** A place for `length` 4-byte numbers in the kernels' memory, at the address `at` in bytes. */
export interface Place {
  readonly at: number
  readonly length: number
}

/** An opened memory with its kernels. */
export interface KernelMemory {
  readonly kernels: Kernels
  /** Returns a view of a place. */
  floats(place: Place): Float32Array
  words(place: Place): Uint32Array
}

/**
 * Lays out a memory for the kernels. It never grows, since growing would detach the views that others hold.
 */
export class Layout {
  readonly #layout = new MemoryLayout()

  /** Reserves a place for `length` 4-byte numbers. */
  place(length: number): Place {
    return { at: this.#layout.place(length * Float32Array.BYTES_PER_ELEMENT), length }
  }

  /** Opens the memory. @throws FitserveError `training-failed` above `MAX_BYTES`, `out-of-memory` */
  open(): KernelMemory {
    if (this.#layout.bytes > MAX_BYTES) throw tooLarge(this.#layout.bytes)
    const memory = this.openIfRoom()
    if (!memory) throw noRoom(this.#layout.bytes)
    return memory
  }

  /** Opens the memory; null above `MAX_BYTES`, or if the system has no room for it. */
  openIfRoom(): KernelMemory | null {
    const opened =
      this.#layout.bytes > MAX_BYTES ? null : orNullWithoutAddressSpace(() => openKernels(this.#layout.bytes))
    if (!opened) return null
    const { exports, buffer } = opened
    return {
      kernels: Kernels.parse(exports),
      floats: ({ at, length }) => new Float32Array(buffer, at, length),
      words: ({ at, length }) => new Uint32Array(buffer, at, length),
    }
  }
}

/** An error that no retry can resolve. */
function tooLarge(bytes: number): FitserveError {
  const size = (bytes / 2 ** 30).toFixed(1)
  return new FitserveError(
    'training-failed',
    `recipe.engine is "typed", which holds at most 4 GiB: the network and a step of its rows take ${size} GiB. Use "auto" or "tensorflow", fewer units in recipe.layers, or a smaller recipe.batchSize.`,
  )
}

function noRoom(bytes: number): FitserveError {
  const mb = Math.ceil(bytes / 2 ** 20)
  return new FitserveError(
    'out-of-memory',
    `The network and a step of its rows take ${mb} MB in WebAssembly, for which the job's process has no memory or no address space. Smaller layers or batches need less memory, and "engine":"tensorflow" none of this kind. ${HOW_TO_GET_ROOM}`,
  )
}
