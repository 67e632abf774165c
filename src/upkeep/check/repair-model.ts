import { z } from 'zod'
import { unlessDamaged } from '../../errors.ts'
import { JobRecords } from '../../jobs/records/records.ts'
import { artifactsOf, MANIFEST, summarize } from '../../registry/artifacts.ts'
import type { ModelState, VersionEntry } from '../../registry/model-log.ts'
import { createModelRegistry, type ModelRegistry } from '../../registry/registry.ts'
import { appendRepair, type DamagedEnd, findDamagedEnd, stateAfterDamage } from '../../registry/repair.ts'
import { readAllFiles } from '../../registry/version-files.ts'
import type { Store } from '../../store/contract.ts'

/** A version that was found again. */
export interface FoundVersion extends VersionEntry {
  /** Whether it came by import. Then its number is not written down, but follows from the order of events. */
  imported: boolean
}

/** What a repair of a model's log would do. */
export interface RepairPlan {
  end: DamagedEnd
  /** Versions that the damaged entries published, found again by the outcomes of their jobs, or by their files. */
  found: FoundVersion[]
  /** The state with which the log goes on. */
  state: ModelState
}

/**
 * Plans the repair of a model's log whose newest entries cannot be read; undefined where the newest one can. Nothing is
 * changed. @throws FitserveError `unknown-model`, `corrupt-artifact` where no entry can be read
 */
export async function planRepair(store: Store, model: string): Promise<RepairPlan | undefined> {
  const end = await findDamagedEnd(store, model)
  if (!end) return undefined
  const trained = await versionsOfJobs(store, end)
  const imported = await importedVersions(store, end, trained)
  const entries = [...trained, ...imported].sort((a, b) => a.version - b.version)
  const found = entries.map((entry) => ({ ...entry, imported: imported.includes(entry) }))
  return { end, found, state: stateAfterDamage(end, entries) }
}

/** Carries a plan out. @returns the number of the new entry; undefined where another process has gone on with the log */
export function repair(store: Store, { end, found, state }: RepairPlan): Promise<number | undefined> {
  return appendRepair(
    store,
    end,
    state,
    found.map(({ version }) => version),
  )
}

/** Returns the versions that jobs say they have published, and whose files are whole, behind the last readable entry. */
async function versionsOfJobs(store: Store, { model, last, lost }: DamagedEnd): Promise<VersionEntry[]> {
  const models = createModelRegistry(store)
  const records = new JobRecords(store, models)
  const { nextVersion, versions, gone = [] } = last.state
  const known = new Set([...versions, ...gone].map(({ job }) => job))
  const found: VersionEntry[] = []
  for (const job of await records.ids()) {
    if (known.has(job)) continue
    const record = await unlessDamaged(() => records.find(job))
    if (record?.model !== model || record.parent !== null) continue
    const outcome = await unlessDamaged(() => records.outcome(job))
    if (outcome?.state !== 'completed' || outcome.version === null) continue
    const { version, attempt, finishedAt } = outcome
    if (version < nextVersion || version >= nextVersion + lost.length) continue
    const artifacts = artifactsOf(job, attempt)
    const manifest = await store.read(`${artifacts}${MANIFEST}`)
    if (!manifest) continue
    const entry = {
      version,
      job,
      attempt,
      createdAt: finishedAt,
      artifacts,
      manifest: summarize(manifest),
    }
    if (await isWhole(models, model, entry)) found.push(entry)
  }
  return found
}

/** Milliseconds that the manifest of an import may be older than the entry that publishes it: its files take a while. */
const IMPORT_MS = 3_600_000

/** What an import writes into the manifest of its version, and no training does. */
const ImportedManifest = z.object({
  model: z.string(),
  job: z.string(),
  attempt: z.int().positive(),
  createdAt: z.iso.datetime(),
  origin: z.object({}),
})

/**
 * Returns the versions of a model that came by import, whose files are whole, and that the last readable entry does not
 * know. No job has their numbers, so each gets the first free one that fits the order in which they and the versions
 * of jobs were made. An import that was cut off before its publication cannot be told from one whose entry is lost: where
 * there are more of them than numbers, the newest are taken.
 * @param trained the versions of jobs, whose numbers are known
 */
async function importedVersions(
  store: Store,
  { model, last, lost }: DamagedEnd,
  trained: readonly VersionEntry[],
): Promise<VersionEntry[]> {
  const models = createModelRegistry(store)
  const { nextVersion, versions, gone = [] } = last.state
  const known = new Set([...versions, ...gone].map(({ artifacts }) => artifacts))
  const unnumbered: Omit<VersionEntry, 'version'>[] = []
  for (const folder of await store.children('artifacts/')) {
    const artifacts = `artifacts/${folder}/`
    if (known.has(artifacts)) continue
    const bytes = await unlessDamaged(() => store.read(`${artifacts}${MANIFEST}`))
    if (!bytes) continue
    const manifest = importedManifest(bytes)
    if (manifest?.model !== model) continue
    const { job, attempt, createdAt } = manifest
    // The last readable entry would know it, or know that it was deleted.
    if (Date.parse(createdAt) < Date.parse(last.at) - IMPORT_MS) continue
    const entry = { job, attempt, createdAt, artifacts, manifest: summarize(bytes) }
    if (await isWhole(models, model, { version: nextVersion, ...entry })) unnumbered.push(entry)
  }
  unnumbered.sort((a, b) => (a.createdAt < b.createdAt ? -1 : 1))
  const end = nextVersion + lost.length
  const free = lost.length - trained.length
  const found: VersionEntry[] = []
  for (const entry of free > 0 ? unnumbered.slice(-free) : []) {
    const before = [...found, ...trained.filter(({ createdAt }) => createdAt <= entry.createdAt)]
    let version = Math.max(nextVersion - 1, ...before.map((each) => each.version)) + 1
    while (trained.some((each) => each.version === version)) version += 1
    if (version < end) found.push({ version, ...entry })
  }
  return found
}

function importedManifest(bytes: Buffer): z.output<typeof ImportedManifest> | undefined {
  try {
    return ImportedManifest.safeParse(JSON.parse(bytes.toString('utf8'))).data
  } catch {
    return undefined
  }
}

/** Tells whether all files of a version are there as its manifest has them. */
async function isWhole(models: ModelRegistry, model: string, entry: VersionEntry): Promise<boolean> {
  return (await unlessDamaged(() => readAllFiles(models, model, entry))) !== undefined
}
