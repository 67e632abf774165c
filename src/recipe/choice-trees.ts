import { findCoordinates } from './coordinates.ts'
import { TASK_DEFAULTS } from './defaults.ts'
import { DEFAULT_ENCODER } from './encoders/bag.ts'
import type { Choice, Facts } from './facts.ts'
import { MOST_TREE_NODES, nodesOfEpoch, TREES_DEFAULTS } from './network.ts'

/** Values of the fields that only networks of layers have. */
export const LAYERS_ONLY = { batchSize: 32, layers: [], ensemble: 1, learningRateSchedule: null }
/** Default number of bins of a number. With the one for gaps, a bin is a byte. */
export const TREE_BINS = 255
/** Trees of each output with a learning rate of 0.05; a smaller rate needs more of them. */
const EPOCHS = 500
/** Rows below which fewer are needed, and every fold grows all of them. */
const FEW_ROWS = 1_000

/** Returns the choice for gradient-boosted trees. */
export function choiceForTrees(
  given: { learningRate?: number | undefined; leaves?: number | undefined },
  { task, inputs, rows, classes }: Facts,
): Choice {
  const { learningRate = TREES_DEFAULTS.learningRate, leaves = TREES_DEFAULTS.leaves } = given
  const wanted = Math.round(
    (rows < FEW_ROWS ? EPOCHS / 2 : EPOCHS) * (TREES_DEFAULTS.learningRate / learningRate),
  )
  const outputs = task === 'binary' || task === 'regression' ? 1 : classes
  const most = Math.floor(MOST_TREE_NODES / 2 / nodesOfEpoch({ leaves }, outputs))
  return {
    ...LAYERS_ONLY,
    encoder: DEFAULT_ENCODER,
    coordinates: rows < FEW_ROWS ? null : findCoordinates(inputs),
    scaling: 'standard',
    bins: TREE_BINS,
    missing: 'bin',
    optimizer: { type: TASK_DEFAULTS[task].optimizer },
    loss: TASK_DEFAULTS[task].loss,
    epochs: Math.max(1, Math.min(wanted, most)),
  }
}
