import { answerOf, api, type Schemas } from '../../api/client.ts'
import { useFormat } from '../../parts/format.ts'
import { StateTag } from '../../parts/job-line.tsx'
import { Loading } from '../../parts/loading.tsx'
import { useMetricText, validatedMetric } from '../../parts/metric.tsx'
import { Scroll } from '../../parts/scroll.tsx'
import { isOpen } from '../../parts/use-job.ts'
import { useLoad } from '../../parts/use-load.ts'
import type { Texts } from '../../texts/catalogue.ts'
import { useTexts } from '../../texts/texts.tsx'
import { TrialLines } from './trial-lines.tsx'
import { TrialScatter } from './trial-scatter.tsx'

/** Seconds between two looks at the trials of a search that runs. */
const EVERY_SECONDS = 2

/** The trials of a search, the best first. */
export function Trials({ job }: { job: Schemas['Job'] }) {
  const { jobs } = useTexts()
  const { number } = useFormat()
  const metricText = useMetricText()
  const open = isOpen(job)
  const score = scoreName(job.recipe.search?.metric, jobs, metricText)
  const trials = useLoad(
    (signal) =>
      answerOf(
        api.GET('/jobs/{id}/trials', { params: { path: { id: job.id }, query: { limit: 100 } }, signal }),
      ),
    [job.id, open],
    open ? EVERY_SECONDS : undefined,
  )
  return (
    <section class="card stack" aria-labelledby="trials">
      <h2 id="trials">{jobs.trials}</h2>
      <Loading of={trials}>
        {({ items }) => {
          const paths = Object.keys(items[0]?.params ?? {})
          return (
            <>
              <TrialLines trials={items} paths={paths} />
              <TrialScatter trials={items} paths={paths} />
              <Scroll label={jobs.trials}>
                <table>
                  <thead>
                    <tr>
                      <th class="number">{jobs.trial}</th>
                      <th class="number" title={jobs.scoreAbout}>
                        {score}
                      </th>
                      {paths.map((path) => (
                        <th key={path}>{path}</th>
                      ))}
                      <th>{jobs.state}</th>
                    </tr>
                  </thead>
                  <tbody>
                    {items.map(({ id, number: place, score: reached, params, state }) => (
                      <tr key={id}>
                        <td class="number">{place}</td>
                        <td class="number">{reached === null ? '–' : number(reached)}</td>
                        {paths.map((path) => (
                          <td key={path}>
                            <code>{JSON.stringify(params[path])}</code>
                          </td>
                        ))}
                        <td>
                          <StateTag state={state} />
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </Scroll>
            </>
          )
        }}
      </Loading>
    </section>
  )
}

/** Names the metric that the trials are ranked by. @param monitor as the recipe has it, such as `valLoss` */
function scoreName(
  monitor: string | undefined,
  { score, scoreOf, validationScoreOf }: Texts['jobs'],
  metricText: (name: string) => { name: string },
): string {
  if (monitor === undefined) return score
  const validated = validatedMetric(monitor)
  return validated === undefined
    ? scoreOf(metricText(monitor).name)
    : validationScoreOf(metricText(validated).name)
}
