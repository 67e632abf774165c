import type { WarningCode } from '../warnings.ts'
import { PRODUCTION, pointAt } from './alias-moves.ts'
import type { FileSummary } from './artifacts.ts'
import type { Generations } from './generations.ts'
import type { ModelEvent, ModelState, PromotionComparison, VersionEntry } from './model-log.ts'
import { aliasOf, versionOf } from './model-lookup.ts'

/** Rule by which a new version becomes `production`. A function decides on the newest state and may be called again. */
export type Promotion =
  | 'always'
  | 'never'
  | ((state: ModelState) => PromotionDecision | Promise<PromotionDecision>)

/** Decision whether a new version becomes `production`, for the log. */
export interface PromotionDecision {
  promote: boolean
  /** A sentence for people. */
  reason: string
  /** Code of the warning that the job gets with the reason. Absent: it gets none. */
  code?: WarningCode | undefined
  /** The figures that decided, if any did. */
  comparison?: PromotionComparison | undefined
}

/** An attempt's result that is to become a version. */
export interface Publication {
  /** Id of the job: it makes at most one version. */
  job: string
  attempt: number
  /** Key prefix of the attempt's files, with a `/` at its end. */
  artifacts: string
  /** Size and hash of the manifest, which the log keeps. */
  manifest: FileSummary
  promote: Promotion
}

/** Adds a version. If the job has made one already, returns that one and changes nothing. */
export async function publish(
  generations: Generations,
  model: string,
  publication: Publication,
  by: string | null,
): Promise<VersionEntry> {
  const { promote, ...files } = publication
  let entry: VersionEntry | undefined
  await generations.append(model, by, async ({ deleted: _deleted, ...state }) => {
    entry = versionOf(state, files.job)
    if (entry) return undefined
    entry = { version: state.nextVersion, createdAt: new Date().toISOString(), ...files }
    const { version, job } = entry
    const versions = [...state.versions, entry]
    const added = { ...state, versions, nextVersion: version + 1 }
    const decision = await decide(promote, state)
    const previous = aliasOf(state, PRODUCTION)?.version ?? null
    const { reason, code, comparison } = decision
    const why = { version, reason, ...(code ? { code } : {}), ...(comparison ? { comparison } : {}) }
    const outcome: ModelEvent = decision.promote
      ? { type: 'promoted', previous, ...why }
      : { type: 'notPromoted', ...why }
    return {
      events: [{ type: 'published', version, job }, outcome],
      state: decision.promote ? pointAt(added, PRODUCTION, version) : added,
    }
  })
  return entry as VersionEntry
}

async function decide(promote: Promotion, state: ModelState): Promise<PromotionDecision> {
  return typeof promote === 'function' ? promote(state) : { promote: promote === 'always', reason: promote }
}
