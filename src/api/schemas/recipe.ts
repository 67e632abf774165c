import type { z } from 'zod'
import {
  BagEncoderInput,
  Budget,
  CandidateInput,
  ClassWeights,
  ColumnOptions,
  Comparison,
  Coordinates,
  EarlyStoppingInput,
  EncoderInput,
  LayerInput,
  Limits,
  LossInput,
  MetricInput,
  MetricName,
  Missing,
  MissingValue,
  MultiLabelOptions,
  NETWORK_INPUTS,
  NetworkInput,
  OPTIMIZERS,
  OptimizerInput,
  OtherMembersInput,
  Promote,
  PromoteIfBetter,
  PromoteRule,
  RecipeInput,
  SCHEDULE_INPUTS,
  ScheduleInput,
  Search,
  SequenceEncoderInput,
  TargetTransform,
  Threshold,
  ThresholdOfCosts,
  ThresholdOfMetric,
  ThresholdOfPrecision,
  ThresholdOfRecall,
  ThresholdRule,
  Transform,
  Validation,
  Webhook,
} from '../../recipe/index.ts'
import { capitalized, described, named } from './registry.ts'

/*
 * What the OpenAPI document says about recipes: the name of each part and the description of each field. The types
 * below demand an entry for each field, so the compiler names what a new one lacks.
 */

type Described<Schema extends z.ZodObject> = Record<keyof Schema['shape'], string>

