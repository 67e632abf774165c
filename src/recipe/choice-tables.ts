import { treeCandidates } from './choice-trees.ts'
import { findCoordinates, ROTATIONS } from './coordinates.ts'
import { DATE_PARTS } from './cost.ts'
import { DEFAULT_BINS, LAYER_DEFAULTS, powerOfTwo, TASK_DEFAULTS } from './defaults.ts'
import { DEFAULT_ENCODER } from './encoders/bag.ts'
import type { Choice, Facts } from './facts.ts'
import type { CandidateInput } from './schema.ts'
import { type ColumnDescription, isDateType } from './table.ts'

/** Number of rows below which a curve of many bins cannot be learnt for each number. */
const FEW_ROWS = 1_000
/** Number of rows below which two networks are averaged. */
const VERY_FEW_ROWS = 200
/** Number of classes or of values of a category above which the first or last layer takes most of the time. */
const MANY_VALUES = 100
/** Number of rows below which simpler networks are candidates beside the default. */
const SMALL_ROWS = 3_000
/** Number of encoded values in all rows above which candidates would take minutes. */
const MOST_SMALL_VALUES = 1e6
/** Number of encoded values in all rows above which a table is not read again for a sample of it. */
const MOST_SAMPLED_VALUES = 12e6
/** Largest number of inputs of all number columns together, which bounds the bins of each. */
const MOST_INPUTS = 2_048
/** Largest number of bins of a number column. */
const MOST_BINS = 64
/** Number of bins below which numbers are standardized instead. */
const LEAST_BINS = 8

/**
 * Returns the choice for tables without a text column. Numbers are encoded piecewise linearly (Gorishniy et al. 2022),
 * unless there are few rows or very many columns. Several networks are averaged, which helps more than a larger one.
 */
export function choiceForTables(facts: Facts): Choice {
  const { task, inputs, rows, classes } = facts
  const found = findCoordinates(inputs)
  const directions = found ? ROTATIONS.length : 0
  const numbers = inputs.filter(({ type }) => type === 'number' || isDateType(type)).length + directions
  const bins = Math.min(MOST_BINS, Math.floor(MOST_INPUTS / Math.max(1, numbers)))
  const few = rows < FEW_ROWS
  const curves = !few && bins >= LEAST_BINS
  const units = few ? 128 : 256
  return {
    encoder: DEFAULT_ENCODER,
    scaling: curves ? 'piecewiseLinear' : 'standard',
    bins: curves ? bins : DEFAULT_BINS,
    // Beyond its bins such a network goes on in nearly straight lines; other ones lead anywhere.
    outside: curves ? 'margin' : 'clamp',
    // A standardized number along another axis says nothing that the two do not say.
    coordinates: curves ? found : null,
    layers: [0, 1].map(() => ({ units, ...LAYER_DEFAULTS })),
    optimizer: few ? { type: 'adam', learningRate: 0.003 } : { type: 'adamW', learningRate: 0.002 },
    learningRateSchedule: { type: 'cosine', alpha: 0 },
    // Regressions are measured by absolute errors; a few rows would dominate squared ones.
    loss: task === 'regression' ? 'meanAbsoluteError' : TASK_DEFAULTS[task].loss,
    batchSize: few ? powerOfTwo(rows / 30, 16, 32) : powerOfTwo(rows / 60, 32, 512),
    ...(few ? effortForFew : effort)(rows * widthOf(inputs, curves ? bins : 1), task === 'regression'),
    candidates: withLogarithms(facts, [...simplerNetworks(facts), ...withTrees(facts)]),
    ...bound(rows, Math.max(classes, ...inputs.map((column) => Object.keys(column.classes ?? {}).length))),
  }
}

/**
 * Returns simpler networks on standardized numbers, which few rows may fit better: a linear model whose weights decay, one
 * whose weights are mostly drawn to 0, and the mean of the first and of narrow networks with dropout. Of more rows a
 * regression has the first linear model alone, which is tried on a sample.
 */
