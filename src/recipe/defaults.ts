import type { LossName } from './losses.ts'
import type { MetricName } from './metrics.ts'
import type { OptimizerType } from './optimizers.ts'
import type { EarlyStopping, Layer, MultiLabel, Schedule, Validation } from './parts.ts'
import type { Task } from './task.ts'

/** Default options of each learning rate schedule. */
export const SCHEDULE_DEFAULTS: { [Type in Schedule['type']]: Extract<Schedule, { type: Type }> } = {
  constant: { type: 'constant' },
  cosine: { type: 'cosine', alpha: 0 },
  reduceOnPlateau: { type: 'reduceOnPlateau', factor: 0.1, patience: 10, minLearningRate: 0 },
}

/** Default number of bins of a number with the scaling `piecewiseLinear`. */
export const DEFAULT_BINS = 32

/** Default options of a hidden layer. */
export const LAYER_DEFAULTS: Omit<Layer, 'units'> = { activation: 'relu', l1: 0, l2: 0, dropout: 0 }

/** Default early stopping: all epochs run, and the best epoch's weights are kept. */
export const EARLY_STOPPING_DEFAULTS: EarlyStopping = {
  monitor: 'valLoss',
  patience: null,
  restoreBest: true,
}

/** Number of rows below which a share of them is too small to validate on, so that k-fold is the default. */
const FEW_ROWS = 1_000
/** Default number of folds, as in Chollet's book. */
const DEFAULT_FOLDS = 4

/**
 * Returns the default validation: a fifth of the rows; for few rows k-fold, with no more folds than rows or groups.
 * @param groups number of groups that must not be parted. Default: each row may be drawn by itself
 */
export function defaultValidation(rows: number, groups: number = rows): Validation {
  if (rows >= FEW_ROWS) return { split: 0.2 }
  return { kFold: Math.max(2, Math.min(rows, groups, DEFAULT_FOLDS)), ...FOLD_DEFAULTS }
}

/** Default options of a target with several labels in a row. */
export const MULTI_LABEL_DEFAULTS: MultiLabel = { separator: '|', threshold: 'f1' }

/** Default options of a k-fold validation. */
export const FOLD_DEFAULTS = { repeats: 1, shuffle: true, smoothing: 0.9 }
/** Default number of recipes that a random search tries. */
export const DEFAULT_TRIALS = 10

/** Loss, metric and optimizer of each task if the data do not decide. */
export const TASK_DEFAULTS: Record<Task, { loss: LossName; metric: MetricName; optimizer: OptimizerType }> = {
  binary: { loss: 'binaryCrossentropy', metric: 'accuracy', optimizer: 'rmsprop' },
  multiclass: { loss: 'categoricalCrossentropy', metric: 'accuracy', optimizer: 'rmsprop' },
  multiLabel: { loss: 'binaryCrossentropy', metric: 'f1Micro', optimizer: 'rmsprop' },
  regression: { loss: 'meanSquaredError', metric: 'mae', optimizer: 'rmsprop' },
}

/**
 * Hidden layers as in the book's first chapters: 16-16 for two classes of texts, 64-64 for many classes and for
 * tables.
 */
export function defaultLayers(task: Task, hasText: boolean): Layer[] {
  const units = task === 'binary' && hasText ? 16 : 64
  return [0, 1].map(() => ({ units, ...LAYER_DEFAULTS }))
}

/** Returns a power of two between 16 and 512 that gives an epoch some thirty steps. */
export function defaultBatchSize(rows: number): number {
  return powerOfTwo(rows / 30, 16, 512)
}

/** Returns the power of two that is nearest to a number, within limits. */
export function powerOfTwo(near: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, 2 ** Math.round(Math.log2(Math.max(1, near)))))
}

/** Returns the default number of epochs: few for texts, which overfit soon. The best epoch is kept in any case. */
export function defaultEpochs(hasText: boolean, rows: number): number {
  if (hasText) return 20
  return rows < 1_000 ? 200 : 100
}
