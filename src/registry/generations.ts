import { FitserveError } from '../errors.ts'
import { inParallel } from '../runtime/in-parallel.ts'
import type { Store } from '../store/contract.ts'
import { seal, unseal } from '../store/sealed.ts'
import { Generation, type ModelEvent, type ModelState } from './model-log.ts'

const NAME = /^[A-Za-z][A-Za-z0-9._-]{0,63}$/
const DIGITS = 12
/** How many logs are read at once. */
export const READS_AT_ONCE = 32
const EMPTY: ModelState = { versions: [], aliases: {}, nextVersion: 1 }

/** What a change makes of the newest state; undefined: nothing is to be changed. */
export interface Change {
  events: ModelEvent[]
  state: ModelState
}

/** The logs of all models: reading them, and appending to them one generation at a time. */
export interface Generations {
  /** Of the models that are there; one may be among them that another process has just deleted. */
  names(): Promise<string[]>
  head(model: string): Promise<Generation | undefined>
  /** The newest one that was read so far. */
  seen(model: string): Generation | undefined
  at(model: string, generation: number): Promise<Generation | undefined>
  /**
   * Appends what `decide` makes of the newest state, and asks it again where another was faster. `before` is
   * undefined for a model without a log. Answers the generation made, or undefined where there was nothing to do.
   */
  append(
    model: string,
    by: string | null,
    decide: (
      state: ModelState,
      before: Generation | undefined,
    ) => Change | undefined | Promise<Change | undefined>,
  ): Promise<Generation | undefined>
}

export function openGenerations(store: Store): Generations {
  /** The newest generation seen of each model: the next look starts there. */
  const newest = new Map<string, Generation>()

  const at = async (model: string, generation: number) => {
    const bytes = await store.read(keyOf(model, generation))
    return bytes && parseGeneration(model, generation, bytes)
  }

  const head = async (model: string): Promise<Generation | undefined> => {
    if (!NAME.test(model)) return undefined
    let known = newest.get(model) ?? (await lastListed(store, model, at))
    while (known) {
      const next = await at(model, known.generation + 1)
      if (next === undefined) break
      known = next
    }
    const seen = newest.get(model)
    // A slower call may come back after a faster one that saw more.
    if (known && known.generation > (seen?.generation ?? 0)) newest.set(model, known)
    return newest.get(model)
  }

  /** A model that was deleted may have come back by another process; one whose log is damaged is there. */
  const isThere = async (name: string) => {
    const seen = newest.get(name)
    if (seen && !seen.state.deleted) return true
    try {
      const state = (await head(name))?.state
      return state !== undefined && !state.deleted
    } catch (error) {
      if (error instanceof FitserveError && error.code === 'corrupt-artifact') return true
      throw error
    }
  }

  return {
    head,
    seen: (model) => newest.get(model),
    at,
    async names() {
      const names = await store.children('models/')
      const there = new Set<string>()
      await inParallel(names, READS_AT_ONCE, async (name) => (await isThere(name)) && there.add(name))
      return names.filter((name) => there.has(name))
    },
    async append(model, by, decide) {
      if (!NAME.test(model)) throw new TypeError(`Expected a model's name, got ${JSON.stringify(model)}`)
      for (;;) {
        const before = await head(model)
        const change = await decide(before?.state ?? EMPTY, before)
        if (change === undefined) return undefined
        const generation = (before?.generation ?? 0) + 1
        const next: Generation = { generation, at: new Date().toISOString(), by, ...change }
        if (await store.create(keyOf(model, generation), seal(next))) {
          if (generation > (newest.get(model)?.generation ?? 0)) newest.set(model, next)
          return next
        }
      }
    },
  }
}

async function lastListed(
  store: Store,
  model: string,
  at: Generations['at'],
): Promise<Generation | undefined> {
  const last = (await store.children(`models/${model}/log/`)).at(-1)
  return last === undefined ? undefined : at(model, Number.parseInt(last, 10))
}

function keyOf(model: string, generation: number): string {
  return `models/${model}/log/${String(generation).padStart(DIGITS, '0')}.json`
}

function parseGeneration(model: string, generation: number, bytes: Buffer): Generation {
  try {
    return Generation.parse(unseal(bytes))
  } catch (cause) {
    throw new FitserveError(
      'corrupt-artifact',
      `Entry ${generation} of the log of "${model}" cannot be read.`,
      {
        cause,
      },
    )
  }
}
