import { useRef } from 'preact/hooks'
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
  const before = useRef<Look>()
  const load = useLoad(
    async (signal) => {
      const look = { at: performance.now(), samples: await metrics(signal) }
      const rates = before.current ? ratesOf(before.current, look) : new Map<string, number>()
      before.current = look
      return { samples: look.samples, rates }
    },
    [],
    EVERY_SECONDS,
  )
  return (
    <section class="card stack" aria-labelledby="load">
      <h2 id="load">{operations.load}</h2>
      <p class="quiet fine">{operations.loadHint}</p>
      <Loading of={load}>
        {({ samples, rates }) => (
          <>
            <dl class="figures">
              <Figure
                name={operations.waiting}
                value={sampleOf(samples, 'fitserve_jobs', { state: 'waiting' })}
                write={number}
              />
              <Figure
                name={operations.active}
                value={sampleOf(samples, 'fitserve_jobs', { state: 'active' })}
                write={number}
              />
              <Figure
                name={operations.inMemory}
                value={sampleOf(samples, 'fitserve_models_memory_bytes')}
                write={size}
              />
              <Figure
                name={operations.process}
                value={sampleOf(samples, 'process_resident_memory_bytes')}
                write={size}
              />
              <Figure
                name={operations.free}
                value={sampleOf(samples, 'fitserve_store_free_bytes')}
                write={size}
              />
            </dl>
            <TrafficTable samples={samples} rates={rates} />
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

interface TrafficProps {
  samples: readonly Sample[]
  /** Requests a second by route, since the look before. */
  rates: ReadonlyMap<string, number>
}

function TrafficTable({ samples, rates }: TrafficProps) {
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
            <th class="number" title={operations.aboutRate}>
              {operations.rate}
            </th>
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
              <td class="number">{rates.has(route) ? number(rates.get(route) ?? 0) : '–'}</td>
              <td class="number">{milliseconds(median)}</td>
              <td class="number">{milliseconds(slowest)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  )
}

/** The metrics at a time, in milliseconds. */
interface Look {
  at: number
  samples: readonly Sample[]
}

/** Returns the requests a second between two looks, by route; a process that was started in between has no rate yet. */
function ratesOf(before: Look, now: Look): Map<string, number> {
  const counts = new Map(trafficOf(before.samples).map(({ route, count }) => [route, count]))
  const seconds = (now.at - before.at) / 1000
  return new Map(
    trafficOf(now.samples).flatMap(({ route, count }): [string, number][] => {
      const added = count - (counts.get(route) ?? 0)
      return added < 0 || seconds <= 0 ? [] : [[route, added / seconds]]
    }),
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
