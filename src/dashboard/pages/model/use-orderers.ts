import { answerOf, api } from '../../api/client.ts'
import { useLoad } from '../../parts/use-load.ts'
import { useSession } from '../../session/session.tsx'
import { type Orderers, orderersOf } from './orderers.ts'

/** Entries of the log on a page of it. */
const LIMIT = 100

/** Loads who ordered versions of a model; undefined where the service has no keys. */
export function useOrderers(model: string, versions: readonly number[]): Orderers | undefined {
  const { keys } = useSession().access
  const { value } = useLoad(
    async (signal) =>
      orderersOf(keys ? versions : [], (cursor) => {
        const query = cursor === undefined ? { limit: LIMIT } : { limit: LIMIT, cursor }
        return answerOf(api.GET('/models/{name}/log', { params: { path: { name: model }, query }, signal }))
      }),
    [keys, model, versions],
  )
  return keys ? (value ?? NONE) : undefined
}

const NONE: Orderers = new Map()
