import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { FitserveError } from '../errors.ts'
import type { Store } from '../store/contract.ts'
import { sha256OfFile } from '../store/file-hash.ts'
import { seal } from '../store/sealed.ts'
import { type Catalog, dataKey, descriptionKey, rejectsKey, withName } from './catalog.ts'
import type { Datasets, ReadOptions } from './contract.ts'
import { datasetId } from './dataset-id.ts'
import type { Locks } from './locks.ts'
import type { ReadTask } from './messages.ts'
import type { Names } from './names.ts'
import type { Readers } from './readers.ts'
import { type Received, receive } from './receive.ts'

interface Parts {
  store: Store
  names: Names
  catalog: Catalog
  locks: Locks
  readers: Readers
  maxUploadBytes: number
}

/**
 * Keeps uploads. Everything happens in a scratch folder that is removed whatever comes; the store sees a data
 * set only when it is whole.
 */
export function createUpload({
  store,
  names,
  catalog,
  locks,
  readers,
  maxUploadBytes,
}: Parts): Datasets['upload'] {
  const read = async (
    id: string,
    received: Received,
    task: ReadTask,
    signal?: AbortSignal,
  ): Promise<boolean> => {
    const { rows, rejected, columns } = await readers.read(task, signal)
    signal?.throwIfAborted()
    const own = join(task.folder, 'data.parquet')
    const keepFiles = async (): Promise<boolean> => {
      const kept = await keepFile(store, dataKey(id), own)
      if (rejected > 0) await keepFile(store, rejectsKey(id), join(task.folder, 'rejects.ndjson'))
      return kept
    }
    // What an upload that died has left is as good, and stays, but need not be the same byte for byte.
    const file = (await keepFiles()) ? own : await store.localFile(dataKey(id))
    const data = await summaryOf(file ?? own)
    const createdAt = new Date().toISOString()
    const description = { id, ...received, rows, rejected, createdAt, columns, data }
    const created = await store.create(descriptionKey(id), seal(description))
    // Another process may have been deleting what was there before.
    await keepFiles()
    return created
  }

  return async ({ name, body, gzip, options, signal }) => {
    const folder = await store.scratchFolder()
    try {
      const file = join(folder, 'upload')
      readers.warm()
      const received = await receive(body, file, { gzip, maxBytes: maxUploadBytes, signal })
      if (received.bytes === 0) throw new FitserveError('invalid-dataset', 'The file is empty')
      const id = datasetId(received.sha256, options)
      return await locks.one(id, async () => {
        signal?.throwIfAborted()
        const there = await store.has(descriptionKey(id))
        const task = readTask(file, folder, options, maxUploadBytes)
        const created = there ? false : await read(id, received, task, signal)
        await names.point(name, id, new Date().toISOString())
        const dataset = await catalog.description(id)
        if (dataset === undefined)
          throw new FitserveError('unknown-dataset', 'The data set was deleted meanwhile')
        return { dataset: withName(dataset, name), created }
      })
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }
}

/** Whether the store now has this very file, and not one that was there before. */
async function keepFile(store: Store, key: string, path: string): Promise<boolean> {
  return !(await store.has(key)) && store.createFromFile(key, path)
}

async function summaryOf(path: string): Promise<{ bytes: number; sha256: string }> {
  return { bytes: (await stat(path)).size, sha256: await sha256OfFile(path) }
}

function readTask(file: string, folder: string, options: ReadOptions, maxBytes: number): ReadTask {
  const { format, delimiter, onError, types } = options
  return { kind: 'read', file, folder, format, delimiter, onError, types: Object.entries(types), maxBytes }
}
