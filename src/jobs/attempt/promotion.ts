import { FitserveError } from '../../errors.ts'
import {
  type CompleteRecipe,
  comparisonDataset,
  comparisonMetric,
  largerIsBetter,
} from '../../recipe/index.ts'
import { PRODUCTION } from '../../registry/alias-moves.ts'
import type { ModelState, VersionEntry } from '../../registry/model-log.ts'
import type { ModelRegistry, Promotion, PromotionDecision } from '../../registry/registry.ts'
import { readVersionFiles, VersionManifest, versionFilesIn } from '../../registry/version-files.ts'
import type { ComparedVersion, Comparer } from '../../training-contract.ts'
import type { JobRecord } from '../records/records.ts'

/** What deciding on a promotion needs. */
export interface PromotionDependencies {
  models: Pick<ModelRegistry, 'manifest' | 'readArtifact'>
  compare: Comparer
}

/** The new version: its recipe (the winner's after a search) and its files. */
export interface Candidate {
  recipe: CompleteRecipe
  files: ReadonlyMap<string, Uint8Array | string>
}

/**
 * Returns the rule by which a job's version becomes `production`. `ifBetter` compares it with the version that is in
 * production at the moment of publishing. Only a better one replaces it; an equal one, or one without a fair
 * comparison, does not.
 */
export function promotionOf(
  dependencies: PromotionDependencies,
  record: JobRecord,
  candidate: Candidate,
  signal: AbortSignal,
): Promotion {
  const { promote } = record
  if (promote === 'always' || promote === 'never') return promote
  // The rule is asked again where another publication was faster. Comparing with the same version gives the same.
  const decided = new Map<number, PromotionDecision>()
  return async (state) => {
    const entry = productionOf(state)
    if (!entry) return { promote: true, reason: 'No version was in production.' }
    const decision =
      decided.get(entry.version) ?? (await compareWith(dependencies, record, candidate, entry, signal))
    decided.set(entry.version, decision)
    return decision
  }
}

function productionOf({ aliases, versions }: ModelState): VersionEntry | undefined {
  const number = aliases[PRODUCTION]?.version
  return versions.find(({ version }) => version === number)
}

async function compareWith(
  { models, compare }: PromotionDependencies,
  record: JobRecord,
  candidate: Candidate,
  entry: VersionEntry,
  signal: AbortSignal,
): Promise<PromotionDecision> {
  const metric = comparisonMetric(record.promote, candidate.recipe.task)
  const against = entry.version
  const unfair = (reason: string) => ({
    promote: false,
    reason: `No fair comparison with version ${against} was possible. ${reason}`,
  })
  try {
    const result = await compare({
      candidate: {
        recipe: candidate.recipe,
        dataset: record.dataset,
        files: versionFilesIn(candidate.files),
      },
      production: await publishedVersion(models, record.model, entry),
      dataset: comparisonDataset(record.promote),
      metric,
      signal,
    })
    if (!result.fair) return unfair(result.reason)
    const { fair: _fair, note, ...figures } = result
    const { candidate: own, production, rows } = figures
    const better = largerIsBetter(metric) ? own > production : own < production
    const verdict = better ? 'better' : own === production ? 'equal' : 'worse'
    const said = `${metric} ${shown(own)} is ${verdict === 'equal' ? 'equal to' : `${verdict} than`} ${shown(production)} of version ${against} on ${rows} rows.`
    return {
      promote: better,
      reason: note === null ? said : `${said} ${note}`,
      comparison: { against, metric, ...figures },
    }
  } catch (error) {
    // A damaged version in production must not cost the new one.
    if (error instanceof FitserveError && error.code === 'corrupt-artifact') return unfair(error.message)
    throw error
  }
}

/** The part of a version's manifest that a comparison needs. */
const TrainedFrom = VersionManifest.pick({ dataset: true, recipe: true })

async function publishedVersion(
  models: PromotionDependencies['models'],
  model: string,
  entry: VersionEntry,
): Promise<ComparedVersion> {
  const { dataset, recipe } = TrainedFrom.parse(await models.manifest(model, entry))
  return { recipe, dataset: dataset.id, files: await readVersionFiles(models, model, entry) }
}

function shown(value: number): string {
  return String(Number(value.toPrecision(6)))
}
