/*
 * The entry point of the registry: models, their versions and aliases, kept in the store as one log for each model. It
 * publishes, promotes, rolls back and deletes. It does not load or answer a model (`serving/`), and does not train one.
 *
 * Start here, then generations.ts (the log of one model) and change-feed.ts (how other processes learn of a change).
 */
import { unknown, unlessDamaged } from '../errors.ts'
import { badCursor, type Page, type PageRequest } from '../page.ts'
import type { Store } from '../store/contract.ts'
import { type AliasMove, checkRoomForAlias, pointAt, rolledBack } from './alias-moves.ts'
import { type Manifest, readArtifact, readArtifacts, readManifest } from './artifacts.ts'
import { createAudit } from './audit.ts'
import { type ChangeFeed, openChangeFeed } from './change-feed.ts'
import { aliasRemoved, modelDeleted, versionDeleted } from './deletions.ts'
import { type Described, type DescriptionChange, described, descriptionOf } from './descriptions.ts'
import { type Change, type Generations, openGenerations } from './generations.ts'
import { type ModelHead, openHeads } from './heads.ts'
import type { Generation, ModelState, ScheduledRun, ScheduleState, VersionEntry } from './model-log.ts'
import { aliasOf, findVersion, unknownAlias, versionOf } from './model-lookup.ts'
import { type Publication, publish } from './publication.ts'
import { keepVersionsSet, retireVersions, versionsKept } from './retention.ts'
import { runNoted, scheduleRemoved, scheduleSet } from './schedules.ts'

export type { AliasMove } from './alias-moves.ts'
export type { Promotion, PromotionDecision, Publication } from './publication.ts'

/**
 * The interface of this room: versions, aliases and schedules of all models. Every change is one new generation of the
 * model's log; `generations.ts` explains how a log works and is the file to read first.
 * The room knows nothing of what a version's files mean: to read them as a model is the work of `models` and `serving`.
 */
