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
 * All models, in any order: those that changes were noted of are read again, of the others what was read before still
 * holds. So it takes as long as the list of their names, however many there are. A change whose note is missing is seen
 * when somebody asks for its model, as serving does for all from time to time.
 */
export function openHeads(store: Store, generations: Generations): () => Promise<ModelHead[]> {
  const feed = openChangeFeed(store)
  /** The models that are to be read again, with the look that has found it out. */
  const stale = new Map<string, number>()
  let looks = 0
  let begun = false

  return async () => {
    looks += 1
    const look = looks
    const changed = await feed.changed()
    const names = await store.children('models/')
    for (const name of begun ? changed : names) stale.set(name, look)
    begun = true
    const found: ModelHead[] = []
    await inParallel(names, READS_AT_ONCE, async (name) => {
      const since = stale.get(name)
      const known = since === undefined ? generations.seen(name) : undefined
      // One that is damaged does not hide the others; asked for by its name it says so.
      const head = known ?? (await unlessDamaged(() => generations.head(name)))
      if (!head) return
      // Not where it has changed once more meanwhile.
      if (stale.get(name) === since) stale.delete(name)
      if (!head.state.deleted) found.push({ name, head })
    })
    return found
  }
}
