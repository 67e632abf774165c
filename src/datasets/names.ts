import { z } from 'zod'
import { unlessDamaged } from '../errors.ts'
import { inParallel } from '../runtime/in-parallel.ts'
import type { Store } from '../store/contract.ts'
import { numbered } from '../store/numbered.ts'
import { seal } from '../store/sealed.ts'
import { readSealed } from '../store/sealed-values.ts'

/** Digits of a number in a name's history. */
const DIGITS = 8
/** Entries of a history that are read at once. */
const READS_AT_ONCE = 16

const Pointer = z.object({ dataset: z.string(), at: z.iso.datetime() })

/** The data set that a name points at, and since when. */
export interface Pointed {
  name: string
  /** Id of the data set. */
  dataset: string
  /** ISO 8601. */
  at: string
}

/**
 * Names of data sets. A name keeps its whole history, `datasets/names/<name>/<n>.json`, of which the newest entry
 * counts. Beside each data set stand the names that ever pointed at it, `datasets/<id>/names/<name>`, so that an id
 * finds its names without a look at all of them.
 */
export interface Names {
  /** Points the name at the data set from now on; does nothing if it points there already. */
  point(name: string, dataset: string, at: string): Promise<void>
  /**
   * Points the name at the data set if it points at `base` until then. Returns whether it did: of several processes one
   * does.
   */
  pointAfter(name: string, base: string, dataset: string, at: string): Promise<boolean>
  /** Returns where a name points; undefined if no such name exists. @throws FitserveError `corrupt-artifact` */
  newest(name: string): Promise<Pointed | undefined>
  /** Returns all names. */
  all(): Promise<string[]>
  /** Returns the id of every data set that the name ever pointed at. */
  history(name: string): Promise<string[]>
  /** Returns the names that ever pointed at a data set. */
  of(dataset: string): Promise<string[]>
  /** Forgets the name and its history. */
  remove(name: string): Promise<void>
  /** Takes a data set out of a name's history; the name then points at the newest of the rest. */
  withdraw(name: string, dataset: string): Promise<void>
}

/** Opens the names of the data sets of a store. */
export function createNames(store: Store): Names {
  const folder = (name: string) => `datasets/names/${name}/`
  const mark = (dataset: string, name: string) => `datasets/${dataset}/names/${name}`
  const entries = (name: string) => numbered(store, folder(name), DIGITS)

  const read = (name: string, number: number) => {
    const key = entries(name).keyOf(number)
    const file = key.slice(folder(name).length)
    const message = `What the data set's name ${name} points at is damaged (${file}). Upload it again.`
    return readSealed(store, key, Pointer, { onDamage: 'throw', message })
  }

  /** Reads an entry; undefined if it is damaged, because the other entries do not depend on it. */
  const readable = (name: string, number: number) => unlessDamaged(() => read(name, number))

  return {
    async newest(name) {
      // From the newest back: an entry may be deleted between the list and the read.
      for (const number of (await entries(name).after(0)).reverse()) {
        const pointer = await read(name, number)
        if (pointer !== undefined) return { name, ...pointer }
      }
      return undefined
    },
    async point(name, dataset, at) {
      await store.create(mark(dataset, name), '')
      // Not `append`: if another process was faster, it may have pointed the name at this data set.
      for (;;) {
        const last = await entries(name).newest()
        if (last > 0 && (await readable(name, last))?.dataset === dataset) return
        if (await entries(name).create(last + 1, seal({ dataset, at }))) return
      }
    },
    async pointAfter(name, base, dataset, at) {
      await store.create(mark(dataset, name), '')
      const last = await entries(name).newest()
      if (last === 0 || (await readable(name, last))?.dataset !== base) return false
      return entries(name).create(last + 1, seal({ dataset, at }))
    },
    all: () => store.children('datasets/names/'),
    async history(name) {
      const numbers = await entries(name).after(0)
      const datasets = new Map<number, string>()
      await inParallel(numbers, READS_AT_ONCE, async (number) => {
        const pointer = await readable(name, number)
        if (pointer) datasets.set(number, pointer.dataset)
      })
      return [...new Set(numbers.flatMap((number) => datasets.get(number) ?? []))]
    },
    of: (dataset) => store.children(`datasets/${dataset}/names/`),
    async remove(name) {
      for (const dataset of await this.history(name)) await store.delete(mark(dataset, name))
      await store.deleteBelow(folder(name))
    },
    async withdraw(name, dataset) {
      for (const number of await entries(name).after(0))
        if ((await readable(name, number))?.dataset === dataset) await entries(name).delete(number)
    },
  }
}
