import { Link } from 'wouter-preact'
import { answerOf, api, type Schemas } from '../../api/client.ts'
import { Figure } from '../../parts/figure.tsx'
import { useFormat } from '../../parts/format.ts'
import { Loading } from '../../parts/loading.tsx'
import { NextJobs } from '../../parts/next-jobs.tsx'
import { Scroll } from '../../parts/scroll.tsx'
import { useLoad } from '../../parts/use-load.ts'
import { useTexts } from '../../texts/texts.tsx'

/** Seconds between two looks. */
const EVERY_SECONDS = 3

/** The processes that take jobs, the job that each of them runs, and what waits for them. */
export function Workers() {
  const { operations } = useTexts()
  const { number } = useFormat()
  const load = useLoad((signal) => answerOf(api.GET('/workload', { signal })), [], EVERY_SECONDS)
  return (
    <section class="card stack" aria-labelledby="workers">
      <h2 id="workers">{operations.workers}</h2>
      <Loading of={load}>
        {({ processes, waiting, active, running, next }) => (
          <>
            {processes === 0 && <p class="notice warn">{operations.noWorkers}</p>}
            <dl class="figures">
              <Figure name={operations.processes} value={processes} write={number} />
              <Figure name={operations.active} value={active} write={number} />
              <Figure name={operations.waiting} value={waiting} write={number} />
            </dl>
            {running.length > 0 && <Running jobs={running} />}
            {next.length > 0 && (
              <p class="fine">
                <NextJobs next={next} />
              </p>
            )}
          </>
        )}
      </Loading>
    </section>
  )
}

function Running({ jobs }: { jobs: readonly Schemas['RunningJob'][] }) {
  const { operations } = useTexts()
  const { duration } = useFormat()
  return (
    <Scroll label={operations.active} tall>
      <table>
        <thead>
          <tr>
            <th>{operations.model}</th>
            <th>{operations.part}</th>
            <th title={operations.aboutWorker}>{operations.worker}</th>
            <th class="number">{operations.runsFor}</th>
          </tr>
        </thead>
        <tbody>
          {jobs.map(({ id, model, parent, part, worker, startedAt }) => (
            <tr key={id}>
              <td>
                <Link href={`/jobs/${parent ?? id}`}>{model}</Link>
              </td>
              <td>{part ? operations.parts[part.kind](part.number) : operations.whole}</td>
              <td>
                <code>{worker ?? '–'}</code>
              </td>
              <td class="number">
                {startedAt === null
                  ? '–'
                  : duration(Math.max(0, (Date.now() - Date.parse(startedAt)) / 1000))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  )
}
