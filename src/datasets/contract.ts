import type { Readable } from 'node:stream'
import { z } from 'zod'
import type { Page, PageRequest } from '../page.ts'
import { ColumnDescription, type ColumnType, type Row } from '../recipe/table.ts'

/** An uploaded table as it is kept and answered; `name` is added by who knows the name it was asked under. */
export const DatasetDescription = z.object({
  id: z.string().regex(/^ds_[0-9a-f]{24}$/),
  /** SHA-256 of the decompressed bytes, in hex. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Size of the decompressed upload. */
  bytes: z.int().nonnegative(),
  rows: z.int().nonnegative(),
  /** Bad lines that were left out. */
  rejected: z.int().nonnegative(),
  createdAt: z.iso.datetime(),
  columns: z.array(ColumnDescription),
  /** What the file of its rows must be like; absent in what earlier releases have kept. */
  data: z.object({ bytes: z.int().nonnegative(), sha256: z.string() }).optional(),
})
export type DatasetDescription = z.infer<typeof DatasetDescription>

export type NamedDataset = DatasetDescription & { name: string }

/** Returns the data set of an id, or the newest one under a name. @throws FitserveError `unknown-dataset` */
export type FindDataset = (idOrName: string) => Promise<NamedDataset>

export type FileFormat = 'csv' | 'ndjson' | 'parquet'

/** How an upload is to be read; part of the data set's identity. */
export interface ReadOptions {
  format: FileFormat
  /** One character between the fields of a CSV file. */
  delimiter: string
  onError: 'refuse' | 'skip'
  types: Readonly<Record<string, ColumnType>>
}

/** A bad line of an upload, as kept in the rejects. */
export interface Reject {
  line: number
  column?: string
  message: string
  /** The line's beginning, at most 1,000 characters. */
  text?: string
}

/** The data sets of a store: the door of this room for the API and for jobs. Loads no DuckDB itself. */
export interface Datasets {
  /**
   * Keeps an upload: streams it to disk (decompressing gzip, by content or as said), reads it in a child
   * process, describes it and gives it a name. `created` is false where the same bytes with the same options
   * were there already.
   * @throws FitserveError `invalid-dataset` with the bad lines, `payload-too-large`, `store-unavailable`
   */
  upload(input: {
    name: string
    body: Readable
    gzip: boolean
    options: ReadOptions
    signal?: AbortSignal
  }): Promise<{ dataset: NamedDataset; created: boolean }>
  /** By id, or the newest under a name. @throws FitserveError `unknown-dataset` */
  get(idOrName: string): Promise<NamedDataset>
  /** One entry for each name, newest upload first. */
  list(page: PageRequest): Promise<Page<NamedDataset>>
  rows(idOrName: string, page: PageRequest): Promise<Page<Row>>
  rejects(idOrName: string, page: PageRequest): Promise<Page<Reject>>
  /** @throws FitserveError `dataset-in-use` where `inUse` says so. */
  delete(idOrName: string): Promise<void>
  close(): Promise<void>
}
