import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Store } from '../../store/contract.ts'

const LOOK_MS = 1_000
const LONGEST_MS = 15 * 60_000
/** A full disk may still take a name, or a few bytes. */
const PROBE = Buffer.alloc(64 * 1024)

/** Resolves when the store answers and takes something, or the signal fires, or after a quarter of an hour. */
export async function storeIsBack(
  store: Pick<Store, 'ping' | 'create' | 'delete'>,
  signal: AbortSignal,
): Promise<void> {
  const began = performance.now()
  while (!signal.aborted && performance.now() - began < LONGEST_MS) {
    const works = await tryOut(store).then(
      () => true,
      () => false,
    )
    if (works) return
    await sleep(LOOK_MS, undefined, { signal }).catch(() => {})
  }
}

async function tryOut(store: Pick<Store, 'ping' | 'create' | 'delete'>): Promise<void> {
  await store.ping()
  const key = `probes/${randomUUID()}`
  await store.create(key, PROBE)
  await store.delete(key)
}
