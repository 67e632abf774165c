import { createHash } from 'node:crypto'
import type { Store } from '../../store/contract.ts'
import type { CheckpointFiles } from '../../training-contract.ts'
import { checkpointFolder } from '../records/records.ts'
import type { Fence } from './fence.ts'

/** Length of a SHA-256 hash, in bytes. */
const HASH_BYTES = 32

/**
 * Returns an attempt's checkpoints in the store, below `jobs/<id>/checkpoints/`. Each is a file named by attempt and
 * number, and begins with the SHA-256 of its content. An attempt reads those of all attempts and writes under its own
 * number only. They are deleted when the job ends (`JobRecords.end`).
 */
export function checkpointFiles(store: Store, id: string, attempt: number, fence: Fence): CheckpointFiles {
  const folder = checkpointFolder(id)
  let written = 0
  return {
    async read() {
      const intact: Uint8Array[] = []
      for (const name of await store.children(folder)) {
        // A checkpoint that cannot be read only costs the time that it would have saved.
        const bytes = await store.read(`${folder}${name}`).catch(() => undefined)
        const content = bytes && contentOf(bytes)
        if (content) intact.push(content)
      }
      return intact
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
        // A store that is down or full for a moment does not stop the training: the next save comes soon.
      }
    },
  }
}

/** Pads a number, so that names sort in the order in which they were made. */
function digits(number: number): string {
  return String(number).padStart(6, '0')
}

function hashOf(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest()
}

/** Returns the content of a checkpoint; undefined where it does not match its hash. */
function contentOf(bytes: Buffer): Uint8Array | undefined {
  const content = bytes.subarray(HASH_BYTES)
  return hashOf(content).equals(bytes.subarray(0, HASH_BYTES)) ? content : undefined
}
