import { z } from 'zod'

/** Values of metrics by name; null where the rows do not define one. */
const MetricValues = z.record(z.string(), z.number().nullable())
export type MetricValues = z.infer<typeof MetricValues>
const Values = z.array(z.number())

/**
 * The threshold of each point of a curve, from the strictest to the laxest; null is above every score. Curves are
 * thinned to a bounded number of points. Absent where the curve is a mean over folds.
 */
const Thresholds = z.array(z.number().nullable()).optional()

/** True against false positive rate. */
export const RocCurve = z.object({
  falsePositiveRate: Values,
  truePositiveRate: Values,
  thresholds: Thresholds,
  /** Area under the curve, of all points. */
  area: z.number(),
})
export type RocCurve = z.infer<typeof RocCurve>

/** Precision against recall. */
export const PrecisionRecallCurve = z.object({
  recall: Values,
  precision: Values,
  thresholds: Thresholds,
  /** Σ (Rₙ − Rₙ₋₁)·Pₙ over all points, without interpolation, as in scikit-learn. */
  averagePrecision: z.number(),
  /** Share of rows of the class: the precision of answering it always. */
  prevalence: z.number(),
})
export type PrecisionRecallCurve = z.infer<typeof PrecisionRecallCurve>

/** Predicted probabilities beside the shares that came true, in bins of equal width. */
export const Reliability = z.object({
  /** `positive`: the positive class's probability; `answered`: that of the class that was answered. */
  of: z.enum(['positive', 'answered']),
  bins: z.array(
    z.object({
      from: z.number(),
      to: z.number(),
      rows: z.int().nonnegative(),
      /** Mean probability of the bin's rows, and the share of them for which it came true; null without rows. */
      predicted: z.number().nullable(),
      observed: z.number().nullable(),
      /** Sum of the rows' weights, by which the two means are taken. Absent: all rows count alike. */
      weight: z.number().nonnegative().optional(),
    }),
  ),
  /** Mean of |predicted − observed| over the bins, weighted by their rows or the rows' weights (Naeini et al. 2015). */
  expectedCalibrationError: z.number(),
})
export type Reliability = z.infer<typeof Reliability>

/** How well probabilities of rows fit before and after their calibration, by maps that these rows did not fit. */
export const CalibrationFigures = z.object({
  method: z.enum(['none', 'temperature', 'platt', 'isotonic']),
  before: z.object({ logLoss: z.number(), expectedCalibrationError: z.number() }),
  after: z.object({ logLoss: z.number(), expectedCalibrationError: z.number() }),
  /** Log loss of each method that was tried; `none` is that of the network's own probabilities. */
  tried: z.record(z.string(), z.number()),
})
export type CalibrationFigures = z.infer<typeof CalibrationFigures>

/** What intervals of a level are worth on rows that they were not learnt from. */
const IntervalValues = {
  rows: z.int().nonnegative(),
  /** Share of the rows whose true value their interval holds. */
  coverage: z.number(),
  meanWidth: z.number(),
}
export const IntervalFigures = z.object({
  level: z.number(),
  ...IntervalValues,
  /** The same for five parts of the rows, in order of their answers, which go `from` one value `to` another. */
  parts: z.array(z.object({ from: z.number(), to: z.number(), ...IntervalValues })),
})
export type IntervalFigures = z.infer<typeof IntervalFigures>

/** What sets of a level are worth on rows that they were not learnt from. */
export const SetFigures = z.object({
  level: z.number(),
  /** Share of the rows whose true class is in their set. */
  coverage: z.number(),
  /** Mean number of classes in a set. */
  meanSize: z.number(),
})
export type SetFigures = z.infer<typeof SetFigures>

/** Predicted and true values of some rows, drawn at random, and the distribution of all residuals. */
export const Residuals = z.object({
  predicted: Values,
  truth: Values,
  /** Counts of predicted minus true value between neighbouring edges; `below` and `above` are beyond them. */
  histogram: z.object({
    edges: Values,
    counts: z.array(z.int().nonnegative()),
    below: z.int().nonnegative(),
    above: z.int().nonnegative(),
  }),
})
export type Residuals = z.infer<typeof Residuals>

