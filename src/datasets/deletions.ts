import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { FitserveError } from '../errors.ts'
import type { Store } from '../store/contract.ts'
import { descriptionKey } from './catalog.ts'

// A deletion and an order (or a second upload of the same file) may meet, in one process or in two. Each first writes
// and then looks at what the other has written, so at least one of them sees the other (D-80):
//
//   deletion   announces itself ──► looks for open jobs ──► deletes, or refuses ──► takes the announcement back
//   order      keeps its record ──► waits for announced deletions ──► looks whether the data set is there

/** Time between two looks for the end of a deletion, in ms. */
const LOOK_MS = 50
/** Time that an order or an upload waits for the end of a deletion, in ms. */
const WAIT_MS = 10_000
/** Age of an announcement after which its process counts as dead, in ms: its deletion does nothing more. */
const LEFT_MS = 10 * 60_000

/** The deletions of data sets that are under way, in all processes. */
export interface Deletions {
  /**
   * Announces the deletion of data sets, does the work, and takes the announcement back.
   * @param work is given a function that throws if so much time has passed that others no longer heed the announcement
   */
  announced<T>(ids: readonly string[], work: (checkHeeded: () => Promise<void>) => Promise<T>): Promise<T>
  /**
   * Waits for the end of announced deletions of a data set. Returns whether it is still there: a deletion that begins
   * later sees everything that was written before this call.
   * @throws FitserveError `store-unavailable` if a deletion takes longer than 10 seconds
   */
  stands(id: string): Promise<boolean>
}

/** Opens the deletions of a store. */
export function createDeletions(store: Store): Deletions {
  const folder = (id: string) => `deletions/${id}/`

  /** Tells whether a deletion is announced. Removes announcements of processes that died. */
  const isAnnounced = async (id: string): Promise<boolean> => {
    if ((await store.children(folder(id))).length === 0) return false
    let found = false
    for await (const { key, ageMs } of store.entries(folder(id)))
      if (ageMs < LEFT_MS) found = true
      else await store.delete(key)
    return found
  }

  return {
    async announced(ids, work) {
      const keys = ids.map((id) => `${folder(id)}${randomUUID()}`)
      const announce = async () => {
        for (const key of keys) await store.create(key, '')
      }
      const checkHeeded = async () => {
        for (const key of keys)
          if (!(await store.has(key)))
            throw new FitserveError(
              'store-unavailable',
              'The deletion took too long. Send the request again.',
            )
      }
      try {
        // On a full disk nothing can be announced, and a deletion must free it. Nor can an order be kept then.
        await announce().catch(() => keys.splice(0))
        return await work(checkHeeded)
      } finally {
        // One that stays because the store is away is removed when it is old.
        for (const key of keys) await store.delete(key).catch(() => undefined)
      }
    },
    async stands(id) {
      for (const end = Date.now() + WAIT_MS; await isAnnounced(id); await setTimeout(LOOK_MS))
        if (Date.now() > end)
          throw new FitserveError(
            'store-unavailable',
            `The data set ${id} is being deleted. Send the request again in a few minutes.`,
          )
      return store.has(descriptionKey(id))
    },
  }
}
