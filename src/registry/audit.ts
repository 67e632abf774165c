import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import { badCursor, type Page, type PageRequest } from '../page.ts'
import type { Store } from '../store/contract.ts'
import { seal, unseal } from '../store/sealed.ts'

/** A change that somebody has asked for and got. */
export const AuditEntry = z.object({
  /** UUIDv7: sorts by time. */
  id: z.uuid(),
  at: z.iso.datetime(),
  /** Name of the API key; null without keys. */
  by: z.string().nullable(),
  /** What was done, by the name that the OpenAPI document gives it (`setAlias`). */
  action: z.string(),
  /** What it was done to: the address that was asked. */
  target: z.string(),
  /** Where the thing is that was made, or null. */
  made: z.string().nullable(),
  /** Id of the request, as in the log. */
  request: z.string(),
})
export type AuditEntry = z.infer<typeof AuditEntry>

/** Who changed what, and when. Entries are created and never changed. */
export interface Audit {
  append(entry: Omit<AuditEntry, 'id' | 'at'>): Promise<void>
  /** Newest first. @throws FitserveError `invalid-query` */
  list(page: PageRequest): Promise<Page<AuditEntry>>
}

/** Entries are kept by day, so that a page needs the list of few days only. */
export function createAudit(store: Store): Audit {
  const read = async (day: string, id: string) => {
    const bytes = await store.read(`audit/${day}/${id}.json`)
    try {
      return bytes && AuditEntry.parse(unseal(bytes))
    } catch {
      // One that is damaged does not hide the others.
      return undefined
    }
  }
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