function simplerNetworks({ task, inputs, rows }: Facts): CandidateInput[] {
  const values = rows * widthOf(inputs, 1)
  const isSmall = rows < SMALL_ROWS && values <= MOST_SMALL_VALUES
  if (!isSmall && (task !== 'regression' || values > MOST_SAMPLED_VALUES)) return []
  const optimizer = (weightDecay: number) => ({ type: 'adamW' as const, learningRate: 0.03, weightDecay })
  const plain = {
    scaling: 'standard' as const,
    coordinates: null,
    batchSize: powerOfTwo(rows / 30, 16, 32),
    epochs: task === 'regression' ? 100 : 50,
  }
  const linear = { ...plain, outside: 'margin' as const, layers: [], ensemble: 1 }
  if (!isSmall) return [{ ...linear, batchSize: powerOfTwo(rows / 60, 32, 512), optimizer: optimizer(0.1) }]
  return [
    {
      ...plain,
      layers: [{ units: 32, dropout: 0.2 }],
      optimizer: { type: 'adamW', learningRate: 0.003, weightDecay: 0.1 },
      otherMembers: [{ layers: [], optimizer: optimizer(0.1) }],
      ensemble: 3,
    },
    { ...linear, optimizer: optimizer(0.1) },
    { ...linear, optimizer: { type: 'adam', learningRate: 0.03 }, outputL1: sparsePenalty(rows) },
  ]
}

/**
 * Returns the factor by which a linear model's weights of inputs without a signal go to 0: noise falls with the root of the
 * rows.
 */
function sparsePenalty(rows: number): number {
  return Number((0.5 / Math.sqrt(Math.max(1, rows))).toPrecision(2))
}

/** Returns trees in place of the default's networks, and the mean of both, where trees suit the data. */
function withTrees(facts: Facts): CandidateInput[] {
  const { rows, inputs } = facts
  const isLarge = rows * widthOf(inputs, 1) > MOST_SAMPLED_VALUES
  return isLarge ? [] : treeCandidates(facts)
}

/** Factor between largest and smallest value of a target from which its logarithm may be the easier thing to learn. */
const WIDE_RANGE = 8

/**
 * Returns the candidates, and the means of several models with the target's logarithm, where it may be better: for one target
 * of positive numbers most of which lie in the lower half of a wide range. Without trees the default has it too.
 */
function withLogarithms(facts: Facts, candidates: CandidateInput[]): CandidateInput[] {
  if (!mayBeLogarithm(facts)) return candidates
  const targetTransform = 'log' as const
  const means = candidates.filter(({ otherMembers = [] }) => otherMembers.length > 0)
  const hasTrees = means.some(({ otherMembers }) => otherMembers?.some(({ network }) => network))
  return [
    ...candidates,
    // Beside their mean with trees, the networks alone take as long and are seldom better.
    ...(hasTrees ? [] : [{ targetTransform }]),
    ...means.map((each) => ({ ...each, targetTransform })),
  ]
}

function mayBeLogarithm({ task, target }: Facts): boolean {
  return task === 'regression' && target !== null && isSkewed(target)
}

function isSkewed({ min = 0, max = 0, mean = 0 }: ColumnDescription): boolean {
  // The transform is ln(1 + y).
  return min >= 0 && 1 + max >= WIDE_RANGE * (1 + min) && mean < (min + max) / 2
}

/** Returns epochs and networks for about a minute on two cores. @param size number of encoded values in all rows */
function effort(size: number, regression: boolean): Pick<Choice, 'epochs' | 'ensemble'> {
  if (size > 36e6) return { epochs: 10, ensemble: 1 }
  // Classifiers overfit sooner.
  return { epochs: regression ? 40 : 15, ensemble: size > 12e6 ? 1 : 3 }
}

/** Bounds the ensemble: one network if its first or last layer is wide and slow, two for very few rows. */
function bound(rows: number, widest: number): { ensemble?: 1 | 2 } {
  if (widest > MANY_VALUES) return { ensemble: 1 }
  return rows < VERY_FEW_ROWS ? { ensemble: 2 } : {}
}

/** Returns the effort for few rows, where each network is trained once in every fold and then on all rows. */
function effortForFew(size: number, regression: boolean): Pick<Choice, 'epochs' | 'ensemble'> {
  return { epochs: regression ? 100 : 50, ensemble: size > 0.1e6 ? 1 : 4 }
}

function widthOf(inputs: readonly ColumnDescription[], bins: number): number {
  return inputs.reduce((sum, { type, classes = {} }) => {
    if (isDateType(type)) return sum + bins + DATE_PARTS
    return sum + (type === 'number' ? bins : Object.keys(classes).length)
  }, 0)
}
