import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { ErrorCode } from '../../errors.ts'
import type { Jobs } from '../../jobs/contract.ts'
import type { LastSuccess, Schedules } from '../../jobs/schedules/contract.ts'
import type { Serving } from '../../serving/contract.ts'
import type { App } from '../route-config.ts'
import { MAX_MODELS, OTHERS } from './model-labels.ts'

const STATES = ['completed', 'failed', 'cancelled'] as const
/** Why jobs fail; their series begin at 0, since one that begins with its first failure would show no increase. */
const REASONS: readonly ErrorCode[] = [
  'training-failed',
  'loss-not-finite',
  'prediction-failed',
  'out-of-memory',
  'job-timed-out',
  'job-crashed',
  'store-unavailable',
  'corrupt-artifact',
]
/** Limits of the histogram, in seconds: jobs take from one second to a day. */
const BUCKETS = [1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200, 21_600, 86_400]

interface Sources {
  jobs: Pick<Jobs, 'onEnd'>
  serving: Pick<Serving, 'health'>
  schedules: Pick<Schedules, 'lastSuccesses'>
}

/** Counts and times the ends of jobs in all processes, and tells when each schedule last succeeded. */
export function useJobMetrics(app: App, registry: Registry, { jobs, serving, schedules }: Sources): void {
  const registers = [registry]
  const models = new Set<string>()
  const ended = new Counter({
    name: 'fitserve_jobs_ended_total',
    help: 'Jobs that have ended since this process started, in any process, by state and model ("*": further models).',
    labelNames: ['state', 'model'] as const,
    registers,
    collect() {
      // A series that begins with its first failure would show no increase.
      for (const { name } of serving.health().models) begin(name)
    },
  })
  const begin = (model: string): string => {
    if (models.has(model)) return model
    const label = models.size < MAX_MODELS ? model : OTHERS
    if (models.has(label)) return label
    models.add(label)
    for (const state of STATES) ended.inc({ state, model: label }, 0)
    return label
  }
  const durations = new Histogram({
    name: 'fitserve_job_duration_seconds',
    help: 'Time from the start of the last attempt of a job to its end, by state.',
    labelNames: ['state'] as const,
    buckets: BUCKETS,
    registers,
  })
  const failures = new Counter({
    name: 'fitserve_job_failures_total',
    help: 'Jobs that have failed since this process started, in any process, by the code of the reason.',
    labelNames: ['reason'] as const,
    registers,
  })
  for (const reason of REASONS) failures.inc({ reason }, 0)
  let successes: Promise<LastSuccess[]> | undefined
  /** Both gauges of a scrape show one answer. */
  const lastSuccesses = async () => {
    successes ??= schedules.lastSuccesses().finally(() => {
      successes = undefined
    })
    return (await successes).slice(0, MAX_MODELS)
  }
  /** @param timeOf returns the gauge's value for a schedule, in ms since 1970; null: it has none */
  const gaugeOfSchedules = (name: string, help: string, timeOf: (each: LastSuccess) => number | null) =>
    new Gauge({
      name,
      help,
      labelNames: ['model'] as const,
      registers,
      async collect() {
        const known = await lastSuccesses()
        this.reset()
        for (const each of known) {
          const time = timeOf(each)
          if (time !== null) this.set({ model: each.model }, time / 1000)
        }
      },
    })
  gaugeOfSchedules(
    'fitserve_schedule_last_success_timestamp_seconds',
    'When the newest run of a schedule succeeded whose job completed. Before the first: when the schedule was set.',
    ({ at }) => at,
  )
  gaugeOfSchedules(
    'fitserve_schedule_due_timestamp_seconds',
    'When the schedule is due first after its last success. In the past: a run is under way, late, or has failed.',
    ({ due }) => due,
  )
  let unsubscribe = () => {}
  app.addHook('onListen', async () => {
    begin(OTHERS)
    unsubscribe = jobs.onEnd(({ state, model, reason, seconds }) => {
      ended.inc({ state, model: begin(model) })
      if (state === 'failed') failures.inc({ reason: reason?.code ?? 'unknown' })
      if (seconds !== null) durations.observe({ state }, seconds)
    })
  })
  app.addHook('onClose', async () => unsubscribe())
}
