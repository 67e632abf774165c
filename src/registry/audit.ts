import { createHash } from 'node:crypto'
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
  /** Name of the API key; null without keys, and for changes that were made outside the service. */
  by: z.string().nullable(),
  /** What was done, by the name that the OpenAPI document gives it (`setAlias`). */
  action: z.string(),
  /** The address that was asked, which names the thing that was changed; `keys/` and a name for an API key. */
  target: z.string(),
  /** The model that the change was about; null where it was none, and in entries of earlier releases. */
  model: z.string().nullable().default(null),
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
export type RequestedChange = Pick<AuditEntry, 'by' | 'action' | 'target' | 'request'> & {
  /** Default: it is about no model. */
  model?: string | null
}

/** Selects entries; an absent member selects all. */
export interface AuditFilter {
  /** Name of the API key. */
  by?: string | undefined
  action?: string | undefined
  /** A model. Entries of earlier releases are about the one in their address. */
  model?: string | undefined
  /** Whether changes of a model are shown. Those that are about no model always are. */
  ofModel?: ((model: string) => boolean) | undefined
  /** Times between which a change was requested, as in the entries; `until` is not included. */
  since?: string | undefined
  until?: string | undefined
}

/** The entry of a request that is being answered. */
export interface OpenEntry {
  /** Records that the change was requested. */
  begin(): Promise<void>
  /** Records that the change was made. @param made address of the thing that was created, or null */
  end(made: string | null): Promise<void>
  /** Takes the entry back: the request was refused, and nothing has changed. */
  drop(): Promise<void>
}

/** A log of changes: who made which, and when. Entries are created and never changed. */
export interface Audit {
  /** Opens an entry; id and time are set here. Nothing is written yet. */
  open(change: RequestedChange): OpenEntry
  /**
   * Records a change that was made outside the service at a time. Of several processes that have found it, one writes the
   * entry.
   */
  record(change: RequestedChange, at: Date): Promise<void>
  /**
   * Returns a page, newest first; damaged entries are left out. At most `MAX_LOOKED` entries are read for it, so that a
   * page may have fewer items than its limit although another one follows. @throws FitserveError `invalid-query`
   */
  list(page: PageRequest, filter?: AuditFilter): Promise<Page<AuditEntry>>
}

/** Entries that are read for a page at most, and at once. */
const MAX_LOOKED = 1_000
const READS_AT_ONCE = 16

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
      const entry = { id, at: at.toISOString(), model: null, ...change, made: null }
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
    async record(change, at) {
      const named = createHash('sha256').update(
        JSON.stringify([change.action, change.target, change.request]),
      )
      // The same in each process, so that the key exists once the first one has created it.
      const id = uuidv7({ msecs: at.getTime(), random: named.digest().subarray(0, 16) })
      const entry = { id, at: at.toISOString(), model: null, ...change, made: null, complete: true }
      await store.create(keyOf(dayOf(at), id), seal(entry))
    },
    async list({ limit, cursor }, filter = {}) {
      if (cursor !== undefined && !z.uuid().safeParse(cursor).success) throw badCursor()
      const isLooked = inTime(filter)
      const items: AuditEntry[] = []
      let looked = 0
      let last: string | undefined
      for (const day of (await store.children('audit/')).reverse()) {
        if (!isLooked.day(day)) continue
        const entries = entriesOf(await store.children(`audit/${day}/`)).filter(
          ({ id }) => (cursor === undefined || id < cursor) && isLooked.id(id),
        )
        while (entries.length > 0) {
          if (items.length === limit || looked >= MAX_LOOKED) return { items, next: last ?? null }
          const next = entries.splice(0, Math.min(READS_AT_ONCE, limit - items.length))
          const found = await Promise.all(next.map((entry) => readOf(day, entry)))
          items.push(
            ...found.filter((entry) => entry !== undefined).filter((entry) => isWanted(entry, filter)),
          )
          looked += next.length
          last = next.at(-1)?.id
        }
      }
      return { items, next: null }
    },
  }

  async function readOf(day: string, { id, begun }: { id: string; begun: boolean }) {
    const intent = begun ? await read(day, `${id}${INTENT}`) : undefined
    // Read after its intent, which is deleted once the entry has been created.
    return (await read(day, id)) ?? intent
  }
}

/** Returns what tells whether a day and an id are within the times of a filter: an id begins with its time. */
function inTime({ since, until }: AuditFilter) {
  const from = since === undefined ? Number.NEGATIVE_INFINITY : Date.parse(since)
  const to = until === undefined ? Number.POSITIVE_INFINITY : Date.parse(until)
  return {
    day: (day: string) => Date.parse(day) + DAY_MS > from && Date.parse(day) < to,
    id(id: string) {
      const at = Number.parseInt(id.slice(0, 13).replace('-', ''), 16)
      return at >= from && at < to
    },
  }
}

function isWanted(entry: AuditEntry, { by, action, model, ofModel }: AuditFilter): boolean {
  if (by !== undefined && entry.by !== by) return false
  if (action !== undefined && entry.action !== action) return false
  const own = entry.model ?? modelIn(entry.target)
  if (own !== undefined && ofModel && !ofModel(own)) return false
  // Entries of jobs had no model in earlier releases, so it cannot be told whose they are.
  if (own === undefined && ofModel && /^\/(?:jobs|predictions)\b/.test(entry.target)) return false
  return model === undefined || own === model
}

/** Returns the model that an address names; undefined where it names none. */
function modelIn(target: string): string | undefined {
  return /^\/models\/([^/?#]+)/.exec(target)?.[1]
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

const DAY_MS = 24 * 3600 * 1000

function dayOf(at: Date): string {
  return at.toISOString().slice(0, 10)
}
