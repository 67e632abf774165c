import type { BaseColumn, ReadTask } from '../../../src/datasets/messages.ts'

/** The task to read a CSV file into a folder, as an upload without options makes it. */
export function csvTask(file: string, folder: string, more: Partial<ReadTask> = {}): ReadTask {
  return {
    kind: 'read',
    file,
    folder,
    format: 'csv',
    sheet: null,
    delimiter: null,
    header: true,
    skip: 0,
    index: 'drop',
    onError: 'refuse',
    types: [],
    decimal: null,
    missing: [],
    dates: { any: [], columns: [] },
    quotes: 'double',
    encoding: null,
    maxBytes: 1e9,
    ...more,
  }
}

/** A column of the table that rows are appended to, of numbers unless said otherwise. */
export function baseColumn(name: string, more: Partial<BaseColumn> = {}): BaseColumn {
  return { name, type: 'number', repeats: false, leftOutAs: undefined, ...more }
}