/** Mean costs of answers, by the recipe's `cost`. */
export const AnswerCosts = z.object({
  /** Of the answers that the version gives, the cheapest ones by its probabilities. */
  perRow: z.number(),
  /** Of answering the likeliest class instead. */
  likeliest: z.number(),
  /** Of answering one class always, by class. */
  always: z.record(z.string(), z.number()),
})
export type AnswerCosts = z.infer<typeof AnswerCosts>

/** Figures of an upper level of classes whose names have levels: `sport` of `sport/tennis`. */
export const ClassLevel = z.object({
  /** 1 for the first part of the names. */
  level: z.int().positive(),
  /** Classes of the level. */
  classes: z.int().positive(),
  accuracy: z.number(),
  /** Mean of the F1 of the level's classes that are true or answered in some row. */
  macroF1: z.number(),
})
export type ClassLevel = z.infer<typeof ClassLevel>

const Confusion = z.object({ truth: z.string(), answered: z.string(), rows: z.int().positive() })

/** Answers of a binary classifier by the threshold from which the positive class is answered. */
export const ThresholdTable = z.object({
  /** Rows, or their weights, of the positive class and of the other one. */
  positives: z.number(),
  negatives: z.number(),
  /** Probabilities, from the strictest to the laxest; at most 200 of them. */
  thresholds: Values,
  /** Rows, or their weights, that are answered positive from each threshold on, rightly and wrongly. */
  truePositives: Values,
  falsePositives: Values,
  /** The threshold of the best F1, with what it reaches. */
  bestF1: z.object({ threshold: z.number(), precision: z.number(), recall: z.number(), f1: z.number() }),
})
export type ThresholdTable = z.infer<typeof ThresholdTable>

/** A range that covers a figure of new rows with a probability of 95%. */
export const Interval = z.object({ low: z.number(), high: z.number() })
export type Interval = z.infer<typeof Interval>

/** Some of the rows, by one column, with the metric on them. */
export const Slice = z.object({
  column: z.string(),
  /** A value of the column, or a range of values; of texts, a range of lengths. */
  part: z.string(),
  rows: z.int().nonnegative(),
  value: z.number(),
  interval95: Interval,
  /** All metrics of the evaluation on these rows. Absent in explanations of earlier releases. */
  metrics: MetricValues.optional(),
})
export type Slice = z.infer<typeof Slice>

/** How a version does on parts of the rows. */
export const Slices = z.object({
  metric: z.enum(['accuracy', 'meanAbsoluteError']),
  /** The metric on all rows. */
  overall: z.number(),
  /** The slice that is worse than all rows by most standard errors; null if none is by three. */
  worst: Slice.nullable(),
  slices: z.array(Slice),
})
export type Slices = z.infer<typeof Slices>

/** What a recipe reaches with some of its training rows. */
export const LearningCurvePoint = z.object({
  /** Share of the training rows, and their number; of folds, the mean of their numbers. */
  share: z.number(),
  rows: z.int().nonnegative(),
  loss: z.number(),
  metrics: MetricValues,
  interval95: z.record(z.string(), Interval.nullable()).optional(),
})
export type LearningCurvePoint = z.infer<typeof LearningCurvePoint>

/** Name of a version's file with its evaluation. */
export const EVALUATION_FILE = 'evaluation.json'

