import { unlessDamaged } from '../errors.ts'
import { NAME_PATTERN } from '../recipe/index.ts'
import { inParallel } from '../runtime/in-parallel.ts'
import { createLocks } from '../runtime/locks.ts'
import type { Store } from '../store/contract.ts'
import { type Numbered, numbered } from '../store/numbered.ts'
import { seal } from '../store/sealed.ts'
import { readSealed } from '../store/sealed-values.ts'
import { Generation, type ModelEvent, type ModelState } from './model-log.ts'

/*
 * How a model's log works.
 *
 * A model is a numbered list of files that are only ever added. Each file is one generation: what happened, who did it,
 * and the whole state of the model after it. The generation with the greatest number is the model's present state.
 *
 *   models/imdb/log/000000000001.json   published 1, promoted 1       state: versions [1], production → 1
 *                   000000000002.json   published 2, notPromoted 2    state: versions [1, 2], production → 1
 *                   000000000003.json   aliasSet production → 2       state: versions [1, 2], production → 2   ← head
 *                   000000000004.json   (absent)
 *
 * A change reads the head, decides on the next state, and creates the next number if it is absent. That creation is the
 * commit, and the only step that must be atomic; a folder and S3 both have it. Where two processes change the same
 * model at once, one of them finds the number taken. It reads the new head and decides again, on the new state:
 *
 *   process A   head 3 ── decide ── create 4: done
 *   process B   head 3 ── decide ── create 4: taken ── head 4 ── decide again ── create 5: done
 *
 * So `decide` may run more than once and must have no effect of its own, and it may find that there is nothing left to
 * do. A process that dies before the creation has changed nothing; after it, everything.
 *
 * Reading: the first read of a model lists its log; later ones ask for the number after the newest known one, so a
 * model that has not changed costs one read of an absent key. Numbers never have gaps, because each is created only
 * after the one before it was read. No generation is changed or deleted: history and rollback need no files of their
 * own, and a model that was deleted continues its numbers when its name is used again.
 */

/** Digits of a generation's number in its key. */
const LOG_DIGITS = 12
/** Logs that are read at once: the store may be far away, and is not to be flooded. */
export const READS_AT_ONCE = 32
/** State of a model before its first generation. */
const EMPTY: ModelState = { versions: [], aliases: {}, nextVersion: 1 }

/** Result of a change of the newest state. */
export interface Change {
  /** What happened, for the log. */
  events: ModelEvent[]
  /** The whole state after it. */
  state: ModelState
}

/** The logs of all models: reads them, and appends to them one generation at a time. */
export interface Generations {
  /** Returns the names of the models that exist. A model that another process has just deleted may be among them. */
  names(): Promise<string[]>
  /** Reads the newest generation; undefined where the model has no log. @throws FitserveError `corrupt-artifact` */
  head(model: string): Promise<Generation | undefined>
  /** Returns the newest generation that this process has read, without reading the store. */
  seen(model: string): Generation | undefined
  /** Reads one generation; undefined where it is absent. @throws FitserveError `corrupt-artifact` */
  at(model: string, generation: number): Promise<Generation | undefined>
  /**
   * Appends the change that `decide` makes of the newest state, and asks it again where another process was faster.
   * @param by name of the API key; null: the service itself, or no keys are set
   * @param decide `before` is undefined for a model without a log; returns undefined where nothing is to be changed
   * @returns the generation that was made, or undefined where nothing was to be changed
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

/** Returns the numbered entries of a model's log. */
export function modelLog(store: Store, model: string): Numbered {
  return numbered(store, `models/${model}/log/`, LOG_DIGITS)
}

/** Opens the logs of all models in a store. */
export function openGenerations(store: Store): Generations {
  /** The newest generation of each model that was read so far: the next read starts there. */
  const newest = new Map<string, Generation>()
  /** Held for the creation of a generation only: a decision may take minutes. */
  const locks = createLocks()
  const logOf = (model: string): Numbered => modelLog(store, model)

  const at = (model: string, generation: number) =>
    readSealed(store, logOf(model).keyOf(generation), Generation, {
      onDamage: 'throw',
      message: `Entry ${generation} of the log of "${model}" cannot be read.`,
    })

  /** Reads the greatest number that the store lists; undefined for an empty log. */
  const lastListed = async (model: string) => {
    const last = await logOf(model).newest()
    return last === 0 ? undefined : at(model, last)
  }

  /** Remembers a generation, unless a faster call has remembered a newer one meanwhile. */
  const remember = (model: string, generation: Generation): void => {
    if (generation.generation > (newest.get(model)?.generation ?? 0)) newest.set(model, generation)
  }

  const head = async (model: string): Promise<Generation | undefined> => {
    if (!NAME_PATTERN.test(model)) return undefined
    let known = newest.get(model) ?? (await lastListed(model))
    while (known) {
      const next = await at(model, known.generation + 1)
      if (next === undefined) break
      known = next
    }
    if (known) remember(model, known)
    return newest.get(model)
  }

  /** A deleted model may have been published again by another process. A model whose log is damaged exists. */
  const exists = async (name: string): Promise<boolean> => {
    const seen = newest.get(name)
    if (seen && !seen.state.deleted) return true
    const found = await unlessDamaged(async () => ({ generation: await head(name) }))
    if (found === undefined) return true
    return found.generation !== undefined && !found.generation.state.deleted
  }

  return {
    head,
    seen: (model) => newest.get(model),
    at,
    async names() {
      const names = await store.children('models/')
      const existing = new Set<string>()
      await inParallel(names, READS_AT_ONCE, async (name) => (await exists(name)) && existing.add(name))
      return names.filter((name) => existing.has(name))
    },
    async append(model, by, decide) {
      if (!NAME_PATTERN.test(model))
        throw new TypeError(`Expected a model's name, got ${JSON.stringify(model)}`)
      for (;;) {
        const before = await head(model)
        const change = await decide(before?.state ?? EMPTY, before)
        if (change === undefined) return undefined
        const generation = (before?.generation ?? 0) + 1
        const made = await locks.one(model, async () => {
          // Another change of this process has this number. Only changes of other processes cost a creation in vain.
          if ((newest.get(model)?.generation ?? 0) >= generation) return undefined
          const next: Generation = { generation, at: new Date().toISOString(), by, ...change }
          if (!(await logOf(model).create(generation, seal(next)))) return undefined
          remember(model, next)
          return next
        })
        if (made) return made
      }
    },
  }
}
