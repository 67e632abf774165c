import { goodResponse, SERVICE, send } from '../../api/client.ts'
import { Figure } from '../../parts/figure.tsx'
import { useFormat } from '../../parts/format.ts'
import { Loading } from '../../parts/loading.tsx'
import { useLoad } from '../../parts/use-load.ts'
import { useTexts } from '../../texts/texts.tsx'
import { samplesIn } from './prometheus.ts'

/** Seconds between two looks. */
const EVERY_SECONDS = 10

/** The memory that the process and its models take, and the room in the store, by the metrics of the service. */
export function Memory() {
  const { operations } = useTexts()
  const { size } = useFormat()
  const samples = useLoad(
    async (signal) => {
      const response = await goodResponse(send(`${SERVICE}/metrics`, { signal }))
      return samplesIn(await response.text())
    },
    [],
    EVERY_SECONDS,
  )
  return (
    <section class="card stack" aria-labelledby="memory">
      <h2 id="memory">{operations.memory}</h2>
      <Loading of={samples}>
        {(values) => (
          <dl class="figures">
            <Figure
              name={operations.inMemory}
              value={values.get('fitserve_models_memory_bytes')}
              write={size}
            />
            <Figure
              name={operations.process}
              value={values.get('process_resident_memory_bytes')}
              write={size}
            />
            <Figure name={operations.free} value={values.get('fitserve_store_free_bytes')} write={size} />
          </dl>
        )}
      </Loading>
    </section>
  )
}