const RECIPE: Described<typeof RecipeInput> = {
  task: 'Default: what the target suggests. Two categories are binary, more are multiclass, lists are multiLabel, numbers are a regression.',
  target:
    'Column to predict, or several columns of numbers that one network predicts. Default: `label`, or else the last column.',
  inputs: 'Input columns. Default: all others, except those that identify rows.',
  group:
    'Rows with the same value in this column stay on the same side of a split or in the same fold. Null: rows are drawn one by one.',
  time: 'Column that orders the rows: training takes the earlier ones, validation the later ones. Null: rows have no order.',
  weights:
    'Column with the weight of each row in the loss and in every metric. Null: all rows weigh the same.',
  encoder:
    'How texts become inputs of the network. Null if no input is a text. Default: chosen from the data.',
  vectors:
    'Pretrained vectors of words as further inputs beside the terms of texts: the name of a set that is installed on the machine, such as `glove-100`, `none`, or `auto`: with fewer than 5,000 rows and an installed set that knows most words, they are a candidate, and kept if they gain 0.01 of accuracy. Default: `auto`, where the service chooses the network, else `none`.',
  scaling:
    'How numbers become inputs: `standard` has mean 0 and deviation 1, `minMax` goes from 0 to 1, `quantile` follows a normal distribution, `piecewiseLinear` divides the range into bins. Default: chosen by the data.',
  bins: 'Intervals of `piecewiseLinear`. Each is an input. Default: chosen by the data.',
  outside:
    'What a number outside of the training range counts as: the nearer end of the range (`clamp`), itself up to half of the width of the range beyond it (`margin`), or itself (`extend`). Default: chosen by the data.',
  coordinates:
    'The columns of longitudes and latitudes of a place: how far it lies along further directions are inputs too. Null: none. Default: found by name and range, where the recipe is chosen by the data.',
  missing:
    'What replaces a missing number. With trees it has a bin of its own (`bin`), and neither `mean` nor `median` replaces it. Default: `median`, with trees `bin`.',
  columns: 'Options of single columns, by name.',
  mergeClasses:
    'Whether classes that differ only in case, spaces or the form of their characters are one class: of the target, and of inputs that are categories. The most frequent spelling is predicted. Default: false.',
  multiLabel:
    'How labels are read and predicted if a row can have any number of them. Null or false: a row has one class, or a number. Default: true for a target of lists.',
  targetTransform:
    'How the target of a regression is transformed; of several targets all, or each by its name. Predictions are in its own unit. Default: `standardize`.',
  network:
    'Family of the model: `layers` are dense layers, `trees` are gradient-boosted trees, for tables without texts. The name `dense` means `layers`, and `auto` the default. Default: by the data, `trees` from 100,000 rows and else `layers`, with which trees are compared.',
  layers: 'Hidden layers. An empty list makes a linear model. Default: chosen by the data.',
  outputL1:
    'Factor of a penalty on the absolute weights of the output layer of the networks of `layers`. Without hidden layers it drives the weights of uninformative inputs towards 0 (lasso). Default: 0.',
  otherMembers:
    'Networks of other layers or trees, as many as `ensemble` of each kind, whose answers are averaged with those of `layers`. Default: none.',
  labels: 'Form of the classes in the loss. Both give equal results. Multiclass only.',
  optimizer: 'Default: chosen by the data.',
  loss: 'Default: the crossentropy that fits the task; for a regression chosen by the data.',
  metrics: 'Metrics of each epoch. Default: `accuracy`, for a regression `mae`, with multiLabel `f1Micro`.',
  learningRateSchedule: 'How the learning rate changes during training. Default: chosen by the data.',
  classWeights: 'Factors of the loss of each class. Default: none.',
  epochs: 'Passes over the training rows. Default: chosen by the data.',
  batchSize: 'Rows of one training step. Default: chosen by the number of rows.',
  validation:
    'Rows that are held out to measure the model. Null: none. Default: k-fold below 1,000 rows, else a split of 0.2.',
  earlyStopping:
    'How the best epoch is chosen, and whether training stops early. Null: the last epoch is kept.',
  finalEpochs:
    'Epochs of a last fit on all rows, for which the model is trained anew: a number, `best` for the best epoch of the validation, or null for none. Default: `best` after k-fold and where the network is chosen by the data.',
  threshold:
    'Probability from which a binary answer is the positive class, or a rule by which answers to rows that were held out choose it: the best F1, a wanted recall or precision, or the least costs. Default: 0.5.',
  positive: 'The class of two that counts as the positive one. Null: the last one by value.',
  cost: 'Cost of a prediction, by the true class, then by the predicted one. The class with the least expected cost is predicted. Null: the most likely class.',
  calibration:
    'How probabilities are calibrated by the validation rows: `temperature`, `platt`, `isotonic`, the one of these with the least log loss if any lowers it (`auto`), or not at all (`none`). Default: `auto`; `none` where the recipe names encoder, layers or optimizer, or validation is null.',
  learningCurve:
    'Whether the recipe is also trained on a quarter and on half of the training rows, for the `learningCurve` of the evaluation. It takes about twice as long. Default: false.',
  rank: 'Order of the classes: true for that of their numbers, or a list of all classes, the lowest first. Null: they have none.',
  budget:
    'Time after which a training ends with the best so far. How far it comes depends on the speed of the machine, so that the same recipe may give another model. Null: no limit. Default: null.',
  ensemble: 'Number of networks whose answers are averaged. Default: chosen by the data.',
  engine:
    'What computes the training. `auto` takes the faster one. Both give the same curves to within 1e-4. Default: `auto`.',
  seed: 'Seed of every random number. The same recipe, data and seed give the same weights. Default: 1.',
  candidates:
    'Other ways to train, each given by the fields in which it differs. The recipe itself and each of them are compared on the validation rows, and the best is kept. Null or an empty list: only the recipe itself. Default: chosen by the data.',
  search: 'Recipes to try; the best one is kept. Default: none.',
}

const CANDIDATE: Described<typeof CandidateInput> = {
  encoder: RECIPE.encoder,
  vectors:
    'Pretrained vectors of words as further inputs beside the terms of texts: the name of a set that is installed on the machine, or `none`. Default: those of the recipe.',
  scaling: RECIPE.scaling,
  bins: RECIPE.bins,
  outside: RECIPE.outside,
  coordinates: RECIPE.coordinates,
  missing: RECIPE.missing,
  targetTransform: RECIPE.targetTransform,
  network: RECIPE.network,
  layers: RECIPE.layers,
  outputL1: RECIPE.outputL1,
  otherMembers: RECIPE.otherMembers,
  optimizer: RECIPE.optimizer,
  loss: RECIPE.loss,
  learningRateSchedule: RECIPE.learningRateSchedule,
  epochs: RECIPE.epochs,
  batchSize: RECIPE.batchSize,
  ensemble: RECIPE.ensemble,
}

