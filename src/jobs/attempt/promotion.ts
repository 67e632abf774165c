import { z } from 'zod'
import { FitserveError, unlessDamaged } from '../../errors.ts'
import { counted } from '../../numbers.ts'
import {
  type CompleteRecipe,
  comparisonDataset,
  comparisonMetric,
  type InputColumn,
  inputChanges,
  inputChangeText,
  isMetricNamed,
  largerIsBetter,
  targetNames,
} from '../../recipe/index.ts'
import { PRODUCTION } from '../../registry/alias-moves.ts'
import type { ModelState, VersionEntry } from '../../registry/model-log.ts'
import { newestEntries } from '../../registry/newest-entries.ts'
import type { ModelRegistry, Promotion, PromotionDecision } from '../../registry/registry.ts'
import {
  readVersionFiles,
  takenInputs,
  VersionManifest,
  versionFilesIn,
} from '../../registry/version-files.ts'
import { type Comparer, HELD_OUT_FILE } from '../../training-contract.ts'
import { StoredWarning, type Warning, type WarningCode } from '../../warnings.ts'
import type { TrainingRecord } from '../records/records.ts'

/** Dependencies of the decision on a promotion. */
export interface PromotionDependencies {
  models: Pick<ModelRegistry, 'manifest' | 'readArtifact'>
  compare: Comparer
}

/** The new version: its recipe (the winner's after a search), its files, and the warnings of its training. */
export interface Candidate {
  recipe: CompleteRecipe
  files: ReadonlyMap<string, Uint8Array | string>
  warnings: readonly Warning[]
  /** Columns that clients have to send; undefined if the training did not say. */
  inputs: readonly InputColumn[] | undefined
}

/** Newest generations of a model's log that are looked through for a decision made moments before. */
const LOOKED_THROUGH = 20

/** Warnings with which no version is promoted unless a client has asked for exactly this one with `always`. */
const WEAK: ReadonlySet<WarningCode> = new Set(['answers-one-class', 'no-better-than-baseline'])

/**
 * Returns the rule by which a job's version becomes `production`. `ifBetter` compares it with the version that is in
 * production at the moment of publishing. Only a better one replaces it; an equal one, or one without a fair
 * comparison, does not. Neither `ifBetter` nor a schedule promotes a version that is no better than a constant answer,
 * or one that refuses what production answers; where a client orders just this version, the job only has a warning.
 */
export function promotionOf(
  dependencies: PromotionDependencies,
  record: TrainingRecord,
  candidate: Candidate,
  signal: AbortSignal,
): Promotion {
  if (record.promote === 'never') return record.promote
  // The rule is asked again where another publication was faster. Comparing with the same version gives the same.
  const decided = new Map<number, PromotionDecision>()
  return async (state) => {
    const entry = productionOf(state)
    const known = decided.get(entry?.version ?? 0)
    const decision = known ?? (await decide(dependencies, record, candidate, { entry, signal }))
    decided.set(entry?.version ?? 0, decision)
    return decision
  }
}

async function decide(
  dependencies: PromotionDependencies,
  record: TrainingRecord,
  candidate: Candidate,
  { entry, signal }: { entry: VersionEntry | undefined; signal: AbortSignal },
): Promise<PromotionDecision> {
  const decision = await ruled(dependencies, record, candidate, { entry, signal })
  if (!decision.promote) return decision
  const isOrdered = record.promote === 'always' && !record.scheduled
  const weak = candidate.warnings.find(({ code }) => WEAK.has(code))
  if (weak && !isOrdered) return { ...decision, promote: false, reason: weak.message, code: 'not-promoted' }
  const changes =
    entry && candidate.inputs && !record.allowInputChanges
      ? inputChanges(
          (await takenInputs(dependencies.models, record.model, entry)) ?? candidate.inputs,
          candidate.inputs,
        )
      : []
  const [first] = changes
  if (!entry || !first) return decision
  const more = changes.length > 1 ? ` (and ${changes.length - 1} more)` : ''
  const said = `${inputChangeText(first, entry.version)}${more}.`
  return isOrdered
    ? {
        ...decision,
        reason: `Promoted because the order says "promote":"always". ${said} Requests with the old inputs are refused from now on.`,
        code: 'inputs-changed',
      }
    : {
        ...decision,
        promote: false,
        reason: `${said} Requests as they are would be refused. To promote such a version all the same, order it with "allowInputChanges":true or point production at it.`,
        code: 'inputs-changed',
      }
}

