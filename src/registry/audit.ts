import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import { badCursor, type Page, type PageRequest } from '../page.ts'
import type { Store } from '../store/contract.ts'
import { seal } from '../store/sealed.ts'
import { readSealed } from '../store/sealed-values.ts'

/** A change that a caller asked for and that was made. */
export const AuditEntry = z.object({
  /** UUIDv7: sorts by time. */
  id: z.uuid(),
  at: z.iso.datetime(),
  /** Name of the API key; null without keys. */
  by: z.string().nullable(),
  /** What was done, by the name that the OpenAPI document gives it (`setAlias`). */
  action: z.string(),
  /** The address that was asked, which names the thing that was changed. */
  target: z.string(),
  /** Address of the thing that was created, or null. */
  made: z.string().nullable(),
  /** Id of the request, as in the log. */
  request: z.string(),
})
export type AuditEntry = z.infer<typeof AuditEntry>

/** A log of changes: who made which, and when. Entries are created and never changed. */
export interface Audit {
  /** Adds an entry; id and time are set here. */
  append(entry: Omit<AuditEntry, 'id' | 'at'>): Promise<void>
  /** Returns a page, newest first; damaged entries are left out. @throws FitserveError `invalid-query` */
  list(page: PageRequest): Promise<Page<AuditEntry>>
}

/** Creates the audit log of a store. Entries are kept by day, so that a page lists the keys of a few days only. */
export function createAudit(store: Store): Audit {
  // A damaged entry must not hide the others.
  const read = (day: string, id: string) =>
    readSealed(store, `audit/${day}/${id}.json`, AuditEntry, { onDamage: 'skip' })

  return {
    async append(entry) {
      const at = new Date()
      const id = uuidv7({ msecs: at.getTime() })
      const content = seal({ id, at: at.toISOString(), ...entry })
      await store.create(`audit/${dayOf(at)}/${id}.json`, content)
    },
    async list({ limit, cursor }) {
      if (cursor !== undefined && !z.uuid().safeParse(cursor).success) throw badCursor()
      const items: AuditEntry[] = []
      for (const day of (await store.children('audit/')).reverse())
        for (const name of (await store.children(`audit/${day}/`)).reverse()) {
          const id = name.replace(/\.json$/, '')
          if (cursor !== undefined && id >= cursor) continue
          if (items.length === limit) return { items, next: items.at(-1)?.id ?? null }
          const entry = await read(day, id)
          if (entry) items.push(entry)
        }
      return { items, next: null }
    },
  }
}

function dayOf(at: Date): string {
  return at.toISOString().slice(0, 10)
}
