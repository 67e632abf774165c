import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { FitserveError } from '../errors.ts'
import type { Locks } from '../runtime/locks.ts'
import type { Store } from '../store/contract.ts'
import { sha256OfFile } from '../store/file-hash.ts'
import { seal } from '../store/sealed.ts'
import type { Warning } from '../warnings.ts'
import { arrive } from './arrive.ts'
import { type Catalog, dataKey, descriptionKey, rejectsKey, withName } from './catalog.ts'
import type { DatasetDescription, Datasets, FileReadOptions, NamedDataset } from './contract.ts'
import { datasetId } from './dataset-id.ts'
import type { Deletions } from './deletions.ts'
import type { ReadResult, ReadTask } from './messages.ts'
import type { Names } from './names.ts'
import type { Readers } from './readers.ts'
import type { Received } from './receive.ts'
import type { FileHash } from './whole-files.ts'

/** Times that an upload is kept which other processes delete at that moment. */
const MAX_TRIES = 3

/** The parts of this room that an upload goes through. */
interface Parts {
  store: Store
  names: Names
  catalog: Catalog
  locks: Locks
  deletions: Pick<Deletions, 'stands'>
  readers: Readers
  /** Limit on an upload, in bytes after decompression. */
  maxUploadBytes: number
}

/**
 * Returns the function that keeps uploads. An upload's way in:
 *
 * ```
 *   body ── receive ──> <scratch>/upload ── identify ──> SHA-256 + options ──> id ──> lock by id
 *           (gunzip, limit, hash)           (unzip, format)                  │
 *                    description of this id in the store? ── yes ─────────────────────┐
 *                                         │ no                                        │
 *                              reader (child process)                                 │
 *                      ├─ bad lines, and onError=refuse ──> refused, nothing kept     │
 *                      └─ <scratch>/data.parquet, rejects.ndjson, columns             │
 *                                         │                                           │
 *          store: data.parquet, rejects.ndjson, then description.json                 │
 *                                         └──────────────────┬────────────────────────┘
 *                                                 name points at the id
 * ```
 *
 * Everything happens in a scratch folder, which is removed in the end whether the upload succeeds or not. The
 * description is created last, so other processes see either a complete data set or none.
 */
export function createUpload({
  store,
  names,
  catalog,
  locks,
  deletions,
  readers,
  maxUploadBytes,
}: Parts): Datasets['upload'] {
  const read = async (
    id: string,
    received: Received,
    task: ReadTask,
    signal?: AbortSignal,
  ): Promise<boolean> => {
    const result = await readers.read(task, signal)
    signal?.throwIfAborted()
    return keepTable(store, { id, ...received }, result, task.folder)
  }

  return async ({ name, body, gzip, options: wanted, signal }) => {
    const folder = await store.scratchFolder()
    try {
      const { file, received, options, warnings } = await arrive(
        readers,
        { body, gzip, options: wanted },
        { folder, maxBytes: maxUploadBytes, signal },
      )
      const id = datasetId(received.sha256, options)
      return await locks.one(id, async () => {
        for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
          signal?.throwIfAborted()
          const there = await store.has(descriptionKey(id))
          const task = readTask(file, folder, options, maxUploadBytes)
          const created = there ? false : await read(id, received, task, signal)
          await names.point(name, id, new Date().toISOString())
          // Another process may be deleting the data set that was there: then the upload is kept anew.
          const dataset = (await deletions.stands(id)) ? await catalog.description(id) : undefined
          if (dataset) return { dataset: told(withName(dataset, name), warnings), created }
        }
        throw new FitserveError(
          'store-unavailable',
          'The data set was deleted several times during the upload. Upload it again.',
        )
      })
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }
}

/**
 * Keeps what a reader has written to a folder: the files, then the description. Returns false if another process has kept
 * the data set in the meantime.
 * @param facts what the description has beside the reader's result
 */
export async function keepTable(
  store: Store,
  facts: Pick<DatasetDescription, 'id' | 'sha256' | 'bytes' | 'appended'>,
  { rows, rejected, duplicates, columns, warnings }: ReadResult,
  folder: string,
): Promise<boolean> {
  const { id } = facts
  const ownData = join(folder, 'data.parquet')
  const ownRejects = join(folder, 'rejects.ndjson')
  const data = await keepFile(store, dataKey(id), ownData)
  const rejects = rejected > 0 ? { rejects: await keepFile(store, rejectsKey(id), ownRejects) } : {}
  const createdAt = new Date().toISOString()
  const description = { ...facts, rows, rejected, duplicates, createdAt, columns, warnings, data, ...rejects }
  const created = await store.create(descriptionKey(id), seal(description))
  // Another process may have deleted the files in between, together with an older data set of this id.
  await putFile(store, dataKey(id), ownData)
  if (rejected > 0) await putFile(store, rejectsKey(id), ownRejects)
  return created
}

/** Adds what there is to tell of this upload alone: another one of the same table may have come in another way. */
export function told(dataset: NamedDataset, warnings: readonly Warning[]): NamedDataset {
  return { ...dataset, warnings: [...warnings, ...dataset.warnings] }
}

/**
 * Keeps a file, and returns the size and hash of what the store has. A file that an interrupted upload left behind is as good
 * and stays, but its bytes may differ from ours.
 */
async function keepFile(store: Store, key: string, own: string): Promise<FileHash> {
  const [kept, sha256] = await Promise.all([putFile(store, key, own), sha256OfFile(own)])
  const other = kept ? undefined : await store.localFile(key)
  const { size: bytes } = await stat(other ?? own)
  return { bytes, sha256: other ? await sha256OfFile(other) : sha256 }
}

/** Puts a file into the store unless it has one of that key. Returns whether it did. */
async function putFile(store: Store, key: string, own: string): Promise<boolean> {
  return !(await store.has(key)) && (await store.createFromFile(key, own, { finished: true }))
}

/** Returns the task to read a file. */
export function readTask(file: string, folder: string, options: FileReadOptions, maxBytes: number): ReadTask {
  const { types, entry: _, ...rest } = options
  return { kind: 'read', file, folder, ...rest, types: Object.entries(types), maxBytes }
}
