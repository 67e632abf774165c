import { z } from 'zod'
import { ActivationName } from './activations.ts'
import { namedOrObject, spellings } from './names.ts'

/**
 * The parts of a recipe in their complete form, with every option. `partial()` makes the forms in which a client may
 * leave options out; the default values are in defaults.ts.
 */

const Probability = z.number().min(0).max(1)
const Positive = z.number().positive().max(1e9)
const Size = z.int().min(1)
/** Largest number of recipes that one search tries. */
export const MAX_TRIALS = 500
/** Limit on the characters of a path into the recipe. */
const MAX_PATH_LENGTH = 200
const PATH_RULE = `Expected the path of an option, such as "layers.0.units", of at most ${MAX_PATH_LENGTH} characters`
/** Largest number of paths that one search tries values for. */
const MAX_PATHS = 100
/** Largest number of values under all paths of a search together: each of them is checked in a recipe of its own. */
const MAX_VALUES = 1_000

/** Limit on the time of a recipe's training: a day, in seconds. */
const MAX_BUDGET_SECONDS = 86_400

/** Time that the fits of one attempt may take, in seconds. Once it is over, the best so far is published. */
export const Budget = z.strictObject({ seconds: z.number().min(1).max(MAX_BUDGET_SECONDS) })
export type Budget = z.output<typeof Budget>

/** Scaling of a number column. */
export const Scaling = z.enum(['standard', 'minMax', 'quantile', 'piecewiseLinear', 'none'])
export type Scaling = z.output<typeof Scaling>

/** A number that replaces a gap. */
export const MissingValue = z.strictObject({ value: z.number() })

/**
 * Value that replaces a gap in a number column. `bin`, which only trees take: none does, a gap is a bin of its own. `refuse`
 * rejects rows with gaps.
 */
export const Missing = z.union([z.enum(['mean', 'median', 'bin', 'refuse']), MissingValue], {
  error: 'Use "mean", "median", "bin", "refuse" or {"value": number}.',
})
export type Missing = z.output<typeof Missing>

/** Number of intervals into which the scaling `piecewiseLinear` divides a column's values; each is one input. */
export const Bins = z.int().min(2).max(1_024)

/**
 * What a number outside of the training rows' range counts as: the nearer end of the range (`clamp`), itself up to half of
 * the range's width beyond it (`margin`), or itself (`extend`).
 */
export const Outside = z.enum(['clamp', 'margin', 'extend'])
export type Outside = z.output<typeof Outside>

/** Options of one input column, which override the recipe's. */
export const ColumnOptions = z.strictObject({
  scaling: Scaling.optional(),
  bins: Bins.optional(),
  missing: Missing.optional(),
  /** Treatment of a category that no training row has: `other` sets no input, `refuse` rejects the row. */
  unseen: z.enum(['other', 'refuse']).optional(),
})
export type ColumnOptions = z.output<typeof ColumnOptions>

/** A hidden dense layer. `l1` and `l2` are factors of the penalty on its weights. */
export const Layer = z.strictObject({
  units: Size.max(1e9),
  activation: ActivationName,
  l1: z.number().min(0),
  l2: z.number().min(0),
  /** Share of the layer's outputs that is set to 0 at a training step. */
  dropout: z.number().min(0).lt(1),
})
export type Layer = z.output<typeof Layer>
/** A hidden dense layer as a client writes it: only `units` is required. */
export const LayerInput = Layer.partial().required({ units: true })
export type LayerInput = z.output<typeof LayerInput>

const SCHEDULES = [
  z.strictObject({ type: z.literal('constant') }),
  /** From the learning rate down to `alpha` times it, along half a cosine over all steps. */
  z.strictObject({ type: z.literal('cosine'), alpha: Probability }),
  z.strictObject({
    type: z.literal('reduceOnPlateau'),
    factor: z.number().gt(0).lt(1),
    patience: Size.max(100_000),
    minLearningRate: z.number().min(0),
  }),
] as const
/** Change of the learning rate during training. */
export const Schedule = z.discriminatedUnion('type', SCHEDULES)
export type Schedule = z.output<typeof Schedule>
const [constant, cosine, reduceOnPlateau] = SCHEDULES
/** The schedules with `type` and some of their options, by type. */
export const SCHEDULE_INPUTS = {
  constant,
  cosine: cosine.partial().required({ type: true }),
  reduceOnPlateau: reduceOnPlateau.partial().required({ type: true }),
}
/** A schedule's name, or an object with `type` and some of its options. */
export const ScheduleInput = namedOrObject(
  spellings('schedule', { constant: [], cosine: [], reduceOnPlateau: ['reduceLROnPlateau'] }),
  z.discriminatedUnion('type', [
    SCHEDULE_INPUTS.constant,
    SCHEDULE_INPUTS.cosine,
    SCHEDULE_INPUTS.reduceOnPlateau,
  ]),
)

