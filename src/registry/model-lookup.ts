import { type FitserveError, unknown } from '../errors.ts'
import type { AliasState, ModelState, VersionEntry } from './model-log.ts'

/** Returns an alias's state; undefined where the model has none of that name, also for `constructor` and the like. */
export function aliasOf(state: ModelState, alias: string): AliasState | undefined {
  return Object.hasOwn(state.aliases, alias) ? state.aliases[alias] : undefined
}

/** Returns a version by its number. @throws FitserveError `unknown-version`, listing the versions that exist */
export function findVersion(state: ModelState, model: string, number: number): VersionEntry {
  const entry = state.versions.find(({ version }) => version === number)
  if (entry) return entry
  throw unknownVersion(state, model, number)
}

/** Returns the version that a job has made, also where it has been deleted since. */
export function versionOf({ versions, gone = [] }: ModelState, job: string): VersionEntry | undefined {
  return versions.find((entry) => entry.job === job) ?? gone.find((entry) => entry.job === job)
}

/** Returns the error about a version that does not exist, listing those that do, newest first. */
export function unknownVersion(state: ModelState, model: string, asked: number): FitserveError {
  const known = state.versions.map(({ version }) => version).reverse()
  return unknown('unknown-version', 'version', asked, { of: model, known })
}

/** Returns the error about an alias that does not exist, listing those that do. */
export function unknownAlias(state: ModelState, model: string, asked: string): FitserveError {
  return unknown('unknown-alias', 'alias', asked, { of: model, known: Object.keys(state.aliases).sort() })
}
