import { readFileSync } from 'node:fs'

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

/** Bytes of a memory before the first that is free: the kernels have tables of their own there. */
export const OWN_BYTES = 65_536
const PAGE_BYTES = 65_536
/** What a WebAssembly memory can hold. */
export const MOST_BYTES = 65_536 * PAGE_BYTES

/** A line of a processor's cache. */
const ALIGNMENT = 64

let program: WebAssembly.Module | undefined

/** Lays out a memory before it is opened, piece after piece. */
export class MemoryLayout {
  #bytes = OWN_BYTES

  /** Of all pieces, and of what the kernels have before them. */
  get bytes(): number {
    return this.#bytes
  }

  /** @param bytes of a piece @returns where it begins */
  place(bytes: number): number {
    const at = this.#bytes
    this.#bytes = Math.ceil((at + bytes) / ALIGNMENT) * ALIGNMENT
    return at
  }
}

/**
 * The kernels (kernels/index.ts) with a memory of their own, which never grows: growing would take the views away from
 * under those who hold them. @param bytes of it
 */
export function openKernels(bytes: number): { exports: unknown; buffer: ArrayBuffer } {
  const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE_BYTES) })
  // Set-up compiles kernels/ to a file beside the rooms of `dist`, where sources and built files find it alike.
  program ??= new WebAssembly.Module(readFileSync(new URL('../../dist/kernels.wasm', import.meta.url)))
  const { exports } = new WebAssembly.Instance(program, { env: { memory } })
  return { exports, buffer: memory.buffer }
}

/** With this argument a process keeps no address space free behind its memories, and is some percent slower in them. */
export const NARROW = '--disable-wasm-trap-handler'
/** What helps whom has no room. */
export const HOW_TO_GET_ROOM = `Lift the limit of its address space (ulimit -v), or start the service with NODE_OPTIONS=${NARROW}.`

/** Whether there is address space for one more memory. */
export function hasRoom(): boolean {
  return whereThereIsRoom(() => new WebAssembly.Memory({ initial: 1 })) !== null
}

/**
 * What `open` gives; null where the system has no address space for one more memory: V8 keeps gigabytes of it free
 * behind each.
 */
export function whereThereIsRoom<T>(open: () => T): T | null {
  try {
    return open()
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}