const BUDGET: Described<typeof Budget> = {
  seconds: 'Seconds from the begin of an attempt on, reading included. Each fit does at least one epoch.',
}

const COORDINATES: Described<typeof Coordinates> = {
  longitude: 'Column of degrees from west (-180) to east (180).',
  latitude: 'Column of degrees from south (-90) to north (90).',
}

const OTHER_MEMBERS: Described<typeof OtherMembersInput> = {
  layers: 'Hidden layers of these networks. Default: none, which makes linear models.',
  optimizer: "Default: the recipe's.",
  network: 'Family of these members: `trees` in place of networks of layers. Default: `layers`.',
  loss: 'Loss by which the trees are grown. Default: the crossentropy that fits the task; for a regression `meanSquaredError`.',
  epochs: 'Trees of each output. Default: 300.',
}

const VALIDATION: Described<typeof Validation> = {
  split: 'Share of the rows that is held out.',
  rows: 'Number of rows that are held out.',
  kFold: 'Number of folds. Each is held out once.',
  dataset: 'Id or name of a data set whose rows are held out.',
  repeats: 'Repetitions of the k-fold validation with other folds. Default: 1.',
  shuffle: 'Whether rows are shuffled before they are divided into folds. Default: true.',
  smoothing: 'Factor of the moving average of the validation curves. Default: 0.9.',
}

const EARLY_STOPPING: Described<typeof EarlyStoppingInput> = {
  monitor: 'Column of the history that decides, for example `valLoss`.',
  patience: 'Epochs without improvement after which training stops. Null: never.',
  restoreBest: 'Whether the weights of the best epoch are kept instead of the last.',
}

const LAYER: Described<typeof LayerInput> = {
  units: 'Outputs of the layer.',
  activation: 'Default: `relu`.',
  l1: 'Factor of the penalty on absolute weights. Default: 0.',
  l2: 'Factor of the penalty on squared weights. Default: 0.',
  dropout: 'Share of the outputs that is set to 0 in a training step. Default: 0.',
}

const TREES: Described<typeof NETWORK_INPUTS.trees> = {
  type: 'Each epoch adds a tree, with several outputs one for each.',
  learningRate: "Factor of each tree's answers. Default: 0.05.",
  leaves: 'Largest number of leaves of a tree. Default: 31.',
  depth: "Largest number of splits from a tree's root to a leaf. Null: no limit. Default: null.",
  minRows: 'Smallest number of training rows of a leaf. Default: 20.',
  l2: 'Penalty on squared answers of leaves. Default: 1.',
  featureShare: 'Share of the columns that each tree may use. Default: 1.',
  rowShare: "Share of the training rows on which each epoch's trees are grown. Default: 1.",
}

const SEARCH: Described<typeof Search> = {
  type: '`grid` tries each combination, `random` some of them.',
  over: 'Values to try by their path in the recipe, for example `layers.0.units`.',
  trials: 'Largest number of recipes to try.',
  metric: 'Column of the history that ranks the recipes.',
}

const BAG_ENCODER: Described<typeof BagEncoderInput> = {
  type: '`multiHot` is whether a term occurs, `count` how often, `tfIdf` its weighted frequency.',
  numWords: 'Most frequent terms that get an input. Default: 10,000.',
  minCount: 'Occurrences below which a term is left out. Default: 1.',
  ngrams: 'Shortest and longest run of words or characters. Default: [1, 1].',
  analyzer:
    '`word`; `char` takes characters within words; `charAcross` takes all characters. Default: `word`.',
  lowercase: 'Whether case is ignored. Default: true.',
  stripHtml: 'Whether HTML tags are removed. Default: true.',
  unicode:
    'How characters beyond ASCII are read: `nfkc` unites lookalikes, such as full-width letters and ligatures, and ß with ss; `nfc` only spellings of one character. Default: `nfkc`.',
  naiveBayes: 'Whether values are multiplied by the naive-Bayes ratio of the classes. Default: false.',
}

