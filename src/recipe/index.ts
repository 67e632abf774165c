/*
 * The entry point of the recipe: everything that decides a training run. Its schema, its defaults by task and data, its
 * checks against a table's columns, sizes and cost, and an estimate of what a run takes. It trains nothing and reads no
 * data.
 *
 * Start with complete.ts, which goes from what a client wrote to a complete recipe. encoders/index.ts lists the text
 * encoders; losses.ts, metrics.ts and optimizers.ts list theirs.
 */
export { ActivationName } from './activations.ts'
export { type CostMatrix, cheapestClass, costFaults, costMatrix, costThreshold } from './answer-costs.ts'
export {
  candidateRecipes,
  LEAST_OF_CLASS,
  MOST_KEPT_MB,
  mayCompareOnSample,
  networkFamily,
  onSample,
  SAMPLE_ROWS,
  vectorSetsOf,
} from './candidates.ts'
export { CellRules, DecimalSign } from './cell-rules.ts'
export { booleanOfWord, cellReader, missingForms, missingTexts, numberOfCell } from './cells.ts'
export { warningsOfClasses } from './class-warnings.ts'
export { outputCount, roleColumns } from './columns.ts'
export { type Completion, completeRecipe, fieldOf, problemsSureToStand } from './complete.ts'
export { ROTATIONS } from './coordinates.ts'
export { DEFAULT_TRIALS } from './defaults.ts'
export { defined } from './defined.ts'
export type { BagEncoder } from './encoders/bag.ts'
export {
  BagEncoderInput,
  type Encoder,
  EncoderInput,
  SequenceEncoderInput,
} from './encoders/index.ts'
export { RESERVED_IDS, type SequenceEncoder } from './encoders/sequence.ts'
export { UnicodeForm } from './encoders/unicode-form.ts'
export { type Estimate, estimateCost, foldShare, KEPT_SHARE } from './estimate.ts'
export { isObject, leavesOf, MOST_NESTED, nameOfPath } from './flatten.ts'
export { tooFewGroups } from './groups.ts'
export {
  type InputChange,
  InputColumn,
  type InputContract,
  inputChanges,
  inputChangeText,
  inputColumn,
} from './input-contract.ts'
export { linearRecipe } from './linear.ts'
export { labelsOf } from './lists.ts'
export { type Loss, LossInput, LossName } from './losses.ts'
export { cellSpeller, keptSpellings, mergedTable, type Spellings } from './merged-classes.ts'
export { alwaysEvaluated, largerIsBetter, type Metric, MetricInput, MetricName } from './metrics.ts'
export { foldCount, monitorOf, trainsOnAll, validationName } from './monitor.ts'
export { nearest, suggestion } from './names.ts'
export { hasTreeMembers, isTrees, NETWORK_INPUTS, NetworkInput, type Trees, treesOf } from './network.ts'
export { type RecipeNote, recipeNotes } from './notes.ts'
export {
  isScaled,
  type NumberText,
  OTHER_DIGITS,
  PLAIN_NUMBER,
  readNumberText,
  SCALE_TEXTS,
  type Separators,
  UNIT_TEXTS,
} from './number-text.ts'
export { OPTIMIZERS, type Optimizer, OptimizerInput, type OptimizerType } from './optimizers.ts'
export {
  Budget,
  ClassWeights,
  ColumnOptions,
  type EarlyStopping,
  EarlyStoppingInput,
  type Layer,
  LayerInput,
  MAX_TRIALS,
  Missing,
  MissingValue,
  MultiLabelOptions,
  Outside,
  SCHEDULE_INPUTS,
  type Scaling,
  type Schedule,
  ScheduleInput,
  Search,
  Threshold,
  ThresholdOfCosts,
  ThresholdOfMetric,
  ThresholdOfPrecision,
  ThresholdOfRecall,
  ThresholdRule,
  Validation,
} from './parts.ts'
export { PLACEHOLDERS, ZERO_DATE } from './placeholders.ts'
export { pointer, problemsOf } from './problems.ts'
export {
  Comparison,
  comparisonDataset,
  comparisonMetric,
  comparisonMetricFault,
  isMetricNamed,
  MOST_HELD_OUT,
  Promote,
  PromoteIfBetter,
  PromoteRule,
} from './promotion.ts'
export { rankFault } from './rank.ts'
export {
  type Candidate,
  CandidateInput,
  CompleteRecipe,
  Coordinates,
  JobBody,
  Limits,
  NAME_PATTERN,
  NAME_RULE,
  OtherMembersInput,
  RecipeInput,
  RetrainBody,
  RUNNING_OPTIONS,
  TargetTransform,
  Transform,
  Webhook,
} from './schema.ts'
export type { Cell, ColumnDescription, ColumnType, Row, TableDescription } from './table.ts'
export { targetNames, targetText, transformOf } from './targets.ts'
export { Task } from './task.ts'
export { positiveFault } from './threshold.ts'
export { noTime, tooFewTimes } from './times.ts'
export { datesOption, readingOption, typesOption } from './types-option.ts'
export { answersOf, unknownNumberFault, validationFaults } from './validation.ts'
export { isSetName, NO_VECTORS, VECTORS_COMMAND, vectorDimensions } from './vectors.ts'
export { weightFault } from './weights.ts'
