import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Store } from '../../store/contract.ts'

/** Pause between two tries, in milliseconds. */
const RETRY_MS = 1_000
/** Limit on the whole wait, in milliseconds: a store that is down for longer ends the attempt. */
const MAX_WAIT_MS = 15 * 60_000
/** Bytes that a try writes: a full disk may still take a name, or a few bytes. */
const PROBE = Buffer.alloc(64 * 1024)

/** Resolves when the store answers and takes a file, when the signal fires, or after a quarter of an hour. */
export async function waitForStore(
  store: Pick<Store, 'ping' | 'create' | 'delete'>,
  signal: AbortSignal,
): Promise<void> {
  const began = performance.now()
  while (!signal.aborted && performance.now() - began < MAX_WAIT_MS) {
    const works = await tryOut(store).then(
      () => true,
      () => false,
    )
    if (works) return
    // An aborted sleep rejects; the loop's condition sees the signal.
    await sleep(RETRY_MS, undefined, { signal }).catch(() => {})
  }
}

async function tryOut(store: Pick<Store, 'ping' | 'create' | 'delete'>): Promise<void> {
  await store.ping()
  const key = `probes/${randomUUID()}`
  await store.create(key, PROBE)
  await store.delete(key)
}
