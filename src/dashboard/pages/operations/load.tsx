import { goodResponse, SERVICE, send } from '../../api/client.ts'
import { useFormat } from '../../parts/format.ts'
import { Loading } from '../../parts/loading.tsx'
import { Scroll } from '../../parts/scroll.tsx'
import { useLoad } from '../../parts/use-load.ts'
import { useTexts } from '../../texts/texts.tsx'
import { type Sample, samplesIn, trafficOf } from './prometheus.ts'

/** Seconds between two looks. */
const EVERY_SECONDS = 5

/** Jobs in the queue, memory, and how quick predictions are, by the metrics of this process. */
export function Load() {
  const { operations } = useTexts()
  const { number, size } = useFormat()
  const samples = useLoad(metrics, [], EVERY_SECONDS)
  return (
    <section class="card stack" aria-labelledby="load">
      <h2 id="load">{operations.load}</h2>
      <p class="quiet fine">{operations.loadHint}</p>
      <Loading of={samples}>
        {(value) => (
          <>
            <dl class="figures">
              <Figure
                name={operations.waiting}
                value={sampleOf(value, 'fitserve_jobs', { state: 'waiting' })}
                write={number}
              />
              <Figure
                name={operations.active}
                value={sampleOf(value, 'fitserve_jobs', { state: 'active' })}
                write={number}
              />
              <Figure
                name={operations.inMemory}
                value={sampleOf(value, 'fitserve_models_memory_bytes')}
                write={size}
              />
              <Figure
                name={operations.process}
                value={sampleOf(value, 'process_resident_memory_bytes')}
                write={size}
              />
              <Figure
                name={operations.free}
                value={sampleOf(value, 'fitserve_store_free_bytes')}
                write={size}
              />
            </dl>
            <TrafficTable samples={value} />
          </>
        )}
      </Loading>
    </section>
  )
}

interface FigureProps {
  name: string
  value: number | undefined
  write: (value: number) => string
}

function Figure({ name, value, write }: FigureProps) {
  if (value === undefined) return null
  return (
    <div>
      <dt>{name}</dt>
      <dd class="big">{write(value)}</dd>
    </div>
  )
}

function TrafficTable({ samples }: { samples: readonly Sample[] }) {
  const { operations } = useTexts()
  const { number } = useFormat()
  const traffic = trafficOf(samples)
  const milliseconds = (seconds: number | null) =>
    seconds === null ? '–' : Number.isFinite(seconds) ? `≤ ${number(seconds * 1000)} ms` : '> 10 s'
  if (traffic.length === 0) return <p class="quiet fine">{operations.noPredictions}</p>
  return (
    <Scroll label={operations.requests}>
      <table>
        <thead>
          <tr>
            <th>{operations.route}</th>
            <th class="number">{operations.requests}</th>
            <th class="number" title={operations.aboutTimes}>
              p50
            </th>
            <th class="number" title={operations.aboutTimes}>
              p99
            </th>
          </tr>
        </thead>
        <tbody>
          {traffic.map(({ route, count, median, slowest }) => (
            <tr key={route}>
              <td>
                <code>{route}</code>
              </td>
              <td class="number">{number(count)}</td>
              <td class="number">{milliseconds(median)}</td>
              <td class="number">{milliseconds(slowest)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  )
}

async function metrics(signal: AbortSignal): Promise<Sample[]> {
  const response = await goodResponse(send(`${SERVICE}/metrics`, { signal }))
  return samplesIn(await response.text())
}

/** Returns the value of a metric with these labels; undefined where there is none. */
function sampleOf(
  samples: readonly Sample[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  return samples.find(
    (sample) =>
      sample.name === name &&
      Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
  )?.value
}
