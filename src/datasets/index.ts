/**
 * The door of this room. Beside it stands one more, `table.ts`, for processes that may load DuckDB; nothing
 * that this file leads to does.
 */

export { dataKey as datasetTableKey } from './catalog.ts'
export type {
  DatasetDescription,
  Datasets,
  FileFormat,
  NamedDataset,
  ReadOptions,
  Reject,
} from './contract.ts'
export { createDatasets, type DatasetsOptions } from './datasets.ts'
export { isDatasetId, isDatasetName } from './identity.ts'
export { readOptions } from './read-options.ts'
