/** A recipe: its schema, its defaults by task and data, its checks against columns, sizes and cost. */
export { ActivationName } from './activations.ts'
export { type Completion, completeRecipe, fieldOf, problemsSureToStand } from './complete.ts'
export { DEFAULT_TRIALS } from './defaults.ts'
export type { BagEncoder } from './encoders/bag.ts'
export type { Encoder } from './encoders/index.ts'
export { RESERVED_IDS, type SequenceEncoder } from './encoders/sequence.ts'
export { type Estimate, estimateCost } from './estimate.ts'
export { type Loss, LossName } from './losses.ts'
export { alwaysEvaluated, largerIsBetter, type Metric, MetricName } from './metrics.ts'
export { foldCount, monitorOf, validationName } from './monitor.ts'
export { nearest, suggestion } from './names.ts'
export type { Optimizer, OptimizerType } from './optimizers.ts'
export type {
  ColumnOptions,
  EarlyStopping,
  Layer,
  Missing,
  Scaling,
  Schedule,
  Search,
} from './parts.ts'
export { MAX_TRIALS } from './parts.ts'
export { pointer, problemsOf } from './problems.ts'
export { comparisonDataset, comparisonMetric, comparisonMetricFault, Promote } from './promotion.ts'
export { CompleteRecipe, JobBody, NAME_PATTERN, NAME_RULE, RecipeInput, RetrainBody } from './schema.ts'
export type { Cell, ColumnDescription, ColumnType, Row, TableDescription } from './table.ts'
export { Task } from './task.ts'
export { validationFaults } from './validation.ts'