export interface ModelRegistry {
  /** Returns the names of the models that exist, ascending. */
  names(): Promise<string[]>
  /** Returns all models as far as changes were noted, in any order, without those whose log is damaged. */
  heads(): Promise<ModelHead[]>
  /** Tells which models have changed, by whichever process. */
  changes: Pick<ChangeFeed, 'changed' | 'skip'>
  /** Returns the newest generation, or undefined for an unknown model. Takes one read if nothing has changed. */
  head(model: string): Promise<Generation | undefined>
  /** Returns what happened to a model, newest first. @throws FitserveError `unknown-model` */
  log(model: string, page: PageRequest): Promise<Page<Generation>>
  /** Returns the version that a job has made, also where it or its model has been deleted since. */
  versionOf(model: string, job: string): Promise<VersionEntry | undefined>
  /** Adds a version. If the job has made one already, returns that one and changes nothing. */
  publish(model: string, publication: Publication, by: string | null): Promise<VersionEntry>
  /**
   * Points an alias at a version.
   * @throws FitserveError `unknown-model`, `unknown-version`, `invalid-request` beyond the limit on aliases
   */
  setAlias(model: string, alias: string, version: number, by: string | null): Promise<AliasMove>
  /** Removes an alias. @throws FitserveError `unknown-model`, `unknown-alias` */
  removeAlias(model: string, alias: string, by: string | null): Promise<void>
  /**
   * Deletes a version. Its number is never used again, and its files are collected as garbage.
   * @throws FitserveError `unknown-model`, `unknown-version`, `unknown-alias`, `version-in-use` while an alias points
   *   at it
   */
  deleteVersion(model: string, versionOrAlias: string | number, by: string | null): Promise<void>
  /**
   * Deletes a model with all its versions. Versions that are published under the name later continue its numbers.
   * @throws FitserveError `unknown-model`, `version-in-use` while an alias points at one of its versions
   */
  deleteModel(model: string, by: string | null): Promise<void>
  /** Points `production` at the version before. @throws FitserveError `unknown-model`, `nothing-to-roll-back` */
  rollback(model: string, by: string | null): Promise<AliasMove>
  /** Sets when the model is trained again. @throws FitserveError `unknown-model` */
  setSchedule(model: string, schedule: Omit<ScheduleState, 'lastRun'>, by: string | null): Promise<void>
  /** Removes the model's schedule. @throws FitserveError `unknown-model`, `unknown-schedule` */
  removeSchedule(model: string, by: string | null): Promise<void>
  /**
   * Sets how many of its newest versions the model keeps, and retires older ones at once and after each publication:
   * never one that an alias points at. @throws FitserveError `unknown-model`
   * @param keep null: as many as the service says
   * @param cause id of the request, for the audit
   */
  setKeepVersions(model: string, keep: number | null, by: string | null, cause: string): Promise<KeptVersions>
  /** Returns how many of its newest versions a model keeps; null: all. @param state of the model */
  keepVersions(state: ModelState): number | null
  /**
   * Sets what is said of a model, or of one of its versions, and returns it.
   * @param versionOrAlias undefined: of the model itself
   * @throws FitserveError `unknown-model`, `unknown-version`, `unknown-alias`, `invalid-request` without room for it
   */
  describe(
    model: string,
    versionOrAlias: string | number | undefined,
    change: DescriptionChange,
    by: string | null,
  ): Promise<Described>
  /** Notes what became of a time of the schedule, once. @throws FitserveError `unknown-model` */
  noteRun(model: string, run: ScheduledRun): Promise<void>
  /**
   * Returns a version by its number or alias.
   * @throws FitserveError `unknown-model`, `unknown-version`, `unknown-alias`, each listing what exists
   */
  entry(model: string, versionOrAlias: string | number): Promise<VersionEntry>
  /** Reads a version's manifest. @throws FitserveError `corrupt-artifact` */
  manifest(model: string, entry: VersionEntry): Promise<Manifest>
  /**
   * Reads a file of a version, checked against the manifest; undefined where the manifest does not name it.
   * @throws FitserveError `corrupt-artifact`
   */
  readArtifact(model: string, entry: VersionEntry, file: string): Promise<Buffer | undefined>
  /**
   * Reads several files of a version, each checked against the manifest.
   * @param choose names the files, out of all that the manifest names
   * @returns the files by name, without those that the manifest does not name
   * @throws FitserveError `corrupt-artifact`
   */
  readArtifacts(
    model: string,
    entry: VersionEntry,
    choose: (files: Manifest['files']) => readonly string[],
  ): Promise<Map<string, Buffer>>
}

/** Number of versions that a model keeps, and the versions that were retired. */
export interface KeptVersions {
  /** Null: all. */
  keepVersions: number | null
  /** Numbers of the versions that were retired just now, oldest first. */
  retired: number[]
}

/**
 * Creates the registry of a store. Nothing is read before the first call.
 * @param options.keepVersions versions that a model without a setting of its own keeps; null (default): all
 */
