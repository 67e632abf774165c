import { useState } from 'preact/hooks'
import { Link } from 'wouter-preact'
import { answerOf, api, type Schemas } from '../../api/client.ts'
import { useFormat } from '../../parts/format.ts'
import { StateTag } from '../../parts/job-line.tsx'
import { isKeyOf } from '../../parts/keys.ts'
import { Paged } from '../../parts/paged.tsx'
import { Scroll } from '../../parts/scroll.tsx'
import { useTexts } from '../../texts/texts.tsx'

type State = Schemas['JobState']

/** Seconds between two looks at the jobs. */
const EVERY_SECONDS = 3

/** All jobs, the newest first, also of one state only. */
export function Jobs() {
  const { jobs, states } = useTexts()
  const [state, setState] = useState<State>()
  return (
    <>
      <div class="row apart">
        <h1>{jobs.title}</h1>
        <label class="row fine">
          {jobs.state}
          <select
            class="plain"
            value={state ?? ''}
            onChange={({ currentTarget: { value } }) => setState(isKeyOf(states, value) ? value : undefined)}
          >
            <option value="">{jobs.all}</option>
            {Object.entries(states).map(([each, name]) => (
              <option value={each}>{name}</option>
            ))}
          </select>
        </label>
      </div>
      <JobTable key={state} state={state} />
    </>
  )
}

function JobTable({ state }: { state: State | undefined }) {
  const { jobs } = useTexts()
  const { time } = useFormat()
  const ofState = state ? { state } : {}
  return (
    <Paged
      limit={25}
      load={(query, signal) =>
        answerOf(api.GET('/jobs', { params: { query: { ...query, ...ofState } }, signal }))
      }
      everySeconds={EVERY_SECONDS}
    >
      {(items) =>
        items.length === 0 ? (
          <p class="quiet">{jobs.none}</p>
        ) : (
          <section class="card" aria-label={jobs.title}>
            <Scroll label={jobs.title}>
              <table>
                <thead>
                  <tr>
                    <th>{jobs.model}</th>
                    <th>{jobs.state}</th>
                    <th>{jobs.dataset}</th>
                    <th>{jobs.ordered}</th>
                  </tr>
                </thead>
                <tbody>
                  {items.map((job) => (
                    <tr key={job.id}>
                      <td>
                        <Link href={`/jobs/${job.id}`}>{job.model}</Link>
                      </td>
                      <td>
                        <StateTag state={job.state} />
                      </td>
                      <td>{job.datasetName}</td>
                      <td>{time(job.createdAt)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </Scroll>
          </section>
        )
      }
    </Paged>
  )
}
