import { unlessDamaged } from '../../errors.ts'
import { exampleRow } from '../../models/example-row.ts'
import { loadPredictor } from '../../models/predictor.ts'
import { PRODUCTION } from '../../registry/alias-moves.ts'
import { Generation, type VersionEntry } from '../../registry/model-log.ts'
import { createModelRegistry, type ModelRegistry } from '../../registry/registry.ts'
import { readAllFiles, versionFilesIn } from '../../registry/version-files.ts'
import type { Store } from '../../store/contract.ts'
import { readSealed } from '../../store/sealed-values.ts'
import { countsFromOne, type Findings, UNREADABLE } from './findings.ts'

/** A version that was published, whether it is still there or not. */
export interface Published {
  model: string
  version: number
  job: string
  /**
   * Whether a job of this store made it. False for an imported version, and for a deleted one, of which it is unknown.
   */
  trainedHere: boolean
}

/** Replays the log of every model, and has every version that is not deleted answer a row. */
export async function checkModels(store: Store, findings: Findings): Promise<Published[]> {
  const models = createModelRegistry(store)
  const all: Published[] = []
  for (const model of await store.children('models/')) {
    const replayed = await checkLog(store, model, findings)
    for (const entry of replayed.versions) {
      const key = `${entry.artifacts} (version ${entry.version} of ${model})`
      const trainedHere = await findings.attempt(key, () => checkVersion(models, model, entry))
      for (const it of replayed.published)
        if (it.version === entry.version) it.trainedHere = trainedHere === true
    }
    all.push(...replayed.published)
  }
  const first = new Map<string, Published>()
  for (const each of all) {
    const { model, version } = first.get(each.job) ?? {}
    if (version === undefined) first.set(each.job, each)
    else
      findings.add(
        `jobs/${each.job}/`,
        `It has two versions: ${version} of ${model} and ${each.version} of ${each.model}.`,
      )
  }
  return all
}

/** The state of a model, built from the events of its log. */
class Replay {
  readonly published: Published[] = []
  readonly versions = new Set<number>()
  readonly aliases = new Map<string, number>()
  /** Number of the next version. */
  #next = 1
  readonly #model: string
  readonly #key: string
  readonly #findings: Findings

  constructor(model: string, key: string, findings: Findings) {
    this.#model = model
    this.#key = key
    this.#findings = findings
  }

  step(event: Generation['events'][number], generation: Generation): void {
    switch (event.type) {
      case 'published': {
        const { version, job } = event
        if (version !== this.#next)
          this.#findings.add(this.#key, `Version ${version} was published as number ${this.#next}.`)
        this.#next += 1
        this.published.push({ model: this.#model, version, job, trainedHere: false })
        this.versions.add(version)
        break
      }
      case 'promoted':
        this.aliases.set(PRODUCTION, event.version)
        break
      case 'aliasSet':
      case 'rolledBack':
        this.aliases.set(event.alias, event.version)
        break
      case 'aliasRemoved':
        this.aliases.delete(event.alias)
        break
      case 'versionDeleted':
        this.versions.delete(event.version)
        break
      case 'versionsRetired':
        for (const version of event.versions) this.versions.delete(version)
        break
      case 'repaired':
        this.#repaired(generation)
        break
      case 'modelDeleted':
        this.versions.clear()
        this.aliases.clear()
        break
    }
  }

  /** Goes on with the state after a repair: what the lost generations did is not known. */
  #repaired({ state }: Generation): void {
    for (const { version, job } of state.versions)
      if (!this.published.some((known) => known.version === version))
        this.published.push({ model: this.#model, version, job, trainedHere: false })
    this.versions.clear()
    this.aliases.clear()
    for (const { version } of state.versions) this.versions.add(version)
    for (const [alias, { version }] of Object.entries(state.aliases)) this.aliases.set(alias, version)
    this.#next = state.nextVersion
  }

  /** Compares the state in a generation with the one that the events lead to. */
  compare({ generation, state }: Generation): void {
    const wrong = (what: string) => this.#findings.add(this.#key, `Entry ${generation}: ${what}`)
    const listed = state.versions.map(({ version }) => version)
    if (!same(listed, [...this.versions]))
      wrong(`its versions are ${listed}, but its events lead to ${[...this.versions]}.`)
    const pairs = Object.entries(state.aliases).map(([alias, { version }]) => `${alias} ${version}`)
    const expected = [...this.aliases].map(([alias, version]) => `${alias} ${version}`)
    if (!same(pairs, expected)) wrong(`its aliases are ${pairs}, but its events lead to ${expected}.`)
    if (state.nextVersion !== this.#next) wrong(`its next version is ${state.nextVersion}.`)
    for (const [alias, { version }] of Object.entries(state.aliases))
      if (!this.versions.has(version)) wrong(`${alias} points at version ${version}, which does not exist.`)
  }
}

async function checkLog(
  store: Store,
  model: string,
  findings: Findings,
): Promise<{ published: Published[]; versions: VersionEntry[] }> {
  const key = `models/${model}/log/`
  const names = await store.children(key)
  if (!countsFromOne(names)) findings.add(key, `Its entries have a gap: ${names.join(', ')}.`)
  const replay = new Replay(model, key, findings)
  const damaged = new Map<number, string>()
  let versions: VersionEntry[] = []
  for (const name of names) {
    const file = `${key}${name}`
    const read = () => readSealed(store, file, Generation, { onDamage: 'throw', message: UNREADABLE })
    const generation = await unlessDamaged(read)
    if (!generation) {
      damaged.set(Number.parseInt(name, 10), file)
      continue
    }
    for (const event of generation.events) {
      // A repair says which generations it replaces.
      if (event.type === 'repaired') for (const lost of event.lost) damaged.delete(lost)
      replay.step(event, generation)
    }
    replay.compare(generation)
    versions = generation.state.versions
  }
  for (const file of damaged.values()) findings.add(file, UNREADABLE)
  return { published: replay.published, versions }
}

/** Reads every file of a version and lets the model answer. Returns whether it was trained here. */
async function checkVersion(models: ModelRegistry, model: string, entry: VersionEntry): Promise<boolean> {
  const { manifest, files } = await readAllFiles(models, model, entry)
  const predictor = loadPredictor(versionFilesIn(files))
  predictor.predict(exampleRow(predictor))
  return !('origin' in manifest)
}

function same(a: readonly (string | number)[], b: readonly (string | number)[]): boolean {
  return JSON.stringify([...a].sort()) === JSON.stringify([...b].sort())
}
