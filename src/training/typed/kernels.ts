import { readFileSync } from 'node:fs'
import { z } from 'zod'
import type { Activation } from '../../models/activations.ts'

// Node has them, but the compiler knows them with a browser's types only.
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array)
  }
  class Memory {
    constructor(pages: { initial: number })
    readonly buffer: ArrayBuffer
  }
  class Instance {
    constructor(module: Module, imports: { env: { memory: Memory } })
    readonly exports: unknown
  }
}

export type HiddenActivation = Exclude<Activation, 'softmax'>

/** The numbers by which the kernels know activations (kernels/activations.ts). */
const ACTIVATIONS: readonly HiddenActivation[] = [
  ...(['relu', 'relu6', 'tanh', 'sigmoid', 'elu', 'selu', 'softplus', 'softsign', 'swish'] as const),
]

/** What a kernel takes for an activation; `linear` has no number, since nothing is to be done. */
export function numberOf(activation: HiddenActivation): number {
  return ACTIVATIONS.indexOf(activation)
}

const call = z.custom<(...numbers: number[]) => number>((value) => typeof value === 'function')
/** What kernels/ exports; arguments and results are told there. Addresses are in bytes. */
const Kernels = z.object({
  ...{ sumInputs: call, sumLayer: call, addAllRows: call, addInputGradients: call, addLayerGradients: call },
  ...{ gradientOfInputs: call, sumBelow: call, spreadBelow: call },
  ...{ activate: call, timesDerivative: call, multiply: call },
  ...{ collectSpans: call, sgd: call, sgdMomentum: call, rmsprop: call, rmspropMomentum: call },
  ...{ adam: call, adagrad: call },
})
export type Kernels = z.infer<typeof Kernels>

/** So many 4-byte numbers in the kernels' memory. */
export interface Place {
  readonly at: number
  readonly length: number
}

export interface KernelMemory {
  readonly kernels: Kernels
  floats(place: Place): Float32Array
  words(place: Place): Uint32Array
}

/** Bytes before the first place, in which the kernels have tables of their own. */
const OWN_BYTES = 65_536
const PAGE_BYTES = 65_536
/** A line of a processor's cache. */
const ALIGNMENT = 64
/** What a WebAssembly memory can hold. */
export const MOST_BYTES = 65_536 * PAGE_BYTES

/**
 * Lays out a memory for the kernels, which then never grows: growing would take the views away from under those who
 * hold them.
 */
export class Layout {
  #end = OWN_BYTES

  place(length: number): Place {
    const at = this.#end
    this.#end = Math.ceil((at + length * Float32Array.BYTES_PER_ELEMENT) / ALIGNMENT) * ALIGNMENT
    return { at, length }
  }

  /** @throws RangeError where there is more than `MOST_BYTES` */
  open(): KernelMemory {
    if (this.#end > MOST_BYTES) throw new RangeError('the network and a step of its rows take more than 4 GB')
    const memory = new WebAssembly.Memory({ initial: Math.ceil(this.#end / PAGE_BYTES) })
    const { exports } = new WebAssembly.Instance(compiled(), { env: { memory } })
    return {
      kernels: Kernels.parse(exports),
      floats: ({ at, length }) => new Float32Array(memory.buffer, at, length),
      words: ({ at, length }) => new Uint32Array(memory.buffer, at, length),
    }
  }
}

let program: WebAssembly.Module | undefined

/** Set-up compiles kernels/ to a file beside the rooms of `dist`, where sources and built files find it alike. */
function compiled(): WebAssembly.Module {
  program ??= new WebAssembly.Module(readFileSync(new URL('../../../dist/kernels.wasm', import.meta.url)))
  return program
}
