import type { Audit } from '../../registry/audit.ts'
import type { GarbageCollector, GarbageReport } from './garbage.ts'

/** What the daily collection works with, and whom it tells. */
export interface CollectionParts {
  garbage: Pick<GarbageCollector, 'collect'>
  audit: Pick<Audit, 'open'>
  /** Called with the totals of each collection. */
  onCollected: (report: Omit<GarbageReport, 'items'>) => void
  /** Called when a collection cannot be kept in the audit log. */
  onNotAudited: (error: unknown) => void
}

/**
 * Returns the work of the daily chore: one collection, with an entry in the audit log. An entry that cannot be kept does
 * not hinder it, since on a full disk the collection is what makes room.
 */
export function collectionChore(parts: CollectionParts): (chore: { id: string }) => Promise<void> {
  const { garbage, audit, onCollected, onNotAudited } = parts
  return async ({ id }) => {
    const entry = audit.open({ by: null, action: 'collectGarbage', target: '/gc', request: id })
    await entry.begin().catch(onNotAudited)
    const { items: _items, ...report } = await garbage.collect({ dryRun: false })
    onCollected(report)
    await entry.end(null).catch(onNotAudited)
  }
}
