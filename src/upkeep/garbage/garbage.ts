/*
 * Upkeep of the store: here the collection of garbage, in `../check/` the search for faults. Both only read what other
 * rooms have written, except that garbage is deleted. Start here or with `../check/check-store.ts`.
 */
import { z } from 'zod'
import { descriptionKey } from '../../datasets/catalog.ts'
import { unlessDamaged } from '../../errors.ts'
import type { JobRecords } from '../../jobs/records/records.ts'
import { inParallel } from '../../runtime/in-parallel.ts'
import { serial } from '../../runtime/serial.ts'
import type { Store } from '../../store/contract.ts'
import { readSealed } from '../../store/sealed-values.ts'
import { noteExpiry, predictionReason } from './predictions.ts'
import { type References, readReferences } from './references.ts'
import { type Unit, unitsOf } from './units.ts'

/** Dependencies and settings of `createGarbageCollector`. */
export interface GarbageDependencies {
  store: Store
  records: JobRecords
  /** Age below which nothing is garbage, in ms: a young file may be about to be used. */
  ageMs: number
  /** Age from which the result of a prediction is deleted, in ms; null (default): none is for its age. */
  predictionMs?: number | null
}

/** Files in the store that nothing refers to. */
export interface GarbageItem {
  /** A key of the store, or with a `/` at its end all keys below it. */
  key: string
  keys: number
  bytes: number
  reason: string
}

/** Result of a collection. */
export interface GarbageReport {
  dryRun: boolean
  olderThanHours: number
  /** The first thousand items that were deleted or, in a dry run, would be. */
  items: GarbageItem[]
  total: { items: number; keys: number; bytes: number }
  /** Temporary files and unfinished uploads of processes that have died. */
  swept: string[]
  /** Models whose log cannot be read. As long as there is one, no artifacts are deleted. */
  unreadable: string[]
}

/** Finds and deletes garbage. */
export interface GarbageCollector {
  /** Deletes garbage, or in a dry run only lists it. @throws FitserveError `store-unavailable` */
  collect(options: { dryRun: boolean }): Promise<GarbageReport>
}

/**
 * When garbage is collected: at night, and at an odd minute, when other scheduled work of a shared store is unlikely.
 */
export const COLLECTION_TIMES = { cron: '17 3 * * *', timeZone: 'UTC' }

/** Candidates that are looked at at once: a bucket is far away and must not be flooded. */
const LOOKS_AT_ONCE = 16

const KeptKey = z.object({ at: z.iso.datetime() })

/** Items that a report lists; the totals count all. */
const MAX_ITEMS = 1_000
const HOUR_MS = 3_600_000
/**
 * Age above which an entry of an idempotency key is garbage. It answers for a day; the second day allows for clocks
 * that differ.
 */
const IDEMPOTENCY_MS = 48 * HOUR_MS

/**
 * Creates the collector; its runs follow one another. Candidates are listed before the references are read, and each
 * one is checked again before it is deleted. A version that is being published consists of young files, which are no
 * candidates.
 */
export function createGarbageCollector(dependencies: GarbageDependencies): GarbageCollector {
  const oneAtATime = serial()
  /** Jobs that are no parts, or whose own job exists: neither changes, so each process reads their records once. */
  const belonging = new Set<string>()
  return { collect: (options) => oneAtATime(() => collect(dependencies, belonging, options)) }
}

async function collect(
  dependencies: GarbageDependencies,
  belonging: Set<string>,
  { dryRun }: { dryRun: boolean },
): Promise<GarbageReport> {
  const { store, ageMs } = dependencies
  const isCandidate = ({ kind, name, ageMs: age }: Unit) =>
    age >= ageMs && !(kind === 'ordered' && belonging.has(name))
  const old = (await unitsOf(store)).filter(isCandidate)
  const references = await readReferences(store, ageMs)
  const reasons = new Map<Unit, string>()
  await inParallel(old, LOOKS_AT_ONCE, async (unit) => {
    const reason = await unlessDamaged(() => reasonOf(dependencies, unit, { ...references, belonging }))
    if (reason !== undefined) reasons.set(unit, reason)
  })
  const found = old.flatMap((unit) => {
    const reason = reasons.get(unit)
    return reason === undefined ? [] : [{ unit, reason }]
  })
  // Some candidates may have come into use since the logs were read.
  const again = dryRun ? references : await readReferences(store, ageMs)
  const items: GarbageItem[] = []
  const total = { items: 0, keys: 0, bytes: 0 }
  for (const { unit, reason } of found) {
    const { key, keys, bytes } = unit
    if (!dryRun) {
      if ((await unlessDamaged(() => reasonOf(dependencies, unit, { ...again, belonging }))) === undefined)
        continue
      if (unit.kind === 'prediction') await noteExpiry(dependencies, unit)
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
 * Returns the reason why a unit of sufficient age is garbage; undefined if it is not.
 * @throws FitserveError `corrupt-artifact` if the file that decides it is damaged
 */
async function reasonOf(
  { store, records, predictionMs = null }: GarbageDependencies,
  unit: Unit,
  { artifacts, jobs, unreadable, belonging }: References & { belonging: Set<string> },
): Promise<string | undefined> {
  const { kind, key, name } = unit
  const hasRecord = (id: string) => store.has(`jobs/${id}/record.json`)
  switch (kind) {
    case 'artifacts': {
      if (artifacts.has(key) || unreadable.length > 0) return undefined
      const job = name.replace(/-\d+$/, '')
      if ((await hasRecord(job)) && !(await records.hasEnded(job))) return undefined
      return 'No version refers to these files.'
    }
    case 'checkpoints':
      return (await records.hasEnded(name)) ? 'The job has ended.' : undefined
    case 'job':
      return (await hasRecord(name)) ? undefined : 'No job with this id was ordered.'
    case 'ordered': {
      if (await belongs(records, name)) {
        belonging.add(name)
        return undefined
      }
      // One that the queue has got all the same is ended when queue and store are compared.
      return (await records.hasEnded(name)) ? 'The job that it is a part of was never ordered.' : undefined
    }
    case 'dataset':
      return (await store.has(descriptionKey(name))) ? undefined : 'The upload was never completed.'
    case 'deletion':
      return 'The deletion of the data set was never completed.'
    case 'fingerprint':
      return jobs.has(name) || unreadable.length > 0 ? undefined : 'The version of the job was deleted.'
    case 'idempotency':
      return (await isOutdated(store, key)) ? 'The Idempotency-Key has expired.' : undefined
    case 'prediction':
      return predictionReason({ store, records, predictionMs }, unit)
    case 'probe':
      return 'It was written to test the store.'
    case 'webhook':
      return (await hasRecord(name)) ? undefined : 'No job with this id was ordered.'
  }
}

/** Tells whether a job is no part of another one, or is one of its parts. */
async function belongs(records: JobRecords, id: string): Promise<boolean> {
  const record = await records.find(id)
  if (!record || record.parent === null) return true
  return (await records.find(record.parent))?.children.includes(id) === true
}

/** Tells whether an entry of an idempotency key is too old, by the time that it holds. */
async function isOutdated(store: Store, key: string): Promise<boolean> {
  // A damaged key stays until a person has looked at it.
  const kept = await readSealed(store, key, KeptKey, { onDamage: 'skip' })
  return kept !== undefined && Date.now() - Date.parse(kept.at) >= IDEMPOTENCY_MS
}
