import type { Warning } from '../warnings.ts'
import { findCoordinates } from './coordinates.ts'
import { TASK_DEFAULTS } from './defaults.ts'
import { DEFAULT_ENCODER } from './encoders/bag.ts'
import type { Choice, Facts } from './facts.ts'
import { MOST_TREE_NODES, nodesOfEpoch, TREES_DEFAULTS } from './network.ts'
import type { RecipeInput } from './schema.ts'

/** Values of the fields that only networks of layers have. */
export const LAYERS_ONLY = { batchSize: 32, layers: [], ensemble: 1, learningRateSchedule: null }
/** Default number of bins of a number. With the one for gaps, a bin is a byte. */
export const TREE_BINS = 255
/** Trees of each output with a learning rate of 0.05; a smaller rate needs more of them. */
const EPOCHS = 500
/** Rows below which fewer are needed, and every fold grows all of them. */
const FEW_ROWS = 1_000

/** Rows from which a table without a text is learnt by trees: networks are then trained for few epochs, and still take minutes. */
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
export function suggestsTrees(input: RecipeInput, { task, inputs, rows, classes, target }: Facts): boolean {
  if (input.network !== undefined || saysLayers(input, task)) return false
  const isPlain = task !== 'multiLabel' && target !== null && !inputs.some(({ type }) => type === 'text')
  return isPlain && rows >= MANY_ROWS && classes <= FEW_ANSWERS
}

function saysLayers(input: RecipeInput, task: Facts['task']): boolean {
  const scaled = Object.values(input.columns ?? {}).some(
    ({ scaling, bins, missing }) => scaling !== undefined || bins !== undefined || missing !== undefined,
  )
  // Classes may be learnt by losses of errors, but not by trees.
  const lost = input.loss !== undefined && task !== 'regression'
  return scaled || lost || OF_LAYERS.some((field) => (input[field] ?? null) !== null)
}

/** Returns the trees that suit many rows: these bear more leaves, and steps twice as large. */
export function treesForMany(facts: Facts): Choice {
  const network = { type: 'trees' as const, leaves: 63, learningRate: 0.1 }
  return { ...choiceForTrees(network, facts), epochs: epochsOf(network, facts, EPOCHS), network }
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
  { task, classes }: Facts,
  wanted: number,
): number {
  const outputs = task === 'binary' || task === 'regression' ? 1 : classes
  const most = Math.floor(MOST_TREE_NODES / 2 / nodesOfEpoch({ leaves }, outputs))
  return Math.max(1, Math.min(wanted, most))
}

/** Of many rows fewer validate, and with next to none held out the trees need no last fit. */
function validationOfMany(rows: number): Pick<Choice, 'validation' | 'finalEpochs'> {
  if (rows < MANY_ROWS) return {}
  const split = Number((HELD_ROWS / rows).toPrecision(2))
  return { validation: { split }, ...(split <= SMALL_SHARE ? { finalEpochs: 'none' } : {}) }
}
