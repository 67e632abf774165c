import { createHash } from 'node:crypto'
import type { Store } from '../../store/contract.ts'
import type { CheckpointFiles } from '../../training-contract.ts'
import { checkpointFolder } from '../records/records.ts'
import type { Fence } from './fence.ts'

const HASH_BYTES = 32

/**
 * An attempt's checkpoints in the store, below `jobs/<id>/checkpoints/`: each a file of its own, named by attempt and
 * number, with its SHA-256 before it. An attempt reads those of all attempts and writes under its own number only.
 * They are deleted when the job ends (`JobRecords.end`).
 */
export function checkpointFiles(store: Store, id: string, attempt: number, fence: Fence): CheckpointFiles {
  const folder = checkpointFolder(id)
  let written = 0
  return {
    async read() {
      const whole: Uint8Array[] = []
      for (const name of await store.children(folder)) {
        // What cannot be read costs the time that it would have saved, and no more.
        const bytes = await store.read(`${folder}${name}`).catch(() => undefined)
        const content = bytes && contentOf(bytes)
        if (content) whole.push(content)
      }
      return whole
    },
    async save(kind, bytes) {
      await fence.check()
      written += 1
      const name = `${digits(attempt)}-${digits(written)}-${kind}`
      try {
        if (!(await store.create(`${folder}${name}`, Buffer.concat([hashOf(bytes), bytes])))) return
        if (kind !== 'running') return
        for (const other of await store.children(folder))
          if (other.endsWith(`-${kind}`) && other < name) await store.delete(`${folder}${other}`)
      } catch {
        // A store that is away or full for a moment is no reason to stop: the next one comes soon.
      }
    },
  }
}

/** Names in the order of their making. */
function digits(number: number): string {
  return String(number).padStart(6, '0')
}

function hashOf(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest()
}

/** What was kept; undefined where it was torn. */
function contentOf(bytes: Buffer): Uint8Array | undefined {
  const content = bytes.subarray(HASH_BYTES)
  return hashOf(content).equals(bytes.subarray(0, HASH_BYTES)) ? content : undefined
}
