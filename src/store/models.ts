import { FitserveError } from '../errors.ts'
import type { Page, PageRequest } from '../page.ts'
import { type FileSummary, type Manifest, readArtifact, readManifest } from './artifacts.ts'
import type { Store } from './contract.ts'
import { type Generations, openGenerations } from './generations.ts'
import type {
  AliasState,
  Generation,
  ModelEvent,
  ModelState,
  PromotionComparison,
  VersionEntry,
} from './model-log.ts'

const PRODUCTION = 'production'
const MAX_BEFORE = 100
/** How many names a message lists. */
const MAX_LISTED = 20

/** Whether a new version becomes `production`. A function decides by the newest state, perhaps more than once. */
export type Promotion =
  | 'always'
  | 'never'
  | ((state: ModelState) => PromotionDecision | Promise<PromotionDecision>)

export interface PromotionDecision {
  promote: boolean
  reason: string
  /** The figures that decided, where there are some. */
  comparison?: PromotionComparison | undefined
}

export interface Publication {
  job: string
  attempt: number
  /** Key prefix of the attempt's files, with a `/` at its end. */
  artifacts: string
  manifest: FileSummary
  promote: Promotion
}

/** Where an alias points now, and where it did before. */
export interface AliasMove {
  alias: string
  version: number
  previous: number | null
}

/** The versions and aliases of all models. Every change is one new generation of the model's log. */
export interface ModelRegistry {
  /** Names of the models that have a log, ascending. */
  names(): Promise<string[]>
  /** The newest generation, or undefined where there is no such model. Cheap enough to call every second. */
  head(model: string): Promise<Generation | undefined>
  /** What happened to a model, newest first. @throws FitserveError `unknown-model` */
  log(model: string, page: PageRequest): Promise<Page<Generation>>
  /** Adds a version, unless the job already has one: then that one is answered and nothing changes. */
  publish(model: string, publication: Publication, by: string | null): Promise<VersionEntry>
  /** @throws FitserveError `unknown-model`, `unknown-version` */
  setAlias(model: string, alias: string, version: number, by: string | null): Promise<AliasMove>
  /** Points `production` where it pointed before. @throws FitserveError `unknown-model`, `nothing-to-roll-back` */
  rollback(model: string, by: string | null): Promise<AliasMove>
  /** @throws FitserveError `unknown-model`, `unknown-version`, `unknown-alias`, each listing what there is */
  entry(model: string, versionOrAlias: string | number): Promise<VersionEntry>
  /** @throws FitserveError `corrupt-artifact` */
  manifest(model: string, entry: VersionEntry): Promise<Manifest>
  /** A file of a version; undefined where its manifest names no such file. @throws FitserveError `corrupt-artifact` */
  readArtifact(model: string, entry: VersionEntry, file: string): Promise<Buffer | undefined>
}

