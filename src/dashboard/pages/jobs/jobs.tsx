import { useState } from 'preact/hooks'
import { Link } from 'wouter-preact'
import type { Schemas } from '../../api/client.ts'
import { useFormat } from '../../parts/format.ts'
import { foundJobs } from '../../parts/found-jobs.ts'
import { StateTag } from '../../parts/job-line.tsx'
import { isKeyOf } from '../../parts/keys.ts'
import { Paged } from '../../parts/paged.tsx'
import { Scroll } from '../../parts/scroll.tsx'
import { useSettled } from '../../parts/use-settled.ts'
import { useTexts } from '../../texts/texts.tsx'

type State = Schemas['JobState']

/** Seconds between two looks at the jobs. */
const EVERY_SECONDS = 3

/** Milliseconds without typing after which a list follows. */
const PAUSE_MS = 300

/** All jobs, the newest first, also of one state or model only. */
export function Jobs() {
  const { jobs, states } = useTexts()
  const [state, setState] = useState<State>()
  const [model, setModel] = useState('')
  const asked = useSettled(model.trim(), PAUSE_MS)
  return (
    <>
      <div class="row apart">
        <h1>{jobs.title}</h1>
        <div class="row fine">
          <label class="row">
            {jobs.ofModel}
            <input
              type="search"
              class="plain"
              value={model}
              onInput={(event) => setModel(event.currentTarget.value)}
            />
          </label>
          <label class="row">
            {jobs.state}
            <select
              class="plain"
              value={state ?? ''}
              onChange={({ currentTarget: { value } }) =>
                setState(isKeyOf(states, value) ? value : undefined)
              }
            >
              <option value="">{jobs.all}</option>
              {Object.entries(states).map(([each, name]) => (
                <option value={each}>{name}</option>
              ))}
            </select>
          </label>
        </div>
      </div>
      <JobTable key={`${state} ${asked}`} state={state} model={asked} />
    </>
  )
}

function JobTable({ state, model }: { state: State | undefined; model: string }) {
  const { jobs } = useTexts()
  const { time } = useFormat()
  const filter = { ...(state && { state }), ...(model !== '' && { model }) }
  return (
    <Paged
      limit={25}
      load={(query, signal) => foundJobs({ ...query, ...filter }, signal)}
      everySeconds={EVERY_SECONDS}
    >
      {(items, { next }) =>
        items.length === 0 ? (
          <p class="quiet">{next === null ? jobs.none : jobs.noneSoFar}</p>
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
                        {job.state === 'failed' && job.error && (
                          <div class="quiet fine" title={job.error.detail}>
                            {job.error.title}
                          </div>
                        )}
                      </td>
                      <td>{job.datasetName}</td>
                      <td class="whole">{time(job.createdAt)}</td>
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
