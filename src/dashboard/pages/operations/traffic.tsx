import { useFormat } from '../../parts/format.ts'
import { Loading } from '../../parts/loading.tsx'
import { Scroll } from '../../parts/scroll.tsx'
import { serviceTraffic } from '../../parts/traffic.ts'
import { useLoad } from '../../parts/use-load.ts'
import { useTexts } from '../../texts/texts.tsx'

/** Seconds between two looks. */
const EVERY_SECONDS = 5

/** How many predictions each model answers, and how quickly. */
export function Traffic() {
  const { operations } = useTexts()
  const { number } = useFormat()
  const traffic = useLoad(serviceTraffic, [], EVERY_SECONDS)
  const milliseconds = (value: number | null) => (value === null ? '–' : `${number(value)} ms`)
  return (
    <section class="card stack" aria-labelledby="traffic">
      <h2 id="traffic">{operations.traffic}</h2>
      <Loading of={traffic}>
        {({ processes, seconds, items }) =>
          items.length === 0 ? (
            <p class="quiet">{operations.noPredictions}</p>
          ) : (
            <>
              <p class="quiet fine">
                {operations.trafficHint(number(Math.round(seconds)))} {operations.trafficOf(processes)}
              </p>
              <Scroll label={operations.traffic} tall>
                <table>
                  <thead>
                    <tr>
                      <th>{operations.model}</th>
                      <th class="number" title={operations.aboutRate}>
                        {operations.rate}
                      </th>
                      <th class="number" title={operations.aboutRowRate}>
                        {operations.rowRate}
                      </th>
                      <th class="number" title={operations.aboutP50}>
                        p50
                      </th>
                      <th class="number" title={operations.aboutP99}>
                        p99
                      </th>
                      <th class="number" title={operations.aboutTotal}>
                        {operations.total}
                      </th>
                    </tr>
                  </thead>
                  <tbody>
                    {items.map(({ model, requestsPerSecond, rowsPerSecond, p50Ms, p99Ms, requests }) => (
                      <tr key={model}>
                        <td>{model === '*' ? operations.otherModels : model}</td>
                        <td class="number">{number(requestsPerSecond)}</td>
                        <td class="number">{number(rowsPerSecond)}</td>
                        <td class="number">{milliseconds(p50Ms)}</td>
                        <td class="number">{milliseconds(p99Ms)}</td>
                        <td class="number">{number(requests)}</td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </Scroll>
            </>
          )
        }
      </Loading>
    </section>
  )
}
