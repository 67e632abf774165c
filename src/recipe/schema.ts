import { z } from 'zod'
import { Encoder, EncoderInput } from './encoders/index.ts'
import { Loss, LossInput } from './losses.ts'
import { Metric, MetricInput } from './metrics.ts'
import { Network, NetworkChoice, NetworkInput } from './network.ts'
import { Optimizer, OptimizerInput } from './optimizers.ts'
import {
  Bins,
  Budget,
  Calibration,
  ClassWeights,
  ColumnOptions,
  Cost,
  EarlyStopping,
  EarlyStoppingInput,
  Layer,
  LayerInput,
  Missing,
  MultiLabel,
  MultiLabelInput,
  Outside,
  ofAtMost,
  Rank,
  Scaling,
  Schedule,
  ScheduleInput,
  Search,
  Threshold,
  Validation,
} from './parts.ts'
import { checkedLaterBy } from './problems.ts'
import { Promote } from './promotion.ts'
import { MAX_TARGETS } from './targets.ts'
import { Task } from './task.ts'
import { NO_VECTORS, VectorsInput, VectorsOption } from './vectors.ts'

/** Largest number of columns of a data set, so that a recipe names no more. */
const MAX_COLUMNS = 4_000
const columnName = () => z.string().min(1, "Expected a column's name, which is not empty")
const ColumnName = columnName()
/** The column that is learnt, or several columns of numbers that one network learns. */
const Target = z.union([ColumnName, z.array(ColumnName).min(1).max(MAX_TARGETS)], {
  error: `Expected the name of a column, or an array of up to ${MAX_TARGETS} names of columns of numbers`,
})
/** What is done to the numbers of a target before training. */
export const Transform = z.enum(['none', 'standardize', 'log'])
/** One transform for all targets, or one for each by its name. */
export const TargetTransform = z.union([Transform, z.record(ColumnName, Transform)], {
  error: 'Use "none", "standardize" or "log", or with several targets an object of these by target.',
})
const Epochs = z.int().min(1).max(1_000_000)
const BatchSize = z.int().min(1).max(1_000_000)
const Ensemble = z.int().min(1).max(64)
const OutputL1 = z.number().min(0).max(1e9)
/** Largest number of further kinds of networks in an ensemble. */
const MAX_OTHER_MEMBERS = 8
/** Largest number of candidates beside the recipe itself. */
const MAX_CANDIDATES = 16

/** The columns that together are a place on a map. */
// Each with a schema of its own, as each has its own description.
export const Coordinates = z.strictObject({ longitude: columnName(), latitude: columnName() })

/** Networks of other layers or trees in an ensemble, as a client writes them. */
export const OtherMembersInput = z.strictObject({
  layers: z.array(LayerInput).max(50).optional(),
  optimizer: OptimizerInput.optional(),
  network: NetworkInput.optional(),
  loss: LossInput.optional(),
  epochs: Epochs.optional(),
})
export type OtherMembersInput = z.output<typeof OtherMembersInput>
/**
 * Networks of other layers or trees, as many as the recipe's own `ensemble`, whose outputs are averaged with theirs. Only
 * trees have a network, a loss and epochs of their own.
 */
export const OtherMembers = z.strictObject({
  layers: z.array(Layer),
  optimizer: Optimizer,
  network: Network.optional(),
  loss: Loss.optional(),
  epochs: Epochs.optional(),
})
export type OtherMembers = z.output<typeof OtherMembers>

/** The fields in which candidates differ, as a client writes them. */
const CANDIDATE_FIELDS = {
  encoder: EncoderInput.nullable().optional(),
  vectors: VectorsOption.optional(),
  scaling: Scaling.optional(),
  bins: Bins.optional(),
  outside: Outside.optional(),
  coordinates: Coordinates.nullable().optional(),
  missing: Missing.optional(),
  targetTransform: TargetTransform.optional(),
  network: NetworkInput.optional(),
  layers: z.array(LayerInput).max(50).optional(),
  outputL1: OutputL1.optional(),
  otherMembers: z.array(OtherMembersInput).max(MAX_OTHER_MEMBERS).optional(),
  optimizer: OptimizerInput.optional(),
  loss: LossInput.optional(),
  learningRateSchedule: ScheduleInput.nullable().optional(),
  epochs: Epochs.optional(),
  batchSize: BatchSize.optional(),
  ensemble: Ensemble.optional(),
}
/** A candidate as a client writes it: the fields in which it differs from the recipe. */
export const CandidateInput = z.strictObject(CANDIDATE_FIELDS)
export type CandidateInput = z.output<typeof CandidateInput>

