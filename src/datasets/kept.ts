import type { Store } from '../store/contract.ts'
import { dataKey, descriptionKey, parseDescription } from './catalog.ts'
import type { DatasetDescription } from './contract.ts'

/** A data set's Parquet file on this machine, and what it holds. */
export interface KeptTable {
  file: string
  description: DatasetDescription
}

/** Finds kept tables by the data set's id; undefined where there is none. */
export function keptTables(store: Store): (datasetId: string) => Promise<KeptTable | undefined> {
  return async (datasetId) => {
    const bytes = await store.read(descriptionKey(datasetId))
    const file = await store.localFile(dataKey(datasetId))
    if (!bytes || file === undefined) return undefined
    return { file, description: parseDescription(bytes) }
  }
}
