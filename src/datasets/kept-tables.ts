import { stat } from 'node:fs/promises'
import { FitserveError } from '../errors.ts'
import type { Store } from '../store/contract.ts'
import { sha256OfFile } from '../store/file-hash.ts'
import { dataKey, descriptionKey, parseDescription } from './catalog.ts'
import type { DatasetDescription } from './contract.ts'

/** A data set's Parquet file on this machine, and what it holds. */
export interface KeptTable {
  file: string
  description: DatasetDescription
}

/**
 * Finds kept tables by the data set's id; undefined where there is none. A file is held against its hash once by each
 * process that uses it. @throws FitserveError `corrupt-artifact`
 */
export function keptTables(store: Store): (datasetId: string) => Promise<KeptTable | undefined> {
  const checked = new Set<string>()
  const isWhole = async (file: string, { data }: DatasetDescription): Promise<boolean> => {
    // Data sets of earlier releases have no hash.
    if (!data) return true
    const { size, ino, mtimeMs } = await stat(file)
    const mark = `${data.sha256} ${file} ${size} ${ino} ${mtimeMs}`
    if (checked.has(mark)) return true
    if (size !== data.bytes || (await sha256OfFile(file)) !== data.sha256) return false
    checked.add(mark)
    return true
  }
  return async (datasetId) => {
    const bytes = await store.read(descriptionKey(datasetId))
    const file = await store.localFile(dataKey(datasetId))
    if (!bytes || file === undefined) return undefined
    const description = parseDescription(datasetId, bytes)
    if (await isWhole(file, description)) return { file, description }
    throw new FitserveError('corrupt-artifact', `The table of the data set ${datasetId} is damaged.`)
  }
}
