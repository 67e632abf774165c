import { MessageChannel } from 'node:worker_threads'
import type { Steps } from '../../runtime/steps.ts'

/** Bytes from which memory is worth giving back by hand. Small buffers of Node are parts of one that others use too. */
const LARGE_BYTES = 2 ** 16

/** The memory of all arrays in a plain value. */
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
 * Gives the memory of large buffers back to the system now: arrays on them are empty afterwards. Left to the collector,
 * it would go at some later time, and tens of megabytes that come and go make V8 collect the whole heap.
 */
export function* freeSteps(buffers: readonly ArrayBuffer[]): Steps<void> {
  // What is sent to a port that nobody reads any more is dropped, with the memory that was handed over.
  const { port1, port2 } = new MessageChannel()
  port2.close()
  yield
  for (const buffer of buffers) {
    if (buffer.byteLength < LARGE_BYTES) continue
    port1.postMessage(null, [buffer])
    yield
  }
  port1.close()
}