/** Largest number of classes or labels that a classifier learns. */
export const MAX_CLASSES = 1_000

/** Returns a schema that refuses an object or list of too many members. @param what the members, as a plural */
export function ofAtMost<Schema extends z.ZodType>(schema: Schema, most: number, what: string): Schema {
  return schema.superRefine((value, context) => {
    const count = value !== null && typeof value === 'object' ? Object.keys(value).length : 0
    if (count <= most) return
    const message = `Expected at most ${most.toLocaleString('en')} ${what}, got ${count.toLocaleString('en')}`
    context.addIssue({ code: 'custom', message })
  })
}

/** Factor of each class's loss; `balanced` weights each class by the inverse of its frequency. */
export const ClassWeights = ofAtMost(
  z.union([z.literal('balanced'), z.record(z.string(), Positive)], {
    error: 'Use "balanced" or an object of class names and positive weights.',
  }),
  MAX_CLASSES,
  'classes',
)
export type ClassWeights = z.output<typeof ClassWeights>

/** The order of the classes: that of their numbers, or the classes from the lowest to the highest. */
export const Rank = ofAtMost(
  z.union([z.literal(true), z.array(z.string().min(1)).min(1)], {
    error: 'Use true, or a list of all classes, the lowest first.',
  }),
  MAX_CLASSES,
  'classes',
)
export type Rank = z.output<typeof Rank>

const Share = z.number().gt(0).lt(1)

/** The threshold of the best F1 of the positive class. */
export const ThresholdOfMetric = z.strictObject({ metric: z.literal('f1') })
/** The highest threshold of which at least this share of the positive rows is answered positive. */
export const ThresholdOfRecall = z.strictObject({ recall: Share })
/** The lowest threshold of which at least this share of the positive answers is right. */
export const ThresholdOfPrecision = z.strictObject({ precision: Share })
/** The threshold of the least costs, where a false positive costs `fp` and a false negative `fn`. */
export const ThresholdOfCosts = z.strictObject({
  costs: z.strictObject({ fp: z.number().positive(), fn: z.number().positive() }),
})

/** A rule by which answers to rows that were held out choose the threshold. */
export const ThresholdRule = z.union([
  ThresholdOfMetric,
  ThresholdOfRecall,
  ThresholdOfPrecision,
  ThresholdOfCosts,
])
export type ThresholdRule = z.output<typeof ThresholdRule>

/** Probability from which a binary answer is the positive class, or a rule that chooses it. */
export const Threshold = z.union([Share, ThresholdRule], {
  error:
    'Use a number between 0 and 1, {"metric":"f1"}, {"recall":0.9}, {"precision":0.9} or {"costs":{"fp":1,"fn":20}}.',
})
export type Threshold = z.output<typeof Threshold>

/** What answers cost, by the true class, then by the answered one. */
export const Cost = ofAtMost(
  z.record(z.string(), ofAtMost(z.record(z.string(), z.number().min(-1e9).max(1e9)), MAX_CLASSES, 'classes')),
  MAX_CLASSES,
  'classes',
)
export type Cost = z.output<typeof Cost>

/** How a classifier's probabilities are calibrated after training; `auto`: as lowers the log loss most, if anything does. */
export const Calibration = z.enum(['auto', 'isotonic', 'platt', 'temperature', 'none'])

/** How the labels of a row are read and answered, where a row has any number of them. */
export const MultiLabel = z.strictObject({
  /** Text between the labels of a cell. A list needs none. */
  separator: z.string().min(1).max(10),
  /** Probability from which a label is answered; `f1`: for each label one of high F1 on validation rows. */
  threshold: z.union([z.literal('f1'), z.number().gt(0).lt(1)], {
    error: 'Use "f1", or a probability between 0 and 1.',
  }),
})
export type MultiLabel = z.output<typeof MultiLabel>
/** The options as a client writes them: every field may be left out. */
export const MultiLabelOptions = MultiLabel.partial()
/** True for the defaults, or an object with some of the options; false or null: a row has one class, or a number. */
export const MultiLabelInput = z
  .union([z.boolean(), MultiLabelOptions], {
    error: 'Use true, or an object with "separator", "threshold" or both.',
  })
  .nullable()

