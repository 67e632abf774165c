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
  /**
   * False while the request is being answered, and for good if the service failed or its process died: the change may
   * have been made or not.
   */
  complete: z.boolean().default(true),
})
export type AuditEntry = z.infer<typeof AuditEntry>

/** A request for a change, before it is made. */
export type RequestedChange = Pick<AuditEntry, 'by' | 'action' | 'target' | 'request'>

/** The entry of a request that is being answered. */
export interface OpenEntry {
  /** Keeps that the change was requested. */
  begin(): Promise<void>
  /** Keeps that the change was made. @param made address of the thing that was created, or null */
  end(made: string | null): Promise<void>
  /** Takes the entry back: the request was refused, and nothing has changed. */
  drop(): Promise<void>
}

/** A log of changes: who made which, and when. Entries are created and never changed. */
export interface Audit {
  /** Opens an entry; id and time are set here. Nothing is written yet. */
  open(change: RequestedChange): OpenEntry
  /** Returns a page, newest first; damaged entries are left out. @throws FitserveError `invalid-query` */
  list(page: PageRequest): Promise<Page<AuditEntry>>
}

/** The end of the key of an intent: an entry that is deleted once the request has been answered. */
const INTENT = '.begun'

/**
 * Creates the audit log of a store. Entries are kept by day, so that a page lists the keys of a few days only. Before a
 * change is made, `<id>.begun.json` is created; `<id>.json` replaces it once the change was made.
 */
export function createAudit(store: Store): Audit {
  const keyOf = (day: string, name: string) => `audit/${day}/${name}.json`
  // A damaged entry must not hide the others.
  const read = (day: string, name: string) =>
    readSealed(store, keyOf(day, name), AuditEntry, { onDamage: 'skip' })

  return {
    open(change) {
      const at = new Date()
      const day = dayOf(at)
      const id = uuidv7({ msecs: at.getTime() })
      const entry = { id, at: at.toISOString(), ...change, made: null }
      const intent = keyOf(day, `${id}${INTENT}`)
      return {
        begin: async () => void (await store.create(intent, seal({ ...entry, complete: false }))),
        async end(made) {
          await store.create(keyOf(day, id), seal({ ...entry, made, complete: true }))
          await store.delete(intent)
        },
        drop: () => store.delete(intent),
      }
    },
    async list({ limit, cursor }) {
      if (cursor !== undefined && !z.uuid().safeParse(cursor).success) throw badCursor()
      const items: AuditEntry[] = []
      for (const day of (await store.children('audit/')).reverse())
        for (const { id, begun } of entriesOf(await store.children(`audit/${day}/`))) {
          if (cursor !== undefined && id >= cursor) continue
          if (items.length === limit) return { items, next: items.at(-1)?.id ?? null }
          const intent = begun ? await read(day, `${id}${INTENT}`) : undefined
          // Read after its intent, which is deleted once the entry has been created.
          const entry = (await read(day, id)) ?? intent
          if (entry) items.push(entry)
        }
      return { items, next: null }
    },
  }
}

/** Returns the entries of a day, newest first. `begun`: there is an intent. */
function entriesOf(names: readonly string[]): { id: string; begun: boolean }[] {
  const found = new Map<string, boolean>()
  for (const name of names) {
    const [id = ''] = name.split('.', 1)
    found.set(id, found.get(id) === true || name === `${id}${INTENT}.json`)
  }
  return [...found].map(([id, begun]) => ({ id, begun })).sort((a, b) => (a.id < b.id ? 1 : -1))
}

function dayOf(at: Date): string {
  return at.toISOString().slice(0, 10)
}
