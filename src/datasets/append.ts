import { createHash } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { FitserveError } from '../errors.ts'
import type { Locks } from '../runtime/locks.ts'
import type { Store } from '../store/contract.ts'
import type { Warning } from '../warnings.ts'
import { arrive } from './arrive.ts'
import { type Catalog, descriptionKey, withName } from './catalog.ts'
import type { Datasets, NamedDataset } from './contract.ts'
import { datasetId } from './dataset-id.ts'
import type { Deletions } from './deletions.ts'
import { isDatasetId } from './identity.ts'
import { fileOf, type OpenTable } from './kept-tables.ts'
import type { Base } from './messages.ts'
import type { Names } from './names.ts'
import type { Readers } from './readers.ts'
import { keepTable, readTask, told } from './upload.ts'

/** Times that rows are appended anew because another process was faster. */
const MAX_TRIES = 5

interface Parts {
  store: Store
  names: Names
  catalog: Catalog
  locks: Locks
  deletions: Pick<Deletions, 'stands'>
  readers: Readers
  table: OpenTable
  /** Limit on a data set, in bytes of its uploads after decompression. */
  maxUploadBytes: number
}

/**
 * Returns the function that appends rows. It writes the whole table anew, as a data set that never changes:
 *
 * ```
 *   body ── receive, identify ──> lock by name ──> newest data set ──> reader: old rows, then new ones ──> store
 *                                      ^                                                                    │
 *                                      └──── another data set has come in between ── name points at it <────┘
 * ```
 *
 * A name moves on only from the data set whose rows were taken, so that no rows are lost, whoever else appends or uploads.
 */
export function createAppend(parts: Parts): Datasets['append'] {
  const { store, names, catalog, locks, deletions, readers, table, maxUploadBytes } = parts
  return async ({ to, body, gzip, options: wanted, signal }) => {
    const { name } = await catalog.get(to)
    const folder = await store.scratchFolder()
    try {
      const { file, received, options, warnings } = await arrive(
        readers,
        { body, gzip, options: wanted },
        { folder, maxBytes: maxUploadBytes, signal },
      )
      return await locks.one(name, async () => {
        for (let tries = 1; tries <= MAX_TRIES; tries++) {
          signal?.throwIfAborted()
          const base = await catalog.get(isDatasetId(to) ? to : name)
          const sha256 = createHash('sha256').update(`${base.id} ${received.sha256}`).digest('hex')
          const id = datasetId(sha256, options)
          const newest = (await names.newest(name))?.dataset
          // An append to this very data set may be sent again, because its answer was lost.
          if (isDatasetId(to) && newest !== to && newest !== id) throw overtaken(to, name)
          const bytes = base.bytes + received.bytes
          if (bytes > maxUploadBytes)
            throw new FitserveError(
              'payload-too-large',
              `The data set would exceed the limit of ${maxUploadBytes} bytes`,
            )
          const there = await store.has(descriptionKey(id))
          if (!there) {
            const task = readTask(file, folder, options, maxUploadBytes)
            const own = await baseOf(base, table)
            const result = await readers.read({ ...task, base: own }, signal)
            signal?.throwIfAborted()
            const all = { ...result, warnings: together(base.warnings, result.warnings) }
            const appended = result.rows - base.rows
            await keepTable(store, { id, sha256, bytes, appended }, all, folder)
          }
          const now = new Date().toISOString()
          if (newest !== id && !(await names.pointAfter(name, base.id, id, now))) continue
          const dataset = (await deletions.stands(id)) ? await catalog.description(id) : undefined
          if (dataset) return { dataset: told(withName(dataset, name), warnings), created: !there }
        }
        throw overtaken(to, name)
      })
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }
}

function overtaken(to: string, name: string): FitserveError {
  const message = `Other data sets of the name "${name}" have come in the meantime, so ${to} is not the newest any more. Look at it, and send the rows again`
  return new FitserveError('precondition-failed', message)
}

async function baseOf({ id, rows, columns }: NamedDataset, table: OpenTable): Promise<Base> {
  return {
    file: await fileOf(table, id),
    rows,
    columns: columns.map(
      ({ name, type, classes, leftOutAs, format, cells, distinct, integer, decidedBy }) => ({
        name,
        type,
        repeats: type === 'text' && classes !== undefined,
        leftOutAs,
        format,
        cells,
        distinct,
        integer,
        decidedBy,
      }),
    ),
  }
}

/**
 * Returns the warnings of both parts. Of each code and column at most two are kept, however often rows are appended: the
 * first, and the newest one that says something else.
 */
function together(old: readonly Warning[], fresh: readonly Warning[]): Warning[] {
  const first = new Map<string, Warning>()
  const newest = new Map<string, Warning>()
  for (const warning of [...old, ...fresh]) {
    const key = JSON.stringify([warning.code, warning.column])
    const known = first.get(key)
    if (!known) first.set(key, warning)
    else if (known.message !== warning.message) newest.set(key, warning)
  }
  return [...first.values(), ...newest.values()]
}
