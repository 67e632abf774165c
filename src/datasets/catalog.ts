import { z } from 'zod'
import { FitserveError, unlessDamaged } from '../errors.ts'
import type { Page, PageRequest } from '../page.ts'
import type { Store } from '../store/contract.ts'
import { unseal } from '../store/sealed.ts'
import { DatasetDescription, type NamedDataset } from './contract.ts'
import { cursorOf } from './cursor.ts'
import { isDatasetId, isDatasetName } from './identity.ts'
import type { Names, Pointed } from './names.ts'

const NAMES_IN_MESSAGE = 20
const READS_AT_ONCE = 16

const listCursor = cursorOf(z.strictObject({ at: z.iso.datetime(), name: z.string() }))

export const datasetFolder = (id: string): string => `datasets/${id}/`
/** Created last: with it a data set is there, without it is none. */
export const descriptionKey = (id: string): string => `${datasetFolder(id)}description.json`
export const dataKey = (id: string): string => `${datasetFolder(id)}data.parquet`
export const rejectsKey = (id: string): string => `${datasetFolder(id)}rejects.ndjson`

/** Finds data sets by id and by name. */
export interface Catalog {
  description(id: string): Promise<DatasetDescription | undefined>
  /** @throws FitserveError `unknown-dataset`, listing names that there are */
  get(idOrName: string): Promise<NamedDataset>
  list(page: PageRequest): Promise<Page<NamedDataset>>
}

export function createCatalog(store: Store, names: Names): Catalog {
  const description = async (id: string): Promise<DatasetDescription | undefined> => {
    const bytes = await store.read(descriptionKey(id))
    return bytes && parseDescription(id, bytes)
  }

  const named = async ({ name, dataset }: Pointed): Promise<NamedDataset | undefined> => {
    const found = await description(dataset)
    return found === undefined ? undefined : withName(found, name)
  }

  /** One that points at it now, else one that did, else its id. */
  const nameOf = async (id: string): Promise<string> => {
    const candidates = await names.of(id)
    for (const name of candidates)
      if ((await unlessDamaged(() => names.newest(name)))?.dataset === id) return name
    return candidates[0] ?? id
  }

  const unknown = async (idOrName: string): Promise<FitserveError> => {
    const all = await names.all()
    const more = all.length > NAMES_IN_MESSAGE ? `, and ${all.length - NAMES_IN_MESSAGE} more` : ''
    const there = all.slice(0, NAMES_IN_MESSAGE).join(', ')
    const hint = all.length === 0 ? 'there is none yet' : `there are ${there}${more}`
    return new FitserveError(
      'unknown-dataset',
      `There is no data set ${JSON.stringify(idOrName.slice(0, 100))}; ${hint}`,
    )
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
      throw await unknown(idOrName)
    },
    async list(page) {
      const after = listCursor.read(page)
      // One that is damaged does not hide the others; asked for by its name it says so.
      const newest = (name: string) => unlessDamaged(() => names.newest(name))
      const pointers = (await mapInOrder(await names.all(), newest)).filter(
        (pointed) => pointed !== undefined,
      )
      const rest = pointers
        .sort(newestFirst)
        .filter((one) => after === undefined || newestFirst(after, one) < 0)
      const chosen = rest.slice(0, page.limit)
      const items = (await mapInOrder(chosen, (pointed) => unlessDamaged(() => named(pointed)))).filter(
        (dataset) => dataset !== undefined,
      )
      const last = chosen.at(-1)
      const next =
        rest.length > chosen.length && last ? listCursor.write({ at: last.at, name: last.name }) : null
      return { items, next }
    },
  }
}

/** @throws FitserveError `corrupt-artifact` */
export function parseDescription(id: string, bytes: Buffer): DatasetDescription {
  try {
    const value = unseal(bytes)
    DatasetDescription.parse(value)
    // As it is written: zod's copy would lose a class that is called `__proto__`.
    return value as DatasetDescription
  } catch (cause) {
    throw new FitserveError('corrupt-artifact', `The description of the data set ${id} is damaged.`, {
      cause,
    })
  }
}

export function withName({ id, ...rest }: DatasetDescription, name: string): NamedDataset {
  return { id, name, ...rest }
}

function newestFirst(a: { at: string; name: string }, b: { at: string; name: string }): number {
  if (a.at !== b.at) return a.at < b.at ? 1 : -1
  return a.name < b.name ? -1 : a.name === b.name ? 0 : 1
}

/** Maps items in order, a few at a time: a store may be far away and must not be flooded. */
async function mapInOrder<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  for (let start = 0; start < items.length; start += READS_AT_ONCE) {
    results.push(...(await Promise.all(items.slice(start, start + READS_AT_ONCE).map(work))))
  }
  return results
}
