import { expect, it, onTestFinished } from 'vitest'
import type { JobEnd } from '../../../src/jobs/contract.ts'
import { asker } from '../ask.ts'
import { listen } from '../connection.ts'
import { stubApp } from '../stubs.ts'

const end: JobEnd = {
  id: 'a',
  model: 'imdb',
  parent: null,
  request: null,
  state: 'completed',
  reason: null,
  seconds: 4,
}

it('/metrics counts and times the ends of jobs, with a limited number of models', async () => {
  const listeners = new Set<(end: JobEnd) => void>()
  const onEnd = (listener: (end: JobEnd) => void) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }
  const app = await stubApp({ jobs: { onEnd } })
  onTestFinished(() => app.close())
  await listen(app)
  const tell = (changes: Partial<JobEnd>) => {
    for (const listener of listeners) listener({ ...end, ...changes })
  }
  tell({})
  tell({ seconds: 20 })
  tell({ state: 'failed', seconds: 3_601, reason: { code: 'out-of-memory', detail: 'Too large.' } })
  tell({ state: 'cancelled', seconds: null })
  const { text } = await asker(app)('/metrics')
  for (const line of [
    'fitserve_jobs_ended_total{state="completed",model="imdb"} 2',
    'fitserve_jobs_ended_total{state="failed",model="imdb"} 1',
    'fitserve_jobs_ended_total{state="cancelled",model="imdb"} 1',
    'fitserve_jobs_ended_total{state="failed",model="*"} 0',
    'fitserve_job_failures_total{reason="out-of-memory"} 1',
    'fitserve_job_failures_total{reason="job-crashed"} 0',
    'fitserve_schedule_due_timestamp_seconds{model="imdb"} 1767312000',
    'fitserve_job_duration_seconds_bucket{le="5",state="completed"} 1',
    'fitserve_job_duration_seconds_sum{state="completed"} 24',
    'fitserve_job_duration_seconds_count{state="failed"} 1',
  ])
    expect(text).toContain(`${line}\n`)
  expect(text).not.toContain('fitserve_job_duration_seconds_count{state="cancelled"}')
  for (let count = 0; count < 300; count++) tell({ model: `model-${count}`, state: 'failed' })
  const series = (await asker(app)('/metrics')).text.match(/^fitserve_jobs_ended_total.*$/gm) ?? []
  expect(series).toHaveLength(200 * 3)
  expect(series).toContain('fitserve_jobs_ended_total{state="failed",model="*"} 102')
  await app.close()
  expect(listeners.size).toBe(0)
})
