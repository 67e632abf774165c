import { FitserveError } from '../errors.ts'
import { undescribed } from './descriptions.ts'
import type { Change } from './generations.ts'
import type { ModelState, VersionEntry } from './model-log.ts'
import { aliasOf, findVersion, unknownAlias } from './model-lookup.ts'

/** Deleted versions that are remembered: those whose jobs have not ended yet are among the newest. */
const MAX_GONE = 20

/** Returns the change that deletes a version. @throws FitserveError `unknown-version`, `version-in-use` */
export function versionDeleted(state: ModelState, model: string, version: number): Change {
  const entry = findVersion(state, model, version)
  const pointing = Object.keys(state.aliases).filter((alias) => aliasOf(state, alias)?.version === version)
  if (pointing.length > 0)
    throw inUse(`Version ${version} of "${model}"`, pointing, 'Point it elsewhere or delete the alias')
  const versions = state.versions.filter((each) => each.version !== version)
  const gone = withGone(state, [entry])
  return { events: [{ type: 'versionDeleted', version }], state: { ...state, versions, gone } }
}

/**
 * Returns the change that deletes a model. The number of its next version stays, and so do the versions that its last
 * jobs have made. @throws FitserveError `version-in-use`
 */
export function modelDeleted(state: ModelState, model: string): Change {
  const aliases = Object.keys(state.aliases)
  if (aliases.length > 0) throw inUse(`The model "${model}"`, aliases, 'Delete all aliases of the model')
  const { nextVersion, versions } = state
  return {
    events: [{ type: 'modelDeleted', versions: versions.map(({ version }) => version) }],
    state: { versions: [], aliases: {}, nextVersion, deleted: true, gone: withGone(state, versions) },
  }
}

/** Returns the deleted versions that are remembered, with further ones. */
export function withGone({ gone = [] }: ModelState, more: readonly VersionEntry[]): VersionEntry[] {
  return [...gone, ...more.map(undescribed)].slice(-MAX_GONE)
}

/** Returns the change that removes an alias. @throws FitserveError `unknown-alias` */
export function aliasRemoved(state: ModelState, model: string, alias: string): Change {
  const current = aliasOf(state, alias)
  if (!current) throw unknownAlias(state, model, alias)
  const aliases = Object.fromEntries(Object.entries(state.aliases).filter(([name]) => name !== alias))
  return {
    events: [{ type: 'aliasRemoved', alias, previous: current.version }],
    state: { ...state, aliases },
  }
}

/** @param remedy what to do about the aliases, in the imperative */
function inUse(what: string, aliases: readonly string[], remedy: string): FitserveError {
  const listed = [...aliases].sort().slice(0, 20).join(', ')
  return new FitserveError(
    'version-in-use',
    `${what} is in use: an alias points there (${listed}). ${remedy} first.`,
  )
}
