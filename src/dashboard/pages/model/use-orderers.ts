import { answerOf, api } from '../../api/client.ts'
import type { VersionFacts } from '../../api/version-facts.ts'
import { useLoad } from '../../parts/use-load.ts'
import { useSession } from '../../session/session.tsx'

/** The names of the keys that ordered versions, by version; a version without a job that is known has none. */
export type Orderers = ReadonlyMap<number, string>

/** Loads who ordered versions; undefined where the service has no keys, or the user may not see jobs. */
export function useOrderers(versions: readonly VersionFacts[]): Orderers | undefined {
  const { access, may } = useSession()
  const asks = access.keys && may('train')
  const { value } = useLoad(
    async (signal) => {
      const found = asks ? await Promise.all(versions.map(({ job }) => ordererOf(job, signal))) : []
      return new Map(
        versions.flatMap(({ version }, i) => {
          const by = found[i]
          return typeof by === 'string' ? [[version, by] as const] : []
        }),
      )
    },
    [asks, versions.map(({ job }) => job)],
  )
  return asks ? (value ?? NONE) : undefined
}

const NONE: Orderers = new Map()

/** Returns the key that ordered a job; null where none did, or the job was deleted. */
async function ordererOf(id: string, signal: AbortSignal): Promise<string | null> {
  try {
    const { items } = await answerOf(api.GET('/jobs/{id}/log', { params: { path: { id } }, signal }))
    return items.find(({ event }) => event === 'ordered')?.by ?? null
  } catch {
    return null
  }
}
