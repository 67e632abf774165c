import { z } from 'zod'
import { TASK_DEFAULTS } from './defaults.ts'
import { MetricName, metricsOf } from './metrics.ts'
import type { Task } from './task.ts'

/** The data set and metric that compare a new version with `production`. Defaults follow from task and validation. */
export const Comparison = z.strictObject({
  dataset: z.string().min(1).describe('Id or name of the data set to compare on.').optional(),
  metric: MetricName.optional(),
})

/** The rules that need no options. */
export const PromoteRule = z.enum(['always', 'ifBetter', 'never'])

/** The rule `ifBetter` with options. */
export const PromoteIfBetter = z.strictObject({ ifBetter: Comparison })

/** Rule by which a new version becomes `production`: always, never, or if it is better on rows new to both. */
export const Promote = z.union([PromoteRule, PromoteIfBetter], {
  error:
    'Use "always", "ifBetter", "never", or {"ifBetter": {"dataset": "…", "metric": "…"}} with one of the two keys or both.',
})
export type Promote = z.output<typeof Promote>

/**
 * Largest number of held-out answers, rows times outputs, that a version keeps for comparisons: 16 MB. Of more rows it
 * keeps a sample.
 */
export const MOST_HELD_OUT = 2_000_000

/** Returns the data set to compare on; null for the candidate's own validation rows. */
export function comparisonDataset(promote: Promote): string | null {
  return typeof promote === 'object' ? (promote.ifBetter.dataset ?? null) : null
}

/**
 * Returns the metric that decides: the one that the order names, else the task's default. Of several targets that is r2, of
 * which a mean says something where units differ.
 */
export function comparisonMetric(promote: Promote, task: Task, targets = 1): MetricName {
  const named = typeof promote === 'object' ? promote.ifBetter.metric : undefined
  return named ?? (targets > 1 ? 'r2' : TASK_DEFAULTS[task].metric)
}

/** Tells whether the order names the metric that decides. */
export function isMetricNamed(promote: Promote): boolean {
  return typeof promote === 'object' && promote.ifBetter.metric !== undefined
}

/** Returns why the metric cannot compare versions of a task; undefined if it can. */
export function comparisonMetricFault(promote: Promote, task: Task): string | undefined {
  const metric = comparisonMetric(promote, task)
  const known = metricsOf(task)
  return known.includes(metric)
    ? undefined
    : `The metric ${metric} does not fit the task ${task}. Use ${known.join(', ')}.`
}
