import { z } from 'zod'
import { descriptionKey } from '../../datasets/catalog.ts'
import { unlessDamaged } from '../../errors.ts'
import type { JobRecords } from '../../jobs/records/records.ts'
import type { Store } from '../../store/contract.ts'
import { unseal } from '../../store/sealed.ts'
import { type References, readReferences } from './references.ts'
import { type Unit, unitsOf } from './units.ts'

export interface GarbageDependencies {
  store: Store
  records: JobRecords
  /** What is younger is never garbage: it may be on its way into use. */
  ageMs: number
}

/** What nothing refers to any more. */
export interface GarbageItem {
  /** A key of the store, or with a `/` at its end all keys below it. */
  key: string
  keys: number
  bytes: number
  reason: string
}

export interface GarbageReport {
  dryRun: boolean
  olderThanHours: number
  /** What was deleted or, in a dry run, would be: the first thousand. */
  items: GarbageItem[]
  total: { items: number; keys: number; bytes: number }
  /** Temporary files and uploads in parts of processes that have died. */
  swept: string[]
  /** Models whose log cannot be read; because of them no artifacts are deleted. */
  unreadable: string[]
}

export interface GarbageCollector {
  /** Deletes what nothing refers to, or only tells it. @throws FitserveError `store-unavailable` */
  collect(options: { dryRun: boolean }): Promise<GarbageReport>
}

const KeptKey = z.object({ at: z.iso.datetime() })

const MAX_ITEMS = 1_000
const HOUR_MS = 3_600_000
/** An `Idempotency-Key` is good for a day, by the clock of the process that was asked. */
const IDEMPOTENCY_MS = 48 * HOUR_MS

/**
 * Finds and deletes garbage. What might be garbage is listed before it is known what is referred to, and each piece is
 * looked at once more before it goes: whoever publishes writes young files, and those are not looked at.
 */
export function createGarbageCollector(dependencies: GarbageDependencies): GarbageCollector {
  let last: Promise<unknown> = Promise.resolve()
  return {
    collect(options) {
      const mine = last.then(() => collect(dependencies, options))
      last = mine.catch(() => undefined)
      return mine
    },
  }
}

async function collect(
  dependencies: GarbageDependencies,
  { dryRun }: { dryRun: boolean },
): Promise<GarbageReport> {
  const { store, ageMs } = dependencies
  const old = (await unitsOf(store)).filter((unit) => unit.ageMs >= ageMs)
  const references = await readReferences(store, ageMs)
  const found: { unit: Unit; reason: string }[] = []
  for (const unit of old) {
    const reason = await unlessDamaged(() => reasonOf(dependencies, unit, references))
    if (reason !== undefined) found.push({ unit, reason })
  }
  // What may have come into use since the logs were read.
  const again = dryRun ? references : await readReferences(store, ageMs)
  const items: GarbageItem[] = []
  const total = { items: 0, keys: 0, bytes: 0 }
  for (const { unit, reason } of found) {
    const { key, keys, bytes } = unit
    if (!dryRun) {
      if ((await unlessDamaged(() => reasonOf(dependencies, unit, again))) === undefined) continue
      await (key.endsWith('/') ? store.deleteBelow(key) : store.delete(key))
    }
    if (items.length < MAX_ITEMS) items.push({ key, keys, bytes, reason })
    total.items += 1
    total.keys += keys
    total.bytes += bytes
  }
  const swept = await store.sweep({ dryRun })
  const { unreadable } = again
  return { dryRun, olderThanHours: ageMs / HOUR_MS, items, total, swept, unreadable }
}

/**
 * Why a unit that is old enough is garbage; undefined where it is not.
 * @throws FitserveError `corrupt-artifact` where what tells it is damaged
 */
async function reasonOf(
  { store, records }: GarbageDependencies,
  { kind, key, name }: Unit,
  { artifacts, jobs, unreadable }: References,
): Promise<string | undefined> {
  const hasRecord = (id: string) => store.has(`jobs/${id}/record.json`)
  switch (kind) {
    case 'artifacts': {
      if (artifacts.has(key) || unreadable.length > 0) return undefined
      const job = name.replace(/-\d+$/, '')
      if ((await hasRecord(job)) && !(await records.hasEnded(job))) return undefined
      return 'No version has these files.'
    }
    case 'checkpoints':
      return (await records.hasEnded(name)) ? 'The job has ended.' : undefined
    case 'job':
      return (await hasRecord(name)) ? undefined : 'There is no order of this job.'
    case 'dataset':
      return (await store.has(descriptionKey(name))) ? undefined : 'The upload did not come to its end.'
    case 'fingerprint':
      return jobs.has(name) || unreadable.length > 0 ? undefined : 'The job has no version any more.'
    case 'idempotency':
      return (await isOutdated(store, key)) ? 'The key is not remembered any more.' : undefined
    case 'probe':
      return 'It was written to try the store out.'
    case 'webhook':
      return (await hasRecord(name)) ? undefined : 'There is no order of this job.'
  }
}

/** Told by its content: it may have been made anew since it was listed. */
async function isOutdated(store: Store, key: string): Promise<boolean> {
  const bytes = await store.read(key)
  if (!bytes) return false
  try {
    const { at } = KeptKey.parse(unseal(bytes))
    return Date.now() - Date.parse(at) >= IDEMPOTENCY_MS
  } catch {
    // What is damaged is refused until somebody has looked at it.
    return false
  }
}
