import { FitserveError } from '../errors.ts'
import type { Page, PageRequest } from '../page.ts'
import { itemsOf } from '../recipe/lists.ts'
import type { Cell, ColumnType } from '../recipe/table.ts'
import { createLocks } from '../runtime/locks.ts'
import type { Store } from '../store/contract.ts'
import { createAppend } from './append.ts'
import { createCatalog, datasetFolder, descriptionKey } from './catalog.ts'
import type { Datasets, NamedDataset, Reject, RowPage } from './contract.ts'
import { offsetCursor } from './cursor.ts'
import { createDeletions } from './deletions.ts'
import { distributionsOf } from './distributions.ts'
import { createFetch } from './fetch.ts'
import { type KeptRejects, keptRejects } from './kept-rejects.ts'
import { fileOf, keptTables, type OpenTable } from './kept-tables.ts'
import { createNames, type Names } from './names.ts'
import { overlapOf } from './overlap.ts'
import { createReaders, type Log, type Readers } from './readers.ts'
import type { Sources } from './sources/open.ts'
import { createUpload } from './upload.ts'

/** How data sets are kept and read. */
export interface DatasetsOptions {
  /** Keeps all data sets and their names. */
  store: Store
  /** Limit on an upload, in bytes after decompression. */
  maxUploadBytes: number
  /** Returns the user of a data set in words ("job 0199…"), or null. A data set in use is not deleted. */
  inUse: (datasetId: string) => Promise<string | null>
  /** Places from which data sets may be fetched. Default: none. */
  sources?: Sources | undefined
  /** Path of the readers' program. Default: this project's own. */
  readerPath?: string | undefined
  /** Receives a warning for each reader that stopped in the middle of a task. Default: none. */
  log?: Log | undefined
  /** Milliseconds that a reader is kept without work. @default 60_000 */
  readerIdleMs?: number | undefined
  /** Milliseconds that a file may be read. @default 15 minutes */
  readTimeLimitMs?: number | undefined
}

/** The data sets of a store. Opens nothing until it is used; readers are started on demand. */
export function createDatasets(options: DatasetsOptions): Datasets {
  const { store } = options
  const names = createNames(store)
  const catalog = createCatalog(store, names)
  const locks = createLocks()
  const deletions = createDeletions(store)
  const table = keptTables(store)
  const rejects = keptRejects(store)
  const readers = createReaders({
    path: options.readerPath,
    log: options.log,
    idleMs: options.readerIdleMs,
    timeLimitMs: options.readTimeLimitMs,
  })
  const { maxUploadBytes } = options
  const uploads = { store, names, catalog, locks, deletions, readers, maxUploadBytes }
  const upload = createUpload(uploads)
  const sources = options.sources ?? { allowed: [], s3: undefined }
  return {
    upload,
    fetch: createFetch(sources, upload),
    append: createAppend({ ...uploads, table }),
    get: (idOrName) => catalog.get(idOrName),
    list: (page) => catalog.list(page),
    history: (name, page) => catalog.history(name, page),
    rows: async (idOrName, page) => readRows(table, readers, await catalog.get(idOrName), page),
    distributions: async (idOrName, page) =>
      distributionsOf({ table, readers }, await catalog.get(idOrName), page),
    overlap: async (idOrName, other) =>
      overlapOf({ table, readers }, await catalog.get(idOrName), await catalog.get(other)),
    rejects: async (idOrName, page) => readRejects(rejects, await catalog.get(idOrName), page),
    delete: async (idOrName) => {
      const dataset = await catalog.get(idOrName)
      const byName = dataset.id !== idOrName
      const doomed = byName ? await onlyUnder(names, idOrName) : [dataset.id]
      await locks.all(doomed, () =>
        deletions.announced(doomed, async (checkHeeded) => {
          await refuseInUse(doomed, options.inUse)
          await checkHeeded()
          if (byName) await names.remove(idOrName)
          for (const id of doomed) await remove(store, names, id)
        }),
      )
    },
    stands: (id) => deletions.stands(id),
    close: async () => readers.close(),
  }
}

async function readRows(
  table: OpenTable,
  readers: Readers,
  dataset: NamedDataset,
  page: PageRequest,
): Promise<RowPage> {
  const offset = offsetCursor.read(page)?.offset ?? 0
  if (offset >= dataset.rows) return { items: [], next: null }
  const file = await fileOf(table, dataset.id)
  const columns = dataset.columns.map(({ name, type }) => ({ name, type }))
  const { rows, cut } = await readers.page({ kind: 'page', file, columns, offset, limit: page.limit })
  // `fromEntries` makes own properties, even of a column called `__proto__`.
  const items = rows.map((row) =>
    Object.fromEntries(columns.map(({ name, type }, index) => [name, shown(row[index] ?? null, type)])),
  )
  const end = offset + items.length
  const next = items.length > 0 && end < dataset.rows ? offsetCursor.write({ offset: end }) : null
  if (cut.length === 0) return { items, next }
  return {
    items,
    next,
    cut: cut.map(({ row, column }) => ({ item: row, column: columns[column]?.name ?? '' })),
  }
}

/** Returns a cell as a page of rows shows it: a list as an array. */
function shown(cell: Cell, type: ColumnType): RowPage['items'][number][string] {
  return type === 'list' && typeof cell === 'string' ? itemsOf(cell) : cell
}

async function readRejects(
  rejects: KeptRejects,
  dataset: NamedDataset,
  page: PageRequest,
): Promise<Page<Reject>> {
  const offset = offsetCursor.read(page)?.offset ?? 0
  if (offset >= dataset.rejected) return { items: [], next: null }
  const items = await rejects(dataset, { offset, limit: page.limit })
  const end = offset + items.length
  return { items, next: end < dataset.rejected ? offsetCursor.write({ offset: end }) : null }
}

/** Returns the ids of data sets that no other name reaches. */
async function onlyUnder(names: Names, name: string): Promise<string[]> {
  const only: string[] = []
  for (const id of await names.history(name)) {
    if ((await names.of(id)).every((other) => other === name)) only.push(id)
  }
  return only
}

async function refuseInUse(ids: readonly string[], inUse: DatasetsOptions['inUse']): Promise<void> {
  for (const id of ids) {
    const user = await inUse(id)
    if (user !== null)
      throw new FitserveError(
        'dataset-in-use',
        `The data set ${id} is in use by ${user}. Wait for the end of the job, or cancel it.`,
      )
  }
}

/**
 * Deletes a data set, the description first: if this process dies on the way, the rest is no data set any more, and can
 * be uploaded again.
 */
async function remove(store: Store, names: Names, id: string): Promise<void> {
  await store.delete(descriptionKey(id))
  for (const name of await names.of(id)) await names.withdraw(name, id)
  await store.deleteBelow(datasetFolder(id))
}
