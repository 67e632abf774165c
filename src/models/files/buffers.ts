import { MessageChannel } from 'node:worker_threads'
import { isKernelMemory } from '../../runtime/kernel-memory.ts'
import type { Steps } from '../../runtime/steps.ts'

/** Bytes above which a buffer is given back by hand. Node's small buffers share memory with others and must be left. */
const LARGE_BYTES = 2 ** 16

/** Returns the memory of all arrays in a plain value, each buffer once. */
export function buffersOf(value: unknown): ArrayBuffer[] {
  const found = new Set<ArrayBuffer>()
  const look = (each: unknown): void => {
    if (ArrayBuffer.isView(each)) {
      if (each.buffer instanceof ArrayBuffer) found.add(each.buffer)
    } else if (typeof each === 'object' && each !== null) for (const part of Object.values(each)) look(part)
  }
  look(value)
  return [...found]
}

/**
 * Gives the memory of large buffers back to the system at once; arrays on them are empty afterwards. The garbage
 * collector would free them at some later time, and tens of megabytes that come and go make V8 collect the whole heap.
 */
export function* freeSteps(buffers: readonly ArrayBuffer[]): Steps<void> {
  // A message to a closed port is dropped, together with the memory that was transferred with it.
  const { port1, port2 } = new MessageChannel()
  port2.close()
  yield
  for (const buffer of buffers) {
    if (buffer.byteLength < LARGE_BYTES || isKernelMemory(buffer)) continue
    port1.postMessage(null, [buffer])
    yield
  }
  port1.close()
}
