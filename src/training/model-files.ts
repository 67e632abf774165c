import { writeMixed } from '../models/files/mixed-file.ts'
import { isForest, type Member, type NetworkWeights, networksOf } from '../models/network/network.ts'
import { writeForests } from '../models/trees/forest-file.ts'
import { writeDenseModel } from './keras-files/dense-model.ts'
import type { LayersModelFiles } from './keras-files/layers-model.ts'

/**
 * Writes trees, networks or both as the two files of a version; TensorFlow (some 400 MB) is loaded only for those networks that
 * the dense writer cannot write.
 */
export async function writeModel(members: readonly Member[]): Promise<LayersModelFiles> {
  const forests = members.filter(isForest)
  const networks = networksOf(members)
  if (networks.length === 0) return writeForests(forests)
  const files = await writeNetworks(networks)
  return forests.length > 0 ? writeMixed(files, writeForests(forests)) : files
}

async function writeNetworks(networks: readonly NetworkWeights[]): Promise<LayersModelFiles> {
  if (networks.every(({ fronts }) => fronts.length === 0)) return writeDenseModel(networks)
  const { writeLayersModel } = await import('./keras-files/layers-model.ts')
  return writeLayersModel(networks)
}
