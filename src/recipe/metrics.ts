import { z } from 'zod'
import { namedOrObject, spellings, spellingsOf } from './names.ts'
import type { Task } from './task.ts'

/** Properties of a metric that recipes and comparisons depend on. */
interface MetricEntry {
  /** Tasks that it can be computed for. */
  tasks: readonly Task[]
  /** Tasks whose evaluations have it even where the recipe does not ask for it. */
  always?: readonly Task[]
  /** Further names that a client may give it, beside its own in any spelling (`top_k`). */
  spellings: readonly string[]
  /** True if a larger value is better. */
  largerIsBetter: boolean
  /** True if it needs classes with an order. Default: false. */
  ranksOnly?: boolean
  /** Its options beside `type`, each with its default. */
  options?: { readonly k?: number }
}

/** All metrics. A new entry does not compile until its formula for each of its tasks is in `evaluation/metrics.ts`. */
export const METRICS = {
  accuracy: {
    tasks: ['binary', 'multiclass'],
    always: ['binary', 'multiclass'],
    spellings: ['acc', 'binaryAccuracy', 'categoricalAccuracy', 'sparseCategoricalAccuracy'],
    largerIsBetter: true,
  },
  precision: { tasks: ['binary'], always: ['binary'], spellings: [], largerIsBetter: true },
  recall: { tasks: ['binary'], always: ['binary'], spellings: [], largerIsBetter: true },
  auc: { tasks: ['binary'], always: ['binary'], spellings: [], largerIsBetter: true },
  f1Micro: {
    tasks: ['multiLabel'],
    always: ['multiLabel'],
    spellings: [],
    largerIsBetter: true,
  },
  f1Macro: {
    tasks: ['multiLabel'],
    always: ['multiLabel'],
    spellings: [],
    largerIsBetter: true,
  },
  subsetAccuracy: {
    tasks: ['multiLabel'],
    always: ['multiLabel'],
    spellings: ['exactMatch'],
    largerIsBetter: true,
  },
  hammingLoss: {
    tasks: ['multiLabel'],
    always: ['multiLabel'],
    spellings: ['hamming'],
    largerIsBetter: false,
  },
  topK: {
    tasks: ['multiclass'],
    spellings: ['topKCategoricalAccuracy', 'sparseTopKCategoricalAccuracy'],
    largerIsBetter: true,
    // The default is Keras's.
    options: { k: 5 },
  },
  rankMae: {
    tasks: ['multiclass'],
    spellings: ['rankMeanAbsoluteError'],
    largerIsBetter: false,
    ranksOnly: true,
  },
  quadraticKappa: {
    tasks: ['multiclass'],
    spellings: ['quadraticWeightedKappa', 'qwk'],
    largerIsBetter: true,
    ranksOnly: true,
  },
  mae: {
    tasks: ['binary', 'regression'],
    always: ['regression'],
    spellings: ['meanAbsoluteError'],
    largerIsBetter: false,
  },
  mse: { tasks: ['binary', 'regression'], spellings: ['meanSquaredError'], largerIsBetter: false },
  rmse: {
    tasks: ['regression'],
    always: ['regression'],
    spellings: ['rootMeanSquaredError'],
    largerIsBetter: false,
  },
  r2: { tasks: ['regression'], always: ['regression'], spellings: ['r2Score'], largerIsBetter: true },
  mape: { tasks: ['regression'], spellings: ['meanAbsolutePercentageError'], largerIsBetter: false },
} as const satisfies Record<string, MetricEntry>

/** A metric's name, in the spelling that answers and histories use. */
export type MetricName = keyof typeof METRICS
/** The tasks that a metric can be computed for. */
export type TasksOf<Name extends MetricName> = (typeof METRICS)[Name]['tasks'][number]
/** Reads a metric's name in any spelling. */
export const MetricName = spellings('metric', spellingsOf<MetricName>(METRICS))

/** A metric with its options. */
export const Metric = z.strictObject({
  type: MetricName,
  /** For `topK`: the number of most likely classes among which the label must be. */
  k: z.int().min(1).max(1000).optional(),
})
export type Metric = z.output<typeof Metric>

/** Reads a metric from its name, or from an object with `type` and its options. */
export const MetricInput = namedOrObject(MetricName, Metric)

/** Returns the registry's entry of a metric. */
export function metricEntry(name: MetricName): MetricEntry {
  return METRICS[name]
}

/** Returns the names of the metrics that fit a task, in the registry's order. */
export function metricsOf(task: Task): MetricName[] {
  return MetricName.out.options.filter((name) => metricEntry(name).tasks.includes(task))
}

/** Returns the names of the metrics that every evaluation of a task has, in the registry's order. */
export function alwaysEvaluated(task: Task): MetricName[] {
  return MetricName.out.options.filter((name) => metricEntry(name).always?.includes(task))
}

/** Returns the metric with the defaults of the options that it leaves out. */
export function completeMetric(metric: Metric): Metric {
  return { ...metricEntry(metric.type).options, ...metric }
}

/** Returns whether a larger value of a history's column (`valAccuracy`, `loss`) is better; false for a loss. */
export function largerIsBetter(column: string): boolean {
  const name = column.startsWith('val') ? column.charAt(3).toLowerCase() + column.slice(4) : column
  return Object.hasOwn(METRICS, name) && metricEntry(name as MetricName).largerIsBetter
}
