import { readFileSync } from 'node:fs'
import { z } from 'zod'

// Node has these, but the compiler knows them only with a browser's types.
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array)
  }
  class Memory {
    constructor(pages: { initial: number; maximum?: number; shared?: boolean })
    readonly buffer: ArrayBuffer
  }
  class Instance {
    constructor(module: Module, imports: { env: { memory: Memory } })
    readonly exports: unknown
  }
}

/** Bytes at the beginning of a memory that the kernels keep for their own tables. */
export const OWN_BYTES = 65_536
/** Bytes of a page, the unit in which WebAssembly counts memory. */
const PAGE_BYTES = 65_536
/** Limit of WebAssembly on the bytes of one memory. */
export const MAX_BYTES = 65_536 * PAGE_BYTES

/** Bytes of a cache line: each piece begins on one. */
const ALIGNMENT = 64

/** Compiled programs by name. */
const programs = new Map<string, WebAssembly.Module>()

/** Places pieces in a memory, one behind the other, before the memory is opened. */
export class MemoryLayout {
  #bytes = OWN_BYTES

  /** Bytes of all pieces and of the kernels' own tables before them. */
  get bytes(): number {
    return this.#bytes
  }

  /** Places a piece of `bytes` bytes. Returns the address at which it begins. */
  place(bytes: number): number {
    const at = this.#bytes
    this.#bytes = Math.ceil((at + bytes) / ALIGNMENT) * ALIGNMENT
    return at
  }
}

/** Kernels with a memory of their own. */
export interface OpenKernels {
  readonly exports: unknown
  readonly buffer: ArrayBuffer
}

/** Memories of kernels, which cannot be handed to another thread. */
const memories = new WeakSet<ArrayBuffer>()

/** Returns whether a buffer is the memory of kernels. */
export function isKernelMemory(buffer: ArrayBuffer): boolean {
  return memories.has(buffer)
}

/**
 * Opens the kernels (kernels/index.ts) with a memory of their own. It never grows, since growing would detach the views
 * that others hold.
 * @param bytes size of the memory
 */
export function openKernels(bytes: number): OpenKernels {
  const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE_BYTES) })
  const { buffer } = memory
  memories.add(buffer)
  return { exports: instanceOf('kernels', memory), buffer }
}

/** A memory that threads share. It is sent to a thread as it is. */
export const SharedMemory = z.custom<{ readonly buffer: ArrayBuffer }>(
  (value) => value instanceof WebAssembly.Memory && value.buffer instanceof SharedArrayBuffer,
)
export type SharedMemory = z.infer<typeof SharedMemory>

/** Returns a memory that threads share, of a size that never changes. @param bytes its size */
export function sharedMemory(bytes: number): SharedMemory {
  const pages = Math.ceil(bytes / PAGE_BYTES)
  return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true })
}

/** Opens the kernels of trees (kernels/trees.ts) with a memory that other threads may have opened too. */
export function openTreeKernels(memory: SharedMemory): unknown {
  return instanceOf('trees', memory)
}

/** Set-up compiles kernels/ to files beside the rooms of `dist`, where sources and built files find them alike. */
function instanceOf(name: 'kernels' | 'trees', memory: WebAssembly.Memory): unknown {
  const program =
    programs.get(name) ??
    new WebAssembly.Module(readFileSync(new URL(`../../dist/${name}.wasm`, import.meta.url)))
  programs.set(name, program)
  return new WebAssembly.Instance(program, { env: { memory } }).exports
}

/** A function that the kernels export, as far as their exports can be checked. */
export const KernelFunction = z.custom<(...numbers: number[]) => number>(
  (value) => typeof value === 'function',
)

/** Argument of Node with which V8 reserves no address space behind a memory; kernels are then some percent slower. */
export const NARROW = '--disable-wasm-trap-handler'
/** Advice appended to errors about missing address space. */
export const HOW_TO_GET_ROOM = `Lift the limit of its address space (ulimit -v), or start the service with NODE_OPTIONS=${NARROW}.`

/** Returns whether the process has address space for one more memory. */
export function hasAddressSpace(): boolean {
  return orNullWithoutAddressSpace(() => new WebAssembly.Memory({ initial: 1 })) !== null
}

/**
 * Returns what `open` returns, or null where the process has no address space for one more memory: V8 reserves
 * gigabytes behind each.
 */
export function orNullWithoutAddressSpace<T>(open: () => T): T | null {
  try {
    return open()
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}
