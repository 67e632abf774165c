import { z } from 'zod'
import { unknown, unlessDamaged } from '../errors.ts'
import { type Page, type PageRequest, PageRoom } from '../page.ts'
import type { Store } from '../store/contract.ts'
import { readSealed } from '../store/sealed-values.ts'
import { StoredWarning } from '../warnings.ts'
import { DatasetDescription, type DatasetSummary, type NamedDataset } from './contract.ts'
import { cursorOf } from './cursor.ts'
import { isDatasetId, isDatasetName } from './identity.ts'
import type { Names, Pointed } from './names.ts'

/** Entries of a list that are read from the store at once: a bucket is far away and must not be flooded. */
const READS_AT_ONCE = 16

const listCursor = cursorOf(z.strictObject({ at: z.iso.datetime(), name: z.string() }))
const historyCursor = cursorOf(z.strictObject({ id: z.string() }))

/** Prefix of all keys of a data set. */
export const datasetFolder = (id: string): string => `datasets/${id}/`
/** Key of the description. It is created last: a data set exists if its description does. */
export const descriptionKey = (id: string): string => `${datasetFolder(id)}description.json`
/** Key of the Parquet file with the rows. */
export const dataKey = (id: string): string => `${datasetFolder(id)}data.parquet`
/** Key of the bad lines that were left out, one JSON object (`Reject`) per line. Absent if there were none. */
export const rejectsKey = (id: string): string => `${datasetFolder(id)}rejects.ndjson`

/** Finds data sets by id and by name. */
export interface Catalog {
  /** Reads the description of an id; undefined if no such data set exists. @throws FitserveError `corrupt-artifact` */
  description(id: string): Promise<DatasetDescription | undefined>
  /**
   * Returns the data set of an id, or the newest one under a name. @throws FitserveError `unknown-dataset`, which lists
   * names
   */
  get(idOrName: string): Promise<NamedDataset>
  /** Lists one entry for each name, newest upload first. Damaged ones are left out. */
  list(page: PageRequest): Promise<Page<DatasetSummary>>
  /** Lists the data sets that a name has pointed at, the newest first; none for an unknown name. */
  history(name: string, page: PageRequest): Promise<Page<DatasetSummary>>
}

/** Opens the catalog of a store. */
export function createCatalog(store: Store, names: Names): Catalog {
  const description = (id: string) => readDescription(store, id)

  const named = async ({ name, dataset }: Pointed): Promise<NamedDataset | undefined> => {
    const found = await description(dataset)
    return found === undefined ? undefined : withName(found, name)
  }

  /** Returns a name that points at the data set now, else one that once did, else its id. */
  const nameOf = async (id: string): Promise<string> => {
    const candidates = await names.of(id)
    for (const name of candidates)
      if ((await unlessDamaged(() => names.newest(name)))?.dataset === id) return name
    return candidates[0] ?? id
  }

  return {
    description,
    async get(idOrName) {
      if (isDatasetId(idOrName)) {
        const found = await description(idOrName)
        if (found !== undefined) return withName(found, await nameOf(idOrName))
      } else if (isDatasetName(idOrName)) {
        const pointed = await names.newest(idOrName)
        const found = pointed === undefined ? undefined : await named(pointed)
        if (found !== undefined) return found
      }
      throw unknown('unknown-dataset', 'data set', idOrName, { known: await names.all() })
    },
    async list(page) {
      const after = listCursor.read(page)
      // A damaged entry does not hide the others. `get` reports the damage.
      const newest = (name: string) => unlessDamaged(() => names.newest(name))
      const pointers = (await mapInOrder(await names.all(), newest)).filter(
        (pointed) => pointed !== undefined,
      )
      const rest = pointers
        .sort(newestFirst)
        .filter((one) => after === undefined || newestFirst(after, one) < 0)
      return pageOf(rest, page.limit, ({ at, name }) => listCursor.write({ at, name }))
    },
    async history(name, page) {
      const after = historyCursor.read(page)
      const newest = isDatasetName(name) ? await unlessDamaged(() => names.newest(name)) : undefined
      if (newest === undefined) return { items: [], next: null }
      // A data set that the name pointed at twice stands where it did first, unless it is the newest.
      const ids = [...new Set([newest.dataset, ...(await names.history(name)).toReversed()])]
      const rest = ids.slice(after === undefined ? 0 : ids.indexOf(after.id) + 1)
      const pointers = rest.map((dataset) => ({ name, dataset, at: newest.at }))
      return pageOf(pointers, page.limit, ({ dataset }) => historyCursor.write({ id: dataset }))
    },
  }

  async function pageOf(
    rest: readonly Pointed[],
    limit: number,
    cursorAt: (last: Pointed) => string,
  ): Promise<Page<DatasetSummary>> {
    const summaries = await mapInOrder(rest.slice(0, limit), (pointed) =>
      unlessDamaged(async () => summaryOf(await named(pointed))),
    )
    const room = new PageRoom()
    const full = summaries.findIndex((one) => one !== undefined && !room.takes(one))
    const shown = full === -1 ? summaries : summaries.slice(0, full)
    const items = shown.filter((one) => one !== undefined)
    const last = rest[shown.length - 1]
    return { items, next: rest.length > shown.length && last ? cursorAt(last) : null }
  }
}

/**
 * Reads the description of a data set; undefined if no such data set exists. @throws FitserveError `corrupt-artifact`
 */
export function readDescription(store: Store, id: string): Promise<DatasetDescription | undefined> {
  return readSealed(store, descriptionKey(id), DatasetDescription, {
    onDamage: 'throw',
    message: `The description of the data set ${id} is damaged.`,
    // A class may be called `__proto__`.
    asWritten: true,
  })
}

/** Adds a name to a description, behind the id. */
export function withName({ id, warnings = [], ...rest }: DatasetDescription, name: string): NamedDataset {
  // A newer release may have written other codes.
  return { id, name, ...rest, warnings: warnings.map((warning) => StoredWarning.parse(warning)) }
}

/** Warnings of a data set that a list shows. */
const LISTED_WARNINGS = 10
/** Columns of a data set that a list shows. */
const LISTED_COLUMNS = 100

function summaryOf(dataset: NamedDataset | undefined): DatasetSummary | undefined {
  if (dataset === undefined) return undefined
  const columns = dataset.columns
    .slice(0, LISTED_COLUMNS)
    .map(({ classes, decidedBy: _, quantiles: _quantiles, frequent: _frequent, ...column }) => ({
      ...column,
      ...(classes === undefined ? {} : { distinct: Object.keys(classes).length }),
    }))
  const warnings = dataset.warnings.slice(0, LISTED_WARNINGS)
  return { ...dataset, columns, warnings, columnCount: dataset.columns.length }
}

function newestFirst(a: { at: string; name: string }, b: { at: string; name: string }): number {
  if (a.at !== b.at) return a.at < b.at ? 1 : -1
  return a.name < b.name ? -1 : a.name === b.name ? 0 : 1
}

/** Maps items in order, `READS_AT_ONCE` at a time. */
async function mapInOrder<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  for (let start = 0; start < items.length; start += READS_AT_ONCE) {
    results.push(...(await Promise.all(items.slice(start, start + READS_AT_ONCE).map(work))))
  }
  return results
}
