import { setTimeout as sleep } from 'node:timers/promises'
import type { Store } from '../../store/contract.ts'

const LOOK_MS = 1_000
const LONGEST_MS = 15 * 60_000

/** Resolves when the store answers, or the signal fires, or after a quarter of an hour. */
export async function storeIsBack(store: Pick<Store, 'ping'>, signal: AbortSignal): Promise<void> {
  const began = performance.now()
  while (!signal.aborted && performance.now() - began < LONGEST_MS) {
    const answers = await store.ping().then(
      () => true,
      () => false,
    )
    if (answers) return
    await sleep(LOOK_MS, undefined, { signal }).catch(() => {})
  }
}
