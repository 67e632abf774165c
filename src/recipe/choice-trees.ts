import type { Warning } from '../warnings.ts'
import { findCoordinates } from './coordinates.ts'
import { TASK_DEFAULTS } from './defaults.ts'
import { DEFAULT_ENCODER } from './encoders/bag.ts'
import type { Choice, Facts } from './facts.ts'
import { MOST_TREE_NODES, nodesOfEpoch, TREES_DEFAULTS } from './network.ts'
import type { CandidateInput, RecipeInput } from './schema.ts'
import { isDateType } from './table.ts'

/** Values of the fields that only networks of layers have. */
export const LAYERS_ONLY = { batchSize: 32, layers: [], ensemble: 1, learningRateSchedule: null }
/** Default number of bins of a number. With the one for gaps, a bin is a byte. */
export const TREE_BINS = 255
/** Numbers that trees see of a date, at most: its instant, the year, and its places in four cycles. */
export const DATE_FEATURES = 6
/** Trees of each output with a learning rate of 0.05; a smaller rate needs more of them. */
const EPOCHS = 500
/** Rows below which fewer are needed, and every fold grows all of them. */
const FEW_ROWS = 1_000

/** Default number of trees of each output among the other members of an ensemble. */
export const MEMBER_EPOCHS = 300

/**
 * Rows from which a table without a text is learnt by trees: networks are then trained for few epochs, and still take minutes.
 */
const MANY_ROWS = 100_000
/** Answers of a row up to which trees are grown by default: each takes trees of its own. */
const FEW_ANSWERS = 10
/** Rows that validate, at most, where there are many: they tell an error to a percent. */
const HELD_ROWS = 20_000
/** Share of held-out rows up to which a last fit with them too is not worth its time. */
const SMALL_SHARE = 0.05

/** Fields that say how networks of layers are made, or how long: with one of them a recipe does not mean trees. */
const OF_LAYERS = [
  'encoder',
  'layers',
  'outputL1',
  'otherMembers',
  'optimizer',
  'learningRateSchedule',
  'batchSize',
  'epochs',
  'ensemble',
  'engine',
  'scaling',
  'bins',
  'missing',
  'outside',
  'rank',
  'candidates',
  'search',
] as const

/** Returns whether the data suggest trees: many rows without texts, and a recipe that says nothing of layers. */
export function suggestsTrees(input: RecipeInput, facts: Facts): boolean {
  if (saysLayers(input, facts.task)) return false
  return facts.rows >= MANY_ROWS && suitsTrees(facts)
}

/** Returns whether trees learn the target from the inputs, without many trees for each step. */
function suitsTrees({ task, inputs, classes, target }: Facts): boolean {
  const hasText = inputs.some(({ type }) => type === 'text')
  return task !== 'multiLabel' && target !== null && !hasText && classes <= FEW_ANSWERS
}

/** Returns whether a recipe names the family, or a field of networks of layers. */
export function saysLayers(input: RecipeInput, task: Facts['task']): boolean {
  if (input.network !== undefined) return true
  const scaled = Object.values(input.columns ?? {}).some(
    ({ scaling, bins, missing }) => scaling !== undefined || bins !== undefined || missing !== undefined,
  )
  // Classes may be learnt by losses of errors, but not by trees.
  const lost = input.loss !== undefined && task !== 'regression'
  return scaled || lost || OF_LAYERS.some((field) => (input[field] ?? null) !== null)
}

/** Returns whether a recipe lets trees be averaged with its networks: it names no family, and no order of classes. */
export function mayHaveTrees({ network, rank }: RecipeInput): boolean {
  return network === undefined && (rank ?? null) === null
}

/** Returns the trees that suit many rows: twice as many, with steps twice as large. */
export function treesForMany(facts: Facts): Choice {
  const network = { type: 'trees' as const, leaves: 31, learningRate: 0.1 }
  return { ...choiceForTrees(network, facts), epochs: epochsOf(network, facts, 2 * EPOCHS), network }
}

/** Rows below which trees of many leaves fit noise. */
const BUSHY_ROWS = 3_000
/** Rows below which trees are not tried beside networks: their leaves would have next to none. */
const FEWEST_BESIDE = 100
/**
 * Product of features, answers of a row, trees and leaves above which trees are not tried beside networks: wide tables take
 * minutes for each fit, most of them for bins that no row is in.
 */
