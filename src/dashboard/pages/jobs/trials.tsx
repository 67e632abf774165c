import { answerOf, api, type Schemas } from '../../api/client.ts'
import { useFormat } from '../../parts/format.ts'
import { StateTag } from '../../parts/job-line.tsx'
import { Loading } from '../../parts/loading.tsx'
import { Scroll } from '../../parts/scroll.tsx'
import { isOpen } from '../../parts/use-job.ts'
import { useLoad } from '../../parts/use-load.ts'
import { useTexts } from '../../texts/texts.tsx'
import { TrialLines } from './trial-lines.tsx'
import { TrialScatter } from './trial-scatter.tsx'

/** Seconds between two looks at the trials of a search that runs. */
const EVERY_SECONDS = 2

/** The trials of a search, the best first. */
export function Trials({ job }: { job: Schemas['Job'] }) {
  const { jobs } = useTexts()
  const { number } = useFormat()
  const open = isOpen(job)
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
                        {jobs.score}
                      </th>
                      {paths.map((path) => (
                        <th key={path}>{path}</th>
                      ))}
                      <th>{jobs.state}</th>
                    </tr>
                  </thead>
                  <tbody>
                    {items.map(({ id, number: place, score, params, state }) => (
                      <tr key={id}>
                        <td class="number">{place}</td>
                        <td class="number">{score === null ? '–' : number(score)}</td>
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
