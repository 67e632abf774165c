import { describe, expect, it } from 'vitest'
import {
  hasAddressSpace,
  isKernelMemory,
  KernelFunction,
  MAX_BYTES,
  MemoryLayout,
  OWN_BYTES,
  openKernels,
  openTreeKernels,
  orNullWithoutAddressSpace,
  SharedMemory,
  sharedMemory,
} from '../../src/runtime/kernel-memory.ts'

/** A page of WebAssembly has 64 KiB. */
const PAGE = 65_536

/** Names of the functions that a program exports. */
function functionsOf(exports: unknown): string[] {
  const named = Object.entries(exports as object)
  return named.filter(([, value]) => KernelFunction.safeParse(value).success).map(([name]) => name)
}

describe('a memory of kernels', () => {
  it('has its pieces behind the tables of the kernels, each on a line of 64 bytes', () => {
    const layout = new MemoryLayout()
    expect(layout.bytes).toBe(PAGE)
    expect(layout.place(1)).toBe(PAGE)
    expect(layout.place(64)).toBe(PAGE + 64)
    expect(layout.place(65)).toBe(PAGE + 128)
    expect(layout.place(0)).toBe(PAGE + 256)
    expect(layout.bytes).toBe(PAGE + 256)
    expect([OWN_BYTES, MAX_BYTES]).toEqual([PAGE, 4 * 1024 ** 3])
  })

  it('has whole pages, and is known as one', () => {
    const { buffer } = openKernels(PAGE + 1)
    expect(buffer.byteLength).toBe(2 * PAGE)
    expect(openKernels(PAGE).buffer.byteLength).toBe(PAGE)
    expect(isKernelMemory(buffer)).toBe(true)
    expect(isKernelMemory(new ArrayBuffer(8))).toBe(false)
  })

  it('may be one that threads share', () => {
    const memory = sharedMemory(2 * PAGE + 1)
    expect(memory.buffer).toBeInstanceOf(SharedArrayBuffer)
    expect(memory.buffer.byteLength).toBe(3 * PAGE)
    expect(SharedMemory.safeParse(memory).success).toBe(true)
    expect(SharedMemory.safeParse({ buffer: memory.buffer }).success, 'no memory').toBe(false)
    expect(SharedMemory.safeParse(undefined).success).toBe(false)
    const trees = functionsOf(openTreeKernels(memory))
    const kernels = functionsOf(openKernels(PAGE).exports)
    expect(trees.length).toBeGreaterThan(0)
    expect(kernels.length).toBeGreaterThan(0)
    expect(
      trees.filter((name) => kernels.includes(name)),
      'they are two programs',
    ).toEqual([])
  })

  it('is null where there is no address space, and any other error is thrown', () => {
    expect(hasAddressSpace()).toBe(true)
    expect(orNullWithoutAddressSpace(() => 'opened')).toBe('opened')
    const failing = (error: Error) => () => {
      throw error
    }
    expect(orNullWithoutAddressSpace(failing(new RangeError('could not allocate memory')))).toBeNull()
    expect(() => orNullWithoutAddressSpace(failing(new TypeError('another')))).toThrow('another')
  })
})