/** A recipe as a client writes it: every field may be left out. */
export const RecipeInput = z.strictObject({
  task: Task.optional(),
  target: Target.optional(),
  inputs: z.array(ColumnName).min(1).max(MAX_COLUMNS).optional(),
  group: ColumnName.nullable().optional(),
  time: ColumnName.nullable().optional(),
  weights: ColumnName.nullable().optional(),
  encoder: EncoderInput.nullable().optional(),
  vectors: VectorsInput.optional(),
  scaling: Scaling.optional(),
  bins: Bins.optional(),
  outside: Outside.optional(),
  coordinates: Coordinates.nullable().optional(),
  missing: Missing.optional(),
  columns: ofAtMost(z.record(ColumnName, ColumnOptions), MAX_COLUMNS, 'columns').optional(),
  mergeClasses: z.boolean().optional(),
  multiLabel: MultiLabelInput.optional(),
  targetTransform: TargetTransform.optional(),
  network: NetworkChoice.optional(),
  layers: z.array(LayerInput).max(50).optional(),
  outputL1: OutputL1.optional(),
  otherMembers: z.array(OtherMembersInput).max(MAX_OTHER_MEMBERS).optional(),
  labels: z.enum(['integer', 'oneHot']).nullable().optional(),
  optimizer: OptimizerInput.optional(),
  loss: LossInput.optional(),
  metrics: z.array(MetricInput).max(20).optional(),
  learningRateSchedule: ScheduleInput.nullable().optional(),
  classWeights: ClassWeights.nullable().optional(),
  epochs: Epochs.optional(),
  batchSize: BatchSize.optional(),
  validation: Validation.nullable().optional(),
  earlyStopping: EarlyStoppingInput.nullable().optional(),
  finalEpochs: z
    .union([z.literal('best'), Epochs], { error: 'Use a number of epochs or "best".' })
    .nullable()
    .optional(),
  threshold: Threshold.optional(),
  positive: z.string().nullable().optional(),
  cost: Cost.nullable().optional(),
  rank: Rank.nullable().optional(),
  calibration: Calibration.optional(),
  learningCurve: z.boolean().optional(),
  budget: Budget.nullable().optional(),
  ensemble: Ensemble.optional(),
  engine: z.enum(['auto', 'tensorflow', 'typed']).optional(),
  seed: z
    .int()
    .min(0)
    .max(2 ** 32 - 1)
    .optional(),
  candidates: z.array(CandidateInput).max(MAX_CANDIDATES).nullable().optional(),
  search: Search.nullable().optional(),
})
export type RecipeInput = z.output<typeof RecipeInput>

/** A candidate: the fields in which it differs from the recipe, in their complete form. */
export const Candidate = z.strictObject({
  encoder: Encoder.nullable().optional(),
  vectors: VectorsOption.optional(),
  scaling: Scaling.optional(),
  bins: Bins.optional(),
  outside: Outside.optional(),
  coordinates: Coordinates.nullable().optional(),
  missing: Missing.optional(),
  targetTransform: TargetTransform.optional(),
  network: Network.optional(),
  layers: z.array(Layer).optional(),
  outputL1: OutputL1.optional(),
  otherMembers: z.array(OtherMembers).optional(),
  optimizer: Optimizer.optional(),
  loss: Loss.optional(),
  learningRateSchedule: Schedule.nullable().optional(),
  epochs: Epochs.optional(),
  batchSize: z.int().min(1).optional(),
  ensemble: z.int().min(1).optional(),
})
export type Candidate = z.output<typeof Candidate>

/**
 * Everything that decides a training run, with no field left out. It is a valid `RecipeInput`: sent again with the same
 * data set, it gives the same model.
 */