export function createModelRegistry(store: Store): ModelRegistry {
  const generations = openGenerations(store)

  const known = async (model: string): Promise<Generation> => {
    const head = await generations.head(model)
    if (head) return head
    throw unknown('unknown-model', `There is no model "${clip(model)}".`, await generations.names())
  }

  return {
    names: generations.names,
    head: generations.head,
    log: async (model, page) => pageOf(generations, await known(model), model, page),
    publish: (model, publication, by) => publish(generations, model, publication, by),
    async setAlias(model, alias, version, by) {
      await known(model)
      let move: AliasMove = { alias, version, previous: null }
      await generations.append(model, by, (state) => {
        findVersion(state, model, version)
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
    async entry(model, versionOrAlias) {
      const { state } = await known(model)
      if (/^\d+$/.test(String(versionOrAlias))) return findVersion(state, model, Number(versionOrAlias))
      const alias = aliasOf(state, String(versionOrAlias))
      if (alias) return findVersion(state, model, alias.version)
      const sentence = `"${model}" has no alias "${clip(String(versionOrAlias))}".`
      throw unknown('unknown-alias', sentence, Object.keys(state.aliases).sort())
    },
    manifest: (model, entry) => readManifest(store, model, entry),
    readArtifact: (model, entry, file) => readArtifact(store, model, entry, file),
  }
}

async function publish(
  generations: Generations,
  model: string,
  publication: Publication,
  by: string | null,
): Promise<VersionEntry> {
  const { promote, ...files } = publication
  let entry: VersionEntry | undefined
  await generations.append(model, by, async (state) => {
    entry = state.versions.find((version) => version.job === files.job)
    if (entry) return undefined
    entry = { version: state.nextVersion, createdAt: new Date().toISOString(), ...files }
    const { version, job } = entry
    const added = { ...state, versions: [...state.versions, entry], nextVersion: version + 1 }
    const decision = await decide(promote, state)
    const previous = aliasOf(state, PRODUCTION)?.version ?? null
    const { reason, comparison } = decision
    const why = { version, reason, ...(comparison ? { comparison } : {}) }
    const outcome: ModelEvent = decision.promote
      ? { type: 'promoted', previous, ...why }
      : { type: 'notPromoted', ...why }
    return {
      events: [{ type: 'published', version, job }, outcome],
      state: decision.promote ? pointAt(added, PRODUCTION, version) : added,
    }
  })
  return entry as VersionEntry
}

async function decide(promote: Promotion, state: ModelState): Promise<PromotionDecision> {
  return typeof promote === 'function' ? promote(state) : { promote: promote === 'always', reason: promote }
}

function pointAt(state: ModelState, alias: string, version: number): ModelState {
  const current = aliasOf(state, alias)
  const before = current ? [...current.before, current.version].slice(-MAX_BEFORE) : []
  return { ...state, aliases: { ...state.aliases, [alias]: { version, before } } }
}

function rolledBack(state: ModelState, model: string) {
  const current = aliasOf(state, PRODUCTION)
  // Versions that have been deleted since are passed over.
  const before = (current?.before ?? []).filter((number) =>
    state.versions.some((it) => it.version === number),
  )
  const version = before.pop()
  if (current === undefined || version === undefined) {
    const sentence = `The alias "${PRODUCTION}" of "${model}" points at nothing before.`
    throw new FitserveError('nothing-to-roll-back', sentence)
  }
  return {
    move: { alias: PRODUCTION, version, previous: current.version },
    state: { ...state, aliases: { ...state.aliases, [PRODUCTION]: { version, before } } },
  }
}

/** An alias may have a name that every object inherits (`constructor`). */
function aliasOf(state: ModelState, alias: string): AliasState | undefined {
  return Object.hasOwn(state.aliases, alias) ? state.aliases[alias] : undefined
}

function findVersion(state: ModelState, model: string, number: number): VersionEntry {
  const entry = state.versions.find(({ version }) => version === number)
  if (entry) return entry
  const newestFirst = state.versions.map(({ version }) => String(version)).reverse()
  throw unknown('unknown-version', `"${model}" has no version ${number}.`, newestFirst)
}

async function pageOf(
  generations: Generations,
  head: Generation,
  model: string,
  page: PageRequest,
): Promise<Page<Generation>> {
  if (page.cursor !== undefined && !/^[1-9]\d{0,11}$/.test(page.cursor)) {
    throw new FitserveError('invalid-query', 'The cursor is none that a list has answered.')
  }
  const items: Generation[] = []
  let number = Math.min(head.generation, Number(page.cursor ?? head.generation))
  for (; number > 0 && items.length < page.limit; number -= 1) {
    const item = await generations.at(model, number)
    if (item) items.push(item)
  }
  return { items, next: number > 0 ? String(number) : null }
}

function unknown(
  code: 'unknown-model' | 'unknown-version' | 'unknown-alias',
  sentence: string,
  there: readonly string[],
): FitserveError {
  const listed = there.slice(0, MAX_LISTED).join(', ')
  const more = there.length > MAX_LISTED ? ` and ${there.length - MAX_LISTED} more` : ''
  return new FitserveError(
    code,
    `${sentence} There ${there.length === 0 ? 'is none yet' : `is: ${listed}${more}`}.`,
  )
}

function clip(text: string): string {
  return text.length > 64 ? `${text.slice(0, 64)}…` : text
}
