import { unlessDamaged } from '../../errors.ts'
import { JobRecords } from '../../jobs/records/records.ts'
import { artifactsOf, MANIFEST, summarize } from '../../registry/artifacts.ts'
import type { ModelState, VersionEntry } from '../../registry/model-log.ts'
import { createModelRegistry } from '../../registry/registry.ts'
import { appendRepair, type DamagedEnd, findDamagedEnd, stateAfterDamage } from '../../registry/repair.ts'
import { readAllFiles } from '../../registry/version-files.ts'
import type { Store } from '../../store/contract.ts'

/** What a repair of a model's log would do. */
export interface RepairPlan {
  end: DamagedEnd
  /** Versions that the damaged entries published, found again by the outcomes of their jobs. */
  found: VersionEntry[]
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
  const found = await versionsOfJobs(store, end)
  return { end, found, state: stateAfterDamage(end, found) }
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
    const summary = summarize(manifest)
    const entry = { version, job, attempt, createdAt: finishedAt, artifacts, manifest: summary }
    const whole = await unlessDamaged(() => readAllFiles(models, model, entry))
    if (whole) found.push(entry)
  }
  return found
}
