import { join } from 'node:path'
import { Readable } from 'node:stream'
import type {
  Datasets,
  Encoding,
  FileFormat,
  IndexColumn,
  NamedDataset,
  OnError,
  Quotes,
  Reject,
  RowPage,
} from '../../src/datasets/contract.ts'
import { createDatasets, type DatasetsOptions } from '../../src/datasets/datasets.ts'
import { DatasetName } from '../../src/datasets/identity.ts'
import { keptTables } from '../../src/datasets/kept-tables.ts'
import { readOptions } from '../../src/datasets/read-options.ts'
import { readTable } from '../../src/datasets/table.ts'
import { FitserveError } from '../../src/errors.ts'
import type { Store } from '../../src/store/contract.ts'
import { createFolderStore } from '../../src/store/folder.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

/** A file to be uploaded: its content, or the stream of it. */
export type Content = string | Uint8Array | Readable

/** Options of the upload, in the words of the API's query. */
export interface Sending {
  name?: string
  /** Null: found in the file. @default csv */
  format?: FileFormat | null
  entry?: string
  sheet?: string
  delimiter?: string
  quotes?: Quotes
  header?: boolean
  skip?: string
  index?: IndexColumn
  onError?: OnError
  decimal?: '.' | ','
  missing?: string
  encoding?: Encoding
  types?: string
  dates?: string
  gzip?: boolean
  signal?: AbortSignal
}

/** Data sets in a folder of their own, read by real reader processes. */
export interface Bench {
  datasets: Datasets
  store: Store
  folder: string
  send(content: Content, sending?: Sending): Promise<{ dataset: NamedDataset; created: boolean }>
  /** Uploads, and gives back the whole table and its rejects. */
  table(content: Content, sending?: Sending): Promise<Read>
  /** Returns the whole texts of a kept column: a page of rows shows only the beginning of a long one. */
  textsOf(datasetId: string, column: string): Promise<unknown[]>
  /** Appends to a data set by its name or id. */
  append(
    to: string,
    content: Content,
    sending?: Sending,
  ): Promise<{ dataset: NamedDataset; created: boolean }>
  /** Uploads what has to be refused, and gives back the refusal. */
  refusal(content: Content, sending?: Sending): Promise<FitserveError>
  close(): Promise<void>
}

export interface Read {
  dataset: NamedDataset
  rows: RowPage['items']
  rejects: Reject[]
}

export async function openBench(options: Partial<DatasetsOptions> = {}): Promise<Bench> {
  const folder = await temporaryFolder('datasets')
  const store = await createFolderStore(join(folder, 'store'))
  const datasets = createDatasets({
    store,
    maxUploadBytes: 64 * 1024 * 1024,
    inUse: async () => null,
    ...options,
  })
  const send: Bench['send'] = (content, { name = 'table', gzip = false, signal, ...words } = {}) =>
    datasets.upload({
      name: DatasetName.parse(name),
      body: streamOf(content),
      gzip,
      options: readOptions({ format: 'csv', ...words }),
      ...(signal && { signal }),
    })
  const append: Bench['append'] = (to, content, { name: _, gzip = false, signal, ...words } = {}) =>
    datasets.append({
      to,
      body: streamOf(content),
      gzip,
      options: readOptions({ format: 'csv', ...words }),
      ...(signal && { signal }),
    })
  return {
    append,
    datasets,
    store,
    folder,
    send,
    async table(content, sending) {
      const { dataset } = await send(content, sending)
      const rows = await everything((page) => datasets.rows(dataset.id, page))
      const rejects = await everything((page) => datasets.rejects(dataset.id, page))
      return { dataset, rows, rejects }
    },
    async textsOf(datasetId, column) {
      const kept = await keptTables(store)(datasetId)
      if (!kept) throw new Error('Expected a data set that is kept')
      const { columns } = await readTable(kept.file, kept.description, { columns: [column] })
      return [...(columns.get(column)?.values ?? [])]
    },
    async refusal(content, sending) {
      try {
        await send(content, sending)
      } catch (error) {
        if (error instanceof FitserveError) return error
        throw error
      }
      throw new Error('Expected a refusal, and the file was taken')
    },
    async close() {
      await datasets.close()
      await store.close()
    },
  }
}

function streamOf(content: Content): Readable {
  if (content instanceof Readable) return content
  // One chunk of bytes, as it is: `Readable.from` would go through a text by its characters.
  return Readable.from([Buffer.from(content as Uint8Array)], { objectMode: false })
}

/** Follows `next` to the end. */
export async function everything<T>(
  list: (page: { limit: number; cursor?: string }) => Promise<{ items: T[]; next: string | null }>,
  limit = 1_000,
): Promise<T[]> {
  const all: T[] = []
  let cursor: string | undefined
  do {
    const { items, next } = await list(cursor === undefined ? { limit } : { limit, cursor })
    all.push(...items)
    cursor = next ?? undefined
  } while (cursor !== undefined)
  return all
}