/** Decides by the order's own rule alone. */
async function ruled(
  dependencies: PromotionDependencies,
  record: TrainingRecord,
  candidate: Candidate,
  { entry, signal }: { entry: VersionEntry | undefined; signal: AbortSignal },
): Promise<PromotionDecision> {
  if (record.promote === 'always') return { promote: true, reason: record.promote }
  if (!entry) return { promote: true, reason: 'No version was in production.' }
  return compareWith(dependencies, record, candidate, entry, signal)
}

/**
 * Returns the warnings that a job gets about the promotion of its version, from the model's log, where they outlive the
 * attempt that decided. Empty where nothing was refused.
 */
export async function promotionWarnings(
  models: Pick<ModelRegistry, 'head' | 'log'>,
  model: string,
  version: number,
): Promise<Warning[]> {
  // Since the publication, the model may have been deleted.
  if (!(await models.head(model))) return []
  const decision = await unlessDamaged(() => decisionOn(models, model, version))
  return decision?.code ? [{ code: decision.code, message: decision.reason }] : []
}

/** Finds what the model's log says of the promotion of a version. It is in the entry of the publication. */
async function decisionOn(models: Pick<ModelRegistry, 'log'>, model: string, version: number) {
  for await (const { events } of newestEntries(models, model, { most: LOOKED_THROUGH, page: 2 }))
    for (const event of events)
      if ((event.type === 'notPromoted' || event.type === 'promoted') && event.version === version)
        return event
  return undefined
}

function productionOf({ aliases, versions }: ModelState): VersionEntry | undefined {
  const number = aliases[PRODUCTION]?.version
  return versions.find(({ version }) => version === number)
}

async function compareWith(
  { models, compare }: PromotionDependencies,
  record: TrainingRecord,
  candidate: Candidate,
  entry: VersionEntry,
  signal: AbortSignal,
): Promise<PromotionDecision> {
  const metric = comparisonMetric(record.promote, candidate.recipe.task, targetNames(candidate.recipe).length)
  const against = entry.version
  const unfair = (reason: string): PromotionDecision => ({
    promote: false,
    code: 'not-promoted',
    reason: `No fair comparison with version ${against} was possible. ${reason}`,
  })
  try {
    const trainedFrom = TrainedFrom.parse(await models.manifest(record.model, entry))
    const weak = trainedFrom.warnings.find(({ code }) => WEAK.has(code))
    // Such a version may well have the better accuracy: of rare classes, for example.
    if (weak && !isMetricNamed(record.promote) && !candidate.warnings.some(({ code }) => WEAK.has(code)))
      return {
        promote: true,
        reason: `This version is worth more than a constant answer, and version ${against} was not. ${weak.message}`,
      }
    const result = await compare({
      candidate: {
        recipe: candidate.recipe,
        dataset: record.dataset,
        files: { ...versionFilesIn(candidate.files), heldOut: heldOutIn(candidate.files) },
      },
      production: {
        recipe: trainedFrom.recipe,
        dataset: trainedFrom.dataset.id,
        files: {
          ...(await readVersionFiles(models, record.model, entry)),
          heldOut: await models.readArtifact(record.model, entry, HELD_OUT_FILE),
        },
      },
      dataset: comparisonDataset(record.promote),
      metric,
      signal,
    })
    if (!result.fair) return unfair(result.reason)
    const { fair: _fair, note, ...figures } = result
    const { candidate: own, production, rows } = figures
    const better = largerIsBetter(metric) ? own > production : own < production
    const verdict = better ? 'better' : own === production ? 'equal' : 'worse'
    const said = `${metric} ${shown(own)} is ${verdict === 'equal' ? 'equal to' : `${verdict} than`} ${shown(production)} of version ${against} on ${counted(rows, 'row')}.`
    return {
      promote: better,
      reason: note === null ? said : `${said} ${note}`,
      code: better ? undefined : 'not-promoted',
      comparison: { against, metric, ...figures },
    }
  } catch (error) {
    // A damaged version in production must not cost the new one.
    if (error instanceof FitserveError && error.code === 'corrupt-artifact') return unfair(error.message)
    throw error
  }
}

/** The part of a version's manifest that a comparison needs. */
const TrainedFrom = VersionManifest.pick({ dataset: true, recipe: true }).extend({
  warnings: z.array(StoredWarning).catch([]),
})

function shown(value: number): string {
  return String(Number(value.toPrecision(6)))
}

function heldOutIn(files: Candidate['files']): Uint8Array | undefined {
  const content = files.get(HELD_OUT_FILE)
  return typeof content === 'string' ? Buffer.from(content) : content
}
