import { api, type Schemas } from '../../api/client.ts'
import { ProblemError } from '../../api/problem.ts'
import { useFormat } from '../../parts/format.ts'
import { Loading } from '../../parts/loading.tsx'
import { useLoad } from '../../parts/use-load.ts'
import type { Texts } from '../../texts/catalogue.ts'
import { useTexts } from '../../texts/texts.tsx'

/** Seconds between two looks. */
const EVERY_SECONDS = 3

/** Whether queue, store and models can be used. */
export function Health() {
  const { operations } = useTexts()
  const { number } = useFormat()
  const ready = useLoad(readiness, [], EVERY_SECONDS)
  return (
    <section class="card stack" aria-labelledby="health">
      <h2 id="health">{operations.health}</h2>
      <Loading of={ready}>
        {({ queue, store, models }) => (
          <>
            <dl class="figures">
              <Part name={operations.queue} state={queue.state} detail={queue.detail} />
              <Part name={operations.store} state={store.state} detail={store.detail} />
              <Part
                name={operations.models}
                state={models.state}
                detail={operations.served(number(models.served))}
              />
            </dl>
            {models.items
              .filter(({ state }) => state === 'failing')
              .map(({ name, detail }) => (
                <p class="notice bad" key={name}>
                  <strong>{name}</strong> {detail}
                </p>
              ))}
          </>
        )}
      </Loading>
    </section>
  )
}

interface PartProps {
  name: string
  state: keyof Texts['operations']['states']
  detail: string | undefined
}

function Part({ name, state, detail }: PartProps) {
  const { states } = useTexts().operations
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <span class={state === 'ok' ? 'tag good' : 'tag bad'}>{states[state]}</span>
      </dd>
      {detail && <dd class="quiet fine">{detail}</dd>}
    </div>
  )
}

/** Asks how the service is. One that is not ready says the same with the status 503. */
async function readiness(signal: AbortSignal): Promise<Schemas['Ready']> {
  const { data, error, response } = await api.GET('/health/ready', { signal })
  const answer: unknown = data ?? error
  if (isReadiness(answer)) return answer
  throw ProblemError.of(response.status, answer)
}

function isReadiness(value: unknown): value is Schemas['Ready'] {
  return (
    typeof value === 'object' && value !== null && 'queue' in value && 'store' in value && 'models' in value
  )
}
