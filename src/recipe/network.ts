import { z } from 'zod'
import { namedOrObject, spellings } from './names.ts'

/*
 * The families of models: a stack of dense layers, or gradient-boosted trees.
 */

const LAYERS = z.strictObject({ type: z.literal('layers') })
/** Gradient-boosted trees. Each epoch adds a tree, with several outputs one for each. */
export const Trees = z.strictObject({
  type: z.literal('trees'),
  /** Factor of each tree's answers. */
  learningRate: z.number().gt(0).max(1),
  /** Largest number of leaves of a tree. */
  leaves: z.int().min(2).max(1_024),
  /** Largest number of splits between a tree's root and a leaf; null: no limit but that of the leaves. */
  depth: z.int().min(1).max(64).nullable(),
  /** Training rows of a leaf, at least. */
  minRows: z.int().min(1).max(1_000_000),
  /** Penalty on squared answers of leaves, as a number of rows (in squared errors) that answer 0. */
  l2: z.number().min(0).max(1e9),
  /** Share of the columns that each tree may use. */
  featureShare: z.number().gt(0).max(1),
  /** Share of the training rows that each epoch's trees are grown on. */
  rowShare: z.number().gt(0).max(1),
})
export type Trees = z.output<typeof Trees>

/** The model's family with all its options. */
export const Network = z.discriminatedUnion('type', [LAYERS, Trees])
export type Network = z.output<typeof Network>

/** The families with `type` and some of their options. */
export const NETWORK_INPUTS = { layers: LAYERS, trees: Trees.partial().required({ type: true }) }
/** A family's name, or an object with `type` and some of its options. */
export const NetworkInput = namedOrObject(
  spellings('network', { layers: ['dense', 'mlp'], trees: ['gbdt', 'gradientBoosting', 'boostedTrees'] }),
  z.discriminatedUnion('type', [NETWORK_INPUTS.layers, NETWORK_INPUTS.trees]),
)
/** The same, or `auto`, which leaves the family to the service as a recipe without the field does. */
export const NetworkChoice = z.preprocess(
  (value) => (value === 'auto' ? undefined : value),
  NetworkInput.optional(),
)

/** Default options of trees. */
export const TREES_DEFAULTS: Trees = {
  type: 'trees',
  learningRate: 0.05,
  leaves: 31,
  depth: null,
  minRows: 20,
  l2: 1,
  featureShare: 1,
  rowShare: 1,
}

/** Returns the options of a recipe's trees; null if it makes a network of layers. */
export function treesOf({ network }: { network: Network }): Trees | null {
  return network.type === 'trees' ? network : null
}

/** Returns whether a recipe makes trees alone. */
export function isTrees(recipe: { network: Network }): boolean {
  return treesOf(recipe) !== null
}

/** Returns whether a recipe averages networks of layers with trees. */
export function hasTreeMembers({
  otherMembers,
}: {
  otherMembers: readonly { network?: Pick<Network, 'type'> | undefined }[]
}): boolean {
  return otherMembers.some(({ network }) => network?.type === 'trees')
}

/** Limit on the nodes of a model's trees: 10 million take some 300 MB. */
export const MOST_TREE_NODES = 10_000_000

/** Returns the largest number of nodes that an epoch adds. @param outputs of a row: 1, or the number of classes or targets */
export function nodesOfEpoch({ leaves }: Pick<Trees, 'leaves'>, outputs: number): number {
  return outputs * (2 * leaves - 1)
}
