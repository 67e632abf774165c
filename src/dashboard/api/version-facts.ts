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
  const { dataset, metrics, recipe } = manifest
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
  }
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
