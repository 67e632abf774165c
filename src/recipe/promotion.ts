import { z } from 'zod'
import { TASK_DEFAULTS } from './defaults.ts'
import { MetricName, metricsOf } from './metrics.ts'
import type { Task } from './task.ts'

/** By what a new version is compared with `production`; what is left out follows from task and validation. */
export const Comparison = z.strictObject({
  dataset: z.string().min(1).describe('Id or name of the data set to compare on.').optional(),
  metric: MetricName.optional(),
})

/** Whether a new version becomes `production`: always, never, or if it does better on rows that are new to both. */
export const Promote = z.union(
  [z.enum(['always', 'ifBetter', 'never']), z.strictObject({ ifBetter: Comparison })],
  {
    error:
      'Use "always", "ifBetter", "never", or {"ifBetter": {"dataset": "…", "metric": "…"}} with one of the two keys or both.',
  },
)
export type Promote = z.output<typeof Promote>

/** The data set that a promotion names; null: the candidate's own validation rows. */
export function comparisonDataset(promote: Promote): string | null {
  return typeof promote === 'object' ? (promote.ifBetter.dataset ?? null) : null
}

/** The metric that decides: the one that is named, else the task's own. */
export function comparisonMetric(promote: Promote, task: Task): MetricName {
  return (typeof promote === 'object' ? promote.ifBetter.metric : undefined) ?? TASK_DEFAULTS[task].metric
}

/** Why a metric cannot compare versions of a task, or undefined. */
export function comparisonMetricFault(promote: Promote, task: Task): string | undefined {
  const metric = comparisonMetric(promote, task)
  const known = metricsOf(task)
  return known.includes(metric)
    ? undefined
    : `The metric ${metric} does not fit the task ${task}. Use ${known.join(', ')}.`
}
