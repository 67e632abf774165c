import { answerOf, api } from '../../api/client.ts'
import { Loading } from '../../parts/loading.tsx'
import { serviceTraffic } from '../../parts/traffic.ts'
import { useLoad } from '../../parts/use-load.ts'
import { useSession } from '../../session/session.tsx'
import { useTexts } from '../../texts/texts.tsx'
import { FirstSteps } from './first-steps.tsx'
import { ModelCards } from './model-cards.tsx'
import { RunningJobs } from './running-jobs.tsx'

/** Seconds after which models are looked at again. */
const EVERY_SECONDS = 5

/** Models that the page knows, of which it shows some at a time. */
const MAX_MODELS = 500

const NONE: ReadonlyMap<string, number> = new Map()

/** The first page: the models, the jobs that run, and what to do when there is nothing. */
export function Start() {
  const { start } = useTexts()
  const { may } = useSession()
  const models = useLoad(
    (signal) => answerOf(api.GET('/models', { params: { query: { limit: MAX_MODELS } }, signal })),
    [],
    EVERY_SECONDS,
  )
  const rates = useLoad(requestRates, [], EVERY_SECONDS)
  return (
    <>
      <h1>{start.title}</h1>
      {may('train') && <RunningJobs onEnd={models.reload} />}
      <Loading of={models}>
        {({ items }) => (
          <>
            {items.length > 0 && <ModelCards models={items} rates={rates.value ?? NONE} />}
            <FirstSteps isEmpty={items.length === 0} onStart={models.reload} />
          </>
        )}
      </Loading>
    </>
  )
}

/** Loads the requests for predictions a minute, by model. */
async function requestRates(signal: AbortSignal): Promise<ReadonlyMap<string, number>> {
  const { items } = await serviceTraffic(signal)
  return new Map(items.map(({ model, requestsPerSecond }) => [model, requestsPerSecond * 60]))
}