const MOST_BESIDE = 10e6

/**
 * Returns the trees that are tried beside networks. Each is grown on other rows and columns, so that they err in different
 * ways; classes need fewer of them than numbers.
 */
function treesBeside({ task, rows }: Facts) {
  const isRegression = task === 'regression'
  const shares = { type: 'trees' as const, featureShare: 0.5, rowShare: 0.8 }
  // The networks of a regression are fitted by absolute errors. Classes have the recipe's own loss.
  const loss = isRegression ? { loss: { type: TASK_DEFAULTS.regression.loss } } : {}
  if (rows < BUSHY_ROWS)
    return { network: { ...shares, leaves: 8, minRows: 10 }, ...loss, epochs: MEMBER_EPOCHS }
  const network = { ...shares, leaves: isRegression ? 63 : 31, learningRate: 0.1 }
  return { network, ...loss, epochs: isRegression ? MEMBER_EPOCHS : MEMBER_EPOCHS / 2 }
}

/**
 * Returns trees in place of a recipe's networks, and the mean of both, as candidates; none where trees do not suit the data.
 */
export function treeCandidates(facts: Facts): CandidateInput[] {
  if (facts.rows < FEWEST_BESIDE || !suitsTrees(facts)) return []
  const trees = treesBeside(facts)
  const leaves = trees.network.leaves * trees.epochs * outputsOf(facts)
  if (leaves * featuresOf(facts) > MOST_BESIDE) return []
  return [
    {
      ...LAYERS_ONLY,
      ...trees,
      otherMembers: [],
      optimizer: { type: TASK_DEFAULTS[facts.task].optimizer },
      scaling: 'standard',
      bins: TREE_BINS,
      missing: 'bin',
      outside: 'clamp',
    },
    { otherMembers: [trees] },
  ]
}

/** Tells that trees were chosen, and how to train a network instead. */
export function warningOfTrees(rows: number): Warning {
  return {
    code: 'trees-chosen',
    message: `Gradient-boosted trees are grown, since the table has ${rows.toLocaleString('en')} rows: they take a small part of a network's time for about the same error. To train a network, set the recipe's "network" to "dense".`,
  }
}

/** Returns the choice for gradient-boosted trees. */
export function choiceForTrees(
  given: { learningRate?: number | undefined; leaves?: number | undefined },
  facts: Facts,
): Choice {
  const { task, inputs, rows } = facts
  const { learningRate = TREES_DEFAULTS.learningRate } = given
  const wanted = Math.round(
    (rows < FEW_ROWS ? EPOCHS / 2 : EPOCHS) * (TREES_DEFAULTS.learningRate / learningRate),
  )
  return {
    ...LAYERS_ONLY,
    encoder: DEFAULT_ENCODER,
    coordinates: rows < FEW_ROWS ? null : findCoordinates(inputs),
    scaling: 'standard',
    bins: TREE_BINS,
    missing: 'bin',
    optimizer: { type: TASK_DEFAULTS[task].optimizer },
    loss: TASK_DEFAULTS[task].loss,
    epochs: epochsOf(given, facts, wanted),
    ...validationOfMany(rows),
  }
}

/** Returns as many epochs as wanted, if their nodes fit. */
function epochsOf(
  { leaves = TREES_DEFAULTS.leaves }: { leaves?: number | undefined },
  facts: Facts,
  wanted: number,
): number {
  const most = Math.floor(MOST_TREE_NODES / 2 / nodesOfEpoch({ leaves }, outputsOf(facts)))
  return Math.max(1, Math.min(wanted, most))
}

/** Returns the trees of an epoch. */
function outputsOf({ task, classes }: Facts): number {
  return task === 'binary' || task === 'regression' ? 1 : classes
}

/** Returns the number of features that trees see, at most. */
function featuresOf({ inputs }: Facts): number {
  return inputs.reduce((sum, { type }) => sum + (isDateType(type) ? DATE_FEATURES : 1), 0)
}

/** Of many rows fewer validate, and with next to none held out the trees need no last fit. */
function validationOfMany(rows: number): Pick<Choice, 'validation' | 'finalEpochs'> {
  if (rows < MANY_ROWS) return {}
  const split = Number((HELD_ROWS / rows).toPrecision(2))
  return { validation: { split }, ...(split <= SMALL_SHARE ? { finalEpochs: 'none' } : {}) }
}
