import { answerOf, api, type Schemas } from './client.ts'

/** What the page shows of a version. */
export interface VersionFacts {
  version: number
  createdAt: string
  job: string
  aliases: readonly string[]
  dataset: { id: string; name: string } | undefined
  metrics: Readonly<Record<string, number | null>>
  /** Bytes of all its files. */
  bytes: number
  recipe: Readonly<Record<string, unknown>>
  /** Which of several ways to train was taken; undefined: there was one. */
  choice: ChoiceFacts | undefined
}

/** Ways to train that were compared on the same rows. */
export interface ChoiceFacts {
  metric: string
  /** Number of the one that was taken. */
  chosen: number
  /** The fields in which each differs from the recipe, and its figure: the smaller the better. */
  candidates: readonly { recipe: Readonly<Record<string, unknown>>; value: number }[]
  /** The figure where other rows choose; undefined in versions that do not tell it. */
  byOthers: number | undefined
}

/** Loads the manifest of a version. */
export async function versionFacts(
  model: string,
  version: number,
  signal: AbortSignal,
): Promise<VersionFacts> {
  const manifest = await answerOf(
    api.GET('/models/{name}/versions/{version}', {
      params: { path: { name: model, version: String(version) } },
      signal,
    }),
  )
  return factsOf(manifest)
}

/** Reads a manifest: beyond its first fields, the API lets it have any. */
function factsOf(manifest: Schemas['Manifest']): VersionFacts {
  const { dataset, metrics, recipe, choice } = manifest
  const { id, name } = recordOf(dataset)
  return {
    version: manifest.version,
    createdAt: manifest.createdAt,
    job: manifest.job,
    aliases: manifest.aliases,
    dataset: typeof id === 'string' && typeof name === 'string' ? { id, name } : undefined,
    metrics: Object.fromEntries(
      Object.entries(recordOf(metrics)).flatMap(([metric, value]) =>
        typeof value === 'number' || value === null ? [[metric, value]] : [],
      ),
    ),
    bytes: Object.values(manifest.files).reduce((sum, file) => sum + file.bytes, 0),
    recipe: recordOf(recipe),
    choice: choiceOf(recordOf(choice)),
  }
}

function choiceOf({
  metric,
  chosen,
  candidates,
  crossFit,
}: Record<string, unknown>): ChoiceFacts | undefined {
  if (typeof metric !== 'string' || typeof chosen !== 'number' || !Array.isArray(candidates)) return undefined
  const known: readonly unknown[] = candidates
  const { value: byOthers } = recordOf(crossFit)
  return {
    metric,
    chosen,
    candidates: known.map((each) => {
      const { recipe, value } = recordOf(each)
      return { recipe: recordOf(recipe), value: typeof value === 'number' ? value : Number.NaN }
    }),
    byOthers: typeof byOthers === 'number' ? byOthers : undefined,
  }
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