/** Results of a model on rows that it was not trained on. */
export const Evaluation = z.object({
  /** Rows it was measured on. */
  rows: z.int().nonnegative(),
  loss: z.number(),
  metrics: MetricValues,
  /**
   * The column by which rows are weighted in the loss, the metrics, the baseline, the curves and the reliability; null
   * where the recipe has weights and the data set lacks the column, so that all rows count alike. Absent: no weights.
   */
  weightedBy: z.string().nullable().optional(),
  /**
   * What a model without inputs reaches in each metric: one that gives every row the training rows' shares of the
   * classes, or their mean (for absolute errors their median). Absent in evaluations of earlier releases.
   */
  baseline: MetricValues.optional(),
  /**
   * The 95% interval of `loss` and each metric: how far chance in the choice of the rows reaches. Null where the figure has
   * no value. Absent in evaluations of earlier releases.
   */
  interval95: z.record(z.string(), Interval.nullable()).optional(),
  /** What a linear model of the same columns reaches on the same rows, by the metrics. Absent: none was trained. */
  linearBaseline: MetricValues.optional(),
  /** The same figures by the number of training rows, fewest first. Absent unless the recipe has `learningCurve`. */
  learningCurve: z.array(LearningCurvePoint).optional(),
  /** Absent where the recipe has no `cost`. */
  costs: AnswerCosts.optional(),
  /** The classes, or the labels where rows have any number of them. */
  classes: z.array(z.string()).optional(),
  /** Rows are the true classes, columns the answered ones, both in the order of `classes`; up to 200 classes. */
  confusionMatrix: z.array(z.array(z.int())).optional(),
  /** The same with the sums of the rows' weights, of which `perClass` has the shares. Absent: all rows count alike. */
  weightedMatrix: z.array(z.array(z.number())).optional(),
  /** The pairs of classes that were mistaken most often, most rows first. */
  confusions: z.array(Confusion).optional(),
  /** The upper levels of classes with names such as `sport/tennis`. Absent: no two classes begin alike. */
  levels: z.array(ClassLevel).optional(),
  perClass: z
    .record(
      z.string(),
      z.object({
        precision: z.number(),
        recall: z.number(),
        f1: z.number(),
        /** Rows of the class. */
        support: z.int(),
        /** Of a label, where rows have any number of them: rows that were answered with it. */
        answered: z.int().optional(),
        /** Of a label: the area under its ROC curve; null where all rows have it, or none. */
        auc: z.number().nullable().optional(),
        /**
         * Of a label: sums of the weights of rows that have it, that were answered with it, and of both, of which the shares
         * are taken. Absent: all rows count alike.
         */
        weighted: z.object({ support: z.number(), answered: z.number(), hits: z.number() }).optional(),
      }),
    )
    .optional(),
  /** Each class against all others, by class; of two classes the positive one alone, of many the largest ones. */
  roc: z.record(z.string(), RocCurve).optional(),
  precisionRecall: z.record(z.string(), PrecisionRecallCurve).optional(),
  reliability: Reliability.optional(),
  /** Absent where the recipe asks for no calibration. */
  calibration: CalibrationFigures.optional(),
  /** Of two classes: what other thresholds would answer. Absent in evaluations of earlier releases, and with costs. */
  thresholds: ThresholdTable.optional(),
  /** Quantiles of predicted minus true value, in the target's own unit. */
  residualQuantiles: z.record(z.string(), z.number()).optional(),
  residuals: Residuals.optional(),
  /** The same on parts of the rows, by input columns. Absent in evaluations of earlier releases. */
  slices: Slices.optional(),
  /** Of a regression with enough held-out rows: its intervals at some levels. */
  intervals: z.array(IntervalFigures).optional(),
  /** Of a classifier with enough held-out rows: its sets at some levels. */
  sets: z.array(SetFigures).optional(),
  /**
   * Of several targets each one's own figures, in its own unit; `metrics` and `baseline` above are the means over the
   * targets. Absent: there is one target.
   */
  perTarget: z
    .record(
      z.string(),
      z.object({
        metrics: MetricValues,
        baseline: MetricValues.optional(),
        residualQuantiles: z.record(z.string(), z.number()).optional(),
        residuals: Residuals.optional(),
        intervals: z.array(IntervalFigures).optional(),
      }),
    )
    .optional(),
  /**
   * After k-fold, each fold's own values, by networks that were trained on the other folds for as many epochs as these
   * chose; the fields above are over the validation rows of all folds.
   */
  folds: z
    .array(
      z.object({
        rows: z.int().nonnegative(),
        loss: z.number(),
        metrics: MetricValues,
        /** Epochs of the fold's network. Absent in evaluations of earlier releases, where they are those of `best`. */
        epochs: z.int().positive().optional(),
      }),
    )
    .optional(),
  /** Rows of the data set that no fold has held out: with a time those of the first window. Absent: none. */
  neverHeldOut: z.int().positive().optional(),
  /** Mean and standard deviation (divided by the number of folds) of `loss` and each metric over the folds. */
  mean: MetricValues.optional(),
  deviation: MetricValues.optional(),
  /** After k-fold, the same beside the number of epochs that the version was trained for. */
  best: z.object({ epoch: z.int().positive(), mean: MetricValues, deviation: MetricValues }).optional(),
  /** After k-fold, the same for the folds' networks after all epochs of the recipe, as in Chollet's book. */
  last: z.object({ mean: MetricValues, deviation: MetricValues }).optional(),
})
export type Evaluation = z.infer<typeof Evaluation>
