import { z } from 'zod'
import { FOREST_ALIGNMENT, ForestFile } from '../trees/forest-file.ts'
import { LayersModelFile } from './layers-file.ts'

/**
 * `model.json` of networks and trees whose answers are averaged (docs/trees.md): the `model.json` of both. `weights.bin` has
 * the `bytes` of the networks, and from the next multiple of 8 on those of the trees.
 */
export const MixedFile = z.object({
  format: z.literal('mixed'),
  version: z.literal(1),
  networks: LayersModelFile,
  /** Bytes of the networks' weights. */
  bytes: z.int().nonnegative(),
  trees: ForestFile,
})
export type MixedFile = z.infer<typeof MixedFile>

/** The two files of a model. */
interface ModelFiles {
  'model.json': Buffer
  'weights.bin': Buffer
}

/** Writes the files of networks and of trees as those of one model. */
export function writeMixed(networks: ModelFiles, trees: ModelFiles): ModelFiles {
  const bytes = networks['weights.bin'].byteLength
  const model = {
    format: 'mixed',
    version: 1,
    networks: JSON.parse(networks['model.json'].toString('utf8')),
    bytes,
    trees: JSON.parse(trees['model.json'].toString('utf8')),
  }
  const padding = Buffer.alloc(treesFrom(bytes) - bytes)
  return {
    'model.json': Buffer.from(JSON.stringify(model)),
    'weights.bin': Buffer.concat([networks['weights.bin'], padding, trees['weights.bin']]),
  }
}

/** Returns where each part stands in `weights.bin`. @throws RangeError if it ends before */
export function partsOfMixed(
  { bytes }: MixedFile,
  weights: Uint8Array,
): { networks: Uint8Array; trees: Uint8Array } {
  const from = treesFrom(bytes)
  if (from > weights.byteLength) throw new RangeError('weights that are cut off')
  return { networks: weights.subarray(0, bytes), trees: weights.subarray(from) }
}

function treesFrom(bytes: number): number {
  return Math.ceil(bytes / FOREST_ALIGNMENT) * FOREST_ALIGNMENT
}
