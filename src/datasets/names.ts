import { z } from 'zod'
import { FitserveError, unlessDamaged } from '../errors.ts'
import type { Store } from '../store/contract.ts'
import { seal, unseal } from '../store/sealed.ts'

const DIGITS = 8

const Pointer = z.object({ dataset: z.string(), at: z.iso.datetime() })

/** What a name points at, and since when. */
export interface Pointed {
  name: string
  dataset: string
  at: string
}

/**
 * Names of data sets. A name keeps its whole history: `datasets/names/<name>/<n>.json`, of which the newest
 * counts. Beside each data set stands which names ever pointed at it (`datasets/<id>/names/<name>`), so that
 * an id finds its names without a look at all of them.
 */
export interface Names {
  /** Points the name at the data set from now on; nothing where it does already. */
  point(name: string, dataset: string, at: string): Promise<void>
  newest(name: string): Promise<Pointed | undefined>
  /** All there are. */
  all(): Promise<string[]>
  /** Every data set that the name ever pointed at. */
  history(name: string): Promise<string[]>
  /** The names that ever pointed at a data set. */
  of(dataset: string): Promise<string[]>
  /** Forgets the name and its history. */
  remove(name: string): Promise<void>
  /** Takes a data set out of a name's history; the name then points at what is newest in the rest. */
  withdraw(name: string, dataset: string): Promise<void>
}

export function createNames(store: Store): Names {
  const folder = (name: string) => `datasets/names/${name}/`
  const mark = (dataset: string, name: string) => `datasets/${dataset}/names/${name}`

  const generations = (name: string) => store.children(folder(name))

  const read = async (name: string, generation: string) => {
    const bytes = await store.read(`${folder(name)}${generation}`)
    try {
      return bytes && Pointer.parse(unseal(bytes))
    } catch (cause) {
      const message = `What the data set's name ${name} points at is damaged (${generation}). Upload it again.`
      throw new FitserveError('corrupt-artifact', message, { cause })
    }
  }

  /** The same, or undefined where it is damaged: what is said of the others does not depend on it. */
  const readable = (name: string, generation: string) => unlessDamaged(() => read(name, generation))

  const newest = async (name: string): Promise<Pointed | undefined> => {
    // From the newest back: one may vanish between the list and the look.
    for (const generation of (await generations(name)).reverse()) {
      const pointer = await read(name, generation)
      if (pointer !== undefined) return { name, ...pointer }
    }
    return undefined
  }

  return {
    newest,
    async point(name, dataset, at) {
      await store.create(mark(dataset, name), '')
      for (;;) {
        const last = (await generations(name)).at(-1)
        if (last !== undefined && (await readable(name, last))?.dataset === dataset) return
        const next = last === undefined ? 1 : Number.parseInt(last, 10) + 1
        const key = `${folder(name)}${String(next).padStart(DIGITS, '0')}.json`
        if (await store.create(key, seal({ dataset, at }))) return
      }
    },
    all: () => store.children('datasets/names/'),
    async history(name) {
      const pointers = await Promise.all(
        (await generations(name)).map((generation) => readable(name, generation)),
      )
      return [...new Set(pointers.flatMap((pointer) => pointer?.dataset ?? []))]
    },
    of: (dataset) => store.children(`datasets/${dataset}/names/`),
    async remove(name) {
      for (const dataset of await this.history(name)) await store.delete(mark(dataset, name))
      await store.deleteBelow(folder(name))
    },
    async withdraw(name, dataset) {
      for (const generation of await generations(name)) {
        if ((await readable(name, generation))?.dataset === dataset)
          await store.delete(`${folder(name)}${generation}`)
      }
    },
  }
}