export const CompleteRecipe = z.strictObject({
  task: Task,
  target: Target,
  inputs: z.array(ColumnName).min(1),
  /** Column whose equal values keep rows on one side of a split, or in one fold. Null: rows are drawn one by one. */
  group: ColumnName.nullable().default(null),
  /** Column by which the rows are ordered: the past is trained on, and the future validates. Null: they have no order. */
  time: ColumnName.nullable().default(null),
  /** Column of numbers that say how much each row counts in the loss and the metrics. Null: all count alike. */
  weights: ColumnName.nullable().default(null),
  /** Null if no input is a text. */
  encoder: Encoder.nullable(),
  /** Name of the set of word vectors that stand beside the terms of texts. Recipes of earlier releases lack it. */
  vectors: VectorsOption.default(NO_VECTORS),
  scaling: Scaling,
  bins: Bins,
  /** Recipes of earlier releases lack it; their numbers went on beyond the range. */
  outside: Outside.default('extend'),
  /** Null: longitudes and latitudes, if there are any, are numbers like others. */
  coordinates: Coordinates.nullable().default(null),
  missing: Missing,
  columns: z.record(ColumnName, ColumnOptions),
  /** True if spellings of a class that differ in case, spaces or the form of their characters are one class. */
  mergeClasses: z.boolean().default(false),
  /** Null unless the task is multiLabel. */
  multiLabel: MultiLabel.nullable().default(null),
  targetTransform: TargetTransform,
  /** Recipes of earlier releases lack it: they make networks of layers. */
  network: Network.default({ type: 'layers' }),
  layers: z.array(Layer),
  /** Factor of the penalty on the absolute weights of the output layer. */
  outputL1: OutputL1.default(0),
  /** Recipes of earlier releases lack it. */
  otherMembers: z.array(OtherMembers).default([]),
  /** Null unless the task is multiclass. */
  labels: z.enum(['integer', 'oneHot']).nullable(),
  optimizer: Optimizer,
  loss: Loss,
  metrics: z.array(Metric),
  learningRateSchedule: Schedule.nullable(),
  classWeights: ClassWeights.nullable(),
  epochs: Epochs,
  batchSize: z.int().min(1),
  validation: Validation.nullable(),
  earlyStopping: EarlyStopping.nullable(),
  finalEpochs: z.union([z.literal('best'), Epochs]).nullable(),
  threshold: Threshold,
  /** The class of two that counts as the positive one. Null: the last one by value. */
  positive: z.string().nullable().default(null),
  /** Null: the likeliest class is answered, of two classes the positive one from `threshold` on. */
  cost: Cost.nullable().default(null),
  /** Null: the classes have no order. */
  rank: Rank.nullable().default(null),
  /** Recipes of earlier releases lack it. */
  calibration: Calibration.default('none'),
  /** Whether the recipe is also measured with fewer training rows. */
  learningCurve: z.boolean().default(false),
  /** Null: the training takes as long as it takes. */
  budget: Budget.nullable().default(null),
  ensemble: z.int().min(1),
  engine: z.enum(['auto', 'tensorflow', 'typed']),
  seed: z.int(),
  /** Other ways to train that are compared with the recipe itself; null: there is nothing to choose. */
  candidates: z.array(Candidate).nullable().default(null),
  search: Search.nullable().default(null),
})

export type CompleteRecipe = z.output<typeof CompleteRecipe>

/** Pattern of the names of models, data sets and aliases. */
export const NAME_PATTERN = /^[A-Za-z][A-Za-z0-9._-]{0,63}$/
/** `NAME_PATTERN` in words, for messages to users. */
export const NAME_RULE = 'A name begins with a letter and has at most 64 characters out of A-Z a-z 0-9 . _ -'

/** Limits of each of a job's processes: seconds of an attempt, resident memory in MB. */
export const Limits = z.strictObject({
  seconds: z.int().min(1).max(31_536_000).optional(),
  memoryMb: z.int().min(64).max(16_777_216).optional(),
})

/** Address that is called when a job ends. */
export const Webhook = z.strictObject({ url: z.string().min(1).max(2_000) })

/** Options of an order about running its job; they do not change the result. */
export const RUNNING_OPTIONS = {
  /** Jobs with a lower number run earlier; jobs without one run last. */
  priority: z.int().min(1).max(1_000).optional(),
  limits: Limits.optional(),
  webhook: Webhook.optional(),
}

/** The body of `POST /jobs`. */
export const JobBody = z.strictObject({
  model: z.string().regex(NAME_PATTERN, NAME_RULE),
  dataset: z.string().min(1),
  promote: Promote.default('always'),
  /** Promote also a version that refuses requests which `production` answers, since its inputs differ. */
  allowInputChanges: z.boolean().default(false),
  force: z.boolean().default(false),
  ...RUNNING_OPTIONS,
  recipe: RecipeInput.default({}),
})
export type JobBody = z.output<typeof JobBody>

/** The body of `POST /models/{name}/retrain`: the fields that differ from the version to retrain. */
export const RetrainBody = z.strictObject({
  dataset: z.string().min(1).optional(),
  /** Checked after it is merged into the version's recipe. */
  recipe: checkedLaterBy(RecipeInput, z.record(z.string(), z.unknown())).optional(),
  promote: Promote.optional(),
  /** Train and promote although other inputs are to be sent than to `production`. */
  allowInputChanges: z.boolean().optional(),
  /** Train even if an equal job has finished. */
  force: z.boolean().optional(),
  ...RUNNING_OPTIONS,
})
export type RetrainBody = z.output<typeof RetrainBody>
