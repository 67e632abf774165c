import { z } from 'zod'
import type { MetricName } from './names.ts'

export const Task = z.enum(['binary', 'multiclass', 'regression'])
export type Task = z.output<typeof Task>

/** The metrics that fit each task. */
export const METRICS: Record<Task, readonly MetricName[]> = {
  binary: ['accuracy', 'precision', 'recall', 'auc', 'mse', 'mae'],
  multiclass: ['accuracy', 'topK'],
  regression: ['mae', 'mse', 'rmse', 'r2', 'mape'],
}
