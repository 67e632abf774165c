import type { components } from '../../api/openapi.ts'

type LogEntry = components['schemas']['LogEntry']

/** The names of the keys that ordered versions, by version; one that no key ordered has none. */
export type Orderers = ReadonlyMap<number, string>

/** Pages of the log that are read at most. */
const MAX_PAGES = 5

/**
 * Finds in the log of a model who ordered versions, be it by a job, by another threshold or by an import.
 * @param load loads a page of the log, the newest entries first
 */
export async function orderersOf(
  versions: readonly number[],
  load: (cursor: string | undefined) => Promise<{ items: readonly LogEntry[]; next: string | null }>,
): Promise<Orderers> {
  const orderers = new Map<number, string>()
  const wanted = new Set(versions)
  let cursor: string | undefined
  for (let page = 0; page < MAX_PAGES && wanted.size > 0; page++) {
    const { items, next } = await load(cursor)
    for (const { by, events } of items)
      for (const event of events)
        if (event.type === 'published' && wanted.delete(event.version) && by !== null)
          orderers.set(event.version, by)
    if (next === null) break
    cursor = next
  }
  return orderers
}