const SEQUENCE_ENCODER: Described<typeof SequenceEncoderInput> = {
  type: 'The words of a text in their order.',
  numWords: BAG_ENCODER.numWords,
  minCount: BAG_ENCODER.minCount,
  lowercase: BAG_ENCODER.lowercase,
  stripHtml: BAG_ENCODER.stripHtml,
  unicode: BAG_ENCODER.unicode,
  maxLength: 'Words of a text that are read. Default: 256.',
  padding: 'Where a shorter text is filled up. Default: `pre`.',
  truncating: 'Where a longer text is cut. Default: `pre`.',
  embedding: "Numbers of a word's vector. Default: 16.",
  pooling: 'How the vectors of all words become one. Default: `average`.',
}

const COLUMN_OPTIONS: Described<typeof ColumnOptions> = {
  scaling: "Overrides the recipe's `scaling`.",
  bins: "Overrides the recipe's `bins`.",
  missing: "Overrides the recipe's `missing`.",
  unseen:
    'A category that did not occur in training sets no input (`other`) or is refused (`refuse`). Default: `other`.',
}

const MULTI_LABEL: Described<typeof MultiLabelOptions> = {
  separator: 'Text between the labels of a cell. A list needs none. Default: `|`.',
  threshold:
    'Probability from which a label is predicted; `f1` chooses one with a high F1 for each label from the validation rows. Default: `f1`.',
}

const LIMITS: Described<typeof Limits> = {
  seconds: 'Seconds of one attempt.',
  memoryMb: 'Resident memory in MB.',
}

named('Task', RecipeInput.shape.task.unwrap())
named('BagEncoder', described(BagEncoderInput, BAG_ENCODER))
named('SequenceEncoder', described(SequenceEncoderInput, SEQUENCE_ENCODER))
named('Encoder', EncoderInput)
for (const [type, { input }] of Object.entries(OPTIMIZERS)) named(`${capitalized(type)}Optimizer`, input)
named('Optimizer', OptimizerInput)
for (const [type, schema] of Object.entries(SCHEDULE_INPUTS))
  named(`${capitalized(type)}LearningRate`, schema)
named('LearningRateSchedule', ScheduleInput)
named('Layer', described(LayerInput, LAYER))
named('Layers', NETWORK_INPUTS.layers)
named('Trees', described(NETWORK_INPUTS.trees, TREES))
named('Network', NetworkInput)
named('Loss', LossInput)
named('MetricName', MetricName)
named('Metric', MetricInput)
named('ColumnOptions', described(ColumnOptions, COLUMN_OPTIONS))
named('MissingValue', MissingValue)
named('MultiLabelOptions', described(MultiLabelOptions, MULTI_LABEL))
named('Transform', Transform)
named('TargetTransform', TargetTransform)
named('Missing', Missing)
named('ClassWeights', ClassWeights)
named('Validation', described(Validation, VALIDATION))
named('EarlyStopping', described(EarlyStoppingInput, EARLY_STOPPING))
named('OtherMembers', described(OtherMembersInput, OTHER_MEMBERS))
named('Budget', described(Budget, BUDGET))
named('Coordinates', described(Coordinates, COORDINATES))
named('Candidate', described(CandidateInput, CANDIDATE))
named('Search', described(Search, SEARCH))
named('ThresholdOfMetric', ThresholdOfMetric)
named('ThresholdOfRecall', ThresholdOfRecall)
named('ThresholdOfPrecision', ThresholdOfPrecision)
named('ThresholdOfCosts', ThresholdOfCosts)
named('ThresholdRule', ThresholdRule)
named('Threshold', Threshold)
named('Comparison', Comparison)
named('PromoteRule', PromoteRule)
named('PromoteIfBetter', PromoteIfBetter)
named('Promote', Promote)
named('Limits', described(Limits, LIMITS))
named('Webhook', Webhook)

/** A recipe. Requests may leave fields out; answers have all of them. */
export const RecipeView = named('Recipe', described(RecipeInput, RECIPE))
