import { unlessDamaged } from '../errors.ts'
import { inParallel } from '../runtime/in-parallel.ts'
import type { Store } from '../store/contract.ts'
import { openChangeFeed } from './change-feed.ts'
import { type Generations, READS_AT_ONCE } from './generations.ts'
import type { Generation } from './model-log.ts'

/** A model with the newest generation of its log. */
export interface ModelHead {
  name: string
  head: Generation
}

/**
 * Returns a function that lists the heads of all models, in any order; damaged logs are left out. Only models with a
 * note in the change feed are read again, so a call takes little more than the list of names, however many models there
 * are. A change without a note is seen once its model is asked for by name, which serving does for all models from time
 * to time.
 */
export function openHeads(store: Store, generations: Generations): () => Promise<ModelHead[]> {
  const feed = openChangeFeed(store)
  /** Models to be read again, with the number of the call that found them changed. */
  const stale = new Map<string, number>()
  let calls = 0
  let begun = false

  return async () => {
    calls += 1
    const call = calls
    const changed = await feed.changed()
    const names = await store.children('models/')
    for (const name of begun ? changed : names) stale.set(name, call)
    begun = true
    const found: ModelHead[] = []
    await inParallel(names, READS_AT_ONCE, async (name) => {
      const since = stale.get(name)
      const known = since === undefined ? generations.seen(name) : undefined
      // A damaged log must not hide the other models. Asking for its model by name reports the damage.
      const head = known ?? (await unlessDamaged(() => generations.head(name)))
      if (!head) return
      // It stays stale if it has changed once more meanwhile.
      if (stale.get(name) === since) stale.delete(name)
      if (!head.state.deleted) found.push({ name, head })
    })
    return found
  }
}