/** Rows to hold out for validation. Exactly one of the first four keys is given. */
export const Validation = z
  .strictObject({
    split: z.number().gt(0).lt(1).optional(),
    rows: Size.optional(),
    kFold: z.int().min(2).optional(),
    dataset: z.string().min(1).optional(),
    repeats: Size.max(100).optional(),
    shuffle: z.boolean().optional(),
    smoothing: z.number().min(0).lt(1).optional(),
  })
  .superRefine((value, context) => {
    const ways = (['split', 'rows', 'kFold', 'dataset'] as const).filter((way) => value[way] !== undefined)
    if (ways.length !== 1)
      context.addIssue({
        code: 'custom',
        message: 'Give exactly one of split, rows, kFold and dataset, or set validation to null.',
      })
    for (const key of ['repeats', 'shuffle', 'smoothing'] as const)
      if (value[key] !== undefined && value.kFold === undefined)
        context.addIssue({
          code: 'custom',
          path: [key],
          message: `${key} applies together with kFold only. Remove it.`,
        })
  })
export type Validation = z.output<typeof Validation>

/** Name of a column of the history; snake case (`val_loss`) is accepted. */
export const Monitor = z.preprocess(
  (value) =>
    typeof value === 'string'
      ? value.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
      : value,
  z
    .string()
    .regex(
      /^(val)?[A-Za-z0-9]{2,40}$/,
      'Use the name of a loss or metric in the history, such as "valLoss".',
    ),
)

/** Rule for choosing the best epoch and for stopping before the last one. */
export const EarlyStopping = z.strictObject({
  monitor: Monitor,
  /** Number of epochs without improvement after which training stops; null: never. */
  patience: z.int().min(0).max(1_000_000).nullable(),
  /** Keep the best epoch's weights, not the last one's. */
  restoreBest: z.boolean(),
})
export type EarlyStopping = z.output<typeof EarlyStopping>
/** The rule as a client writes it: every field may be left out. */
export const EarlyStoppingInput = EarlyStopping.partial()

/** Any JSON value: a body holds no others. A recursive schema is one that most generators of clients do not read. */
const AnyJson = z.unknown()

/** Recipes to try: each combination of values, or random ones. */
export const Search = z.strictObject({
  type: z.enum(['grid', 'random']),
  /** Values to try, by path in the recipe (`layers.0.units`). */
  over: z
    .record(z.string().min(1, PATH_RULE).max(MAX_PATH_LENGTH, PATH_RULE), z.array(AnyJson).min(1).max(100))
    .superRefine((over, context) => {
      const message = sizeFault(over)
      if (message !== undefined) context.addIssue({ code: 'custom', message })
    }),
  /** Largest number of recipes to try. */
  trials: Size.max(MAX_TRIALS).optional(),
  /** Column of the history that ranks the recipes. */
  metric: Monitor.optional(),
})
export type Search = z.output<typeof Search>

/** Characters of the values of a search as JSON: each trial keeps its own. */
const MAX_VALUES_JSON = 100_000

/** Returns why a search has too few or too many values to try; undefined if it can be checked. */
function sizeFault(over: Readonly<Record<string, readonly unknown[]>>): string | undefined {
  const paths = Object.values(over)
  if (paths.length === 0) return 'Give at least one path into the recipe, and the values to try there.'
  if (paths.length > MAX_PATHS)
    return `A search goes over at most ${MAX_PATHS} paths, and this one has ${paths.length.toLocaleString('en')}. Give fewer.`
  const values = paths.reduce((sum, { length }) => sum + length, 0)
  if (values > MAX_VALUES)
    return `A search has at most ${MAX_VALUES.toLocaleString('en')} values under all paths, and this one has ${values.toLocaleString('en')}. Give fewer.`
  if (JSON.stringify(over).length > MAX_VALUES_JSON)
    return `The values of a search have at most ${MAX_VALUES_JSON.toLocaleString('en')} characters as JSON. Give fewer or shorter ones.`
  return undefined
}
