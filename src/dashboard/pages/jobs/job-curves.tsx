import { answerOf, api, type Schemas } from '../../api/client.ts'
import { FoldCharts } from '../../parts/fold-charts.tsx'
import { HistoryCurves } from '../../parts/history-curves.tsx'
import { isOpen } from '../../parts/use-job.ts'
import { useLoad } from '../../parts/use-load.ts'
import { useTexts } from '../../texts/texts.tsx'

/** Seconds between two looks at the history of a job that runs. */
const EVERY_SECONDS = 1

/** What a job has learnt so far, epoch by epoch. */
export function JobCurves({ job }: { job: Schemas['Job'] }) {
  const { jobs } = useTexts()
  const open = isOpen(job)
  const history = useLoad(
    (signal) => answerOf(api.GET('/jobs/{id}/history', { params: { path: { id: job.id } }, signal })),
    [job.id, open],
    open ? EVERY_SECONDS : undefined,
  )
  if (!history.value || history.value.epochs.length === 0) return null
  return (
    <section class="card stack" aria-labelledby="curves">
      <h2 id="curves">{jobs.curves}</h2>
      <HistoryCurves history={history.value} />
      <FoldCharts history={history.value} />
    </section>
  )
}