export function createModelRegistry(
  store: Store,
  { keepVersions = null }: { keepVersions?: number | null } = {},
): ModelRegistry {
  const changes = openChangeFeed(store)
  const generations = noting(openGenerations(store), changes)
  const audit = createAudit(store)
  const kept = (state: ModelState) => versionsKept(state, keepVersions)
  const retire = (model: string, by: string | null, cause: string) =>
    retireVersions({ generations, audit }, model, kept, { by, cause })

  /** A deleted model is unknown, but its log continues if a version is published under its name. */
  const headOf = async (model: string) => {
    const head = await generations.head(model)
    return head?.state.deleted ? undefined : head
  }
  const known = async (model: string): Promise<Generation> => {
    const head = await headOf(model)
    if (head) return head
    throw unknown('unknown-model', 'model', model, { known: await generations.names() })
  }
  const change = async (
    model: string,
    by: string | null,
    step: (state: ModelState) => Change | undefined,
  ) => {
    await known(model)
    await generations.append(model, by, (state) => {
      if (state.deleted) throw unknown('unknown-model', 'model', model)
      return step(state)
    })
  }
  const entryOf = async (model: string, versionOrAlias: string | number) => {
    const { state } = await known(model)
    if (/^\d+$/.test(String(versionOrAlias))) return findVersion(state, model, Number(versionOrAlias))
    const alias = aliasOf(state, String(versionOrAlias))
    if (alias) return findVersion(state, model, alias.version)
    throw unknownAlias(state, model, String(versionOrAlias))
  }

  return {
    names: generations.names,
    heads: openHeads(store, generations),
    changes,
    head: headOf,
    log: async (model, page) => pageOf(generations, await known(model), model, page),
    async versionOf(model, job) {
      const head = await generations.head(model)
      return head && versionOf(head.state, job)
    },
    async publish(model, publication, by) {
      const entry = await publish(generations, model, publication, by)
      // The version is published whatever happens to older ones; the next publication tries again.
      await retire(model, null, publication.job).catch(() => undefined)
      return entry
    },
    async setAlias(model, alias, version, by) {
      await known(model)
      let move: AliasMove = { alias, version, previous: null }
      await generations.append(model, by, (state) => {
        findVersion(state, model, version)
        checkRoomForAlias(state, model, alias)
        const current = aliasOf(state, alias)
        move = { alias, version, previous: current?.version ?? null }
        if (current?.version === version) {
          move.previous = current.before.at(-1) ?? null
          return undefined
        }
        return { events: [{ type: 'aliasSet', ...move }], state: pointAt(state, alias, version) }
      })
      return move
    },
    removeAlias: (model, alias, by) => change(model, by, (state) => aliasRemoved(state, model, alias)),
    async deleteVersion(model, versionOrAlias, by) {
      const { version } = await entryOf(model, versionOrAlias)
      await change(model, by, (state) => versionDeleted(state, model, version))
    },
    deleteModel: (model, by) => change(model, by, (state) => modelDeleted(state, model)),
    setSchedule: (model, schedule, by) => change(model, by, (state) => scheduleSet(state, schedule)),
    removeSchedule: (model, by) => change(model, by, (state) => scheduleRemoved(state, model)),
    async setKeepVersions(model, keep, by, cause) {
      await change(model, by, (state) => keepVersionsSet(state, keep))
      const retired = await retire(model, by, cause)
      return { keepVersions: kept((await known(model)).state), retired }
    },
    keepVersions: kept,
    async describe(model, versionOrAlias, said, by) {
      const version =
        versionOrAlias === undefined ? undefined : (await entryOf(model, versionOrAlias)).version
      await change(model, by, (state) => described(state, model, version, said))
      return descriptionOf(version === undefined ? (await known(model)).state : await entryOf(model, version))
    },
    noteRun: (model, run) => change(model, null, (state) => runNoted(state, run)),
    async rollback(model, by) {
      await known(model)
      let move: AliasMove | undefined
      await generations.append(model, by, (state) => {
        const change = rolledBack(state, model)
        move = change.move
        return { events: [{ type: 'rolledBack', ...change.move }], state: change.state }
      })
      return move as AliasMove
    },
    entry: entryOf,
    manifest: (model, entry) => readManifest(store, model, entry),
    readArtifact: (model, entry, file) => readArtifact(store, model, entry, file),
    readArtifacts: (model, entry, choose) => readArtifacts(store, model, entry, choose),
  }
}

/** Returns logs whose every change is noted in the change feed. */
function noting(generations: Generations, changes: ChangeFeed): Generations {
  return {
    ...generations,
    async append(model, by, decide) {
      const made = await generations.append(model, by, decide)
      // The change is committed; a process that misses this note finds the change in its next scan of all models.
      if (made) await changes.note(model).catch(() => undefined)
      return made
    },
  }
}

async function pageOf(
  generations: Generations,
  head: Generation,
  model: string,
  page: PageRequest,
): Promise<Page<Generation>> {
  if (page.cursor !== undefined && !/^[1-9]\d{0,11}$/.test(page.cursor)) {
    throw badCursor()
  }
  const items: Generation[] = []
  let number = Math.min(head.generation, Number(page.cursor ?? head.generation))
  for (; number > 0 && items.length < page.limit; number -= 1) {
    // A damaged entry must not hide the others.
    const item = await unlessDamaged(() => generations.at(model, number))
    if (item) items.push(item)
  }
  return { items, next: number > 0 ? String(number) : null }
}
