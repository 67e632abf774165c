import { FitserveError } from '../errors.ts'
import type { Store } from '../store/contract.ts'
import { dataKey, readDescription } from './catalog.ts'
import type { DatasetDescription } from './contract.ts'
import { wholeFiles } from './whole-files.ts'

/** A data set's Parquet file and its description. */
export interface KeptTable {
  /** Path on this machine. */
  file: string
  description: DatasetDescription
}

/** Finds the table of a data set by its id; undefined if no such data set exists. @throws FitserveError `corrupt-artifact` */
export type OpenTable = (datasetId: string) => Promise<KeptTable | undefined>

/** Returns the path of a data set's table. @throws FitserveError `corrupt-artifact` if it is not there, or damaged */
export async function fileOf(table: OpenTable, id: string): Promise<string> {
  const kept = await table(id)
  if (kept) return kept.file
  throw new FitserveError('corrupt-artifact', `The data set ${id} is damaged: a file is missing`)
}

/**
 * Returns a function that finds the table of a data set by its id; undefined if no such data set exists. Each process
 * compares a file with its hash when it first uses it. The function throws `corrupt-artifact` if they differ.
 */
export function keptTables(store: Store): OpenTable {
  const isWhole = wholeFiles()
  return async (datasetId) => {
    const file = await store.localFile(dataKey(datasetId))
    const description = file === undefined ? undefined : await readDescription(store, datasetId)
    if (file === undefined || description === undefined) return undefined
    if (await isWhole(file, description.data)) return { file, description }
    throw new FitserveError('corrupt-artifact', `The table of the data set ${datasetId} is damaged.`)
  }
}
