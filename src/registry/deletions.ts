import { FitserveError } from '../errors.ts'
import type { Change } from './generations.ts'
import type { ModelState, VersionEntry } from './model-log.ts'
import { aliasOf, clip, findVersion, unknown } from './model-lookup.ts'

/** How many deleted versions are remembered; those whose jobs have not ended yet are among the newest. */
const MAX_GONE = 20

/** A version less. @throws FitserveError `unknown-version`, `version-in-use` */
export function versionDeleted(state: ModelState, model: string, version: number): Change {
  const entry = findVersion(state, model, version)
  const pointing = Object.keys(state.aliases).filter((alias) => aliasOf(state, alias)?.version === version)
  if (pointing.length > 0) throw inUse(`Version ${version} of "${model}"`, pointing)
  const versions = state.versions.filter((each) => each.version !== version)
  const gone = withGone(state, [entry])
  return { events: [{ type: 'versionDeleted', version }], state: { ...state, versions, gone } }
}

/** The end of a model: what stays is its next version's number, and which versions its last jobs have made. @throws FitserveError `version-in-use` */
export function modelDeleted(state: ModelState, model: string): Change {
  const aliases = Object.keys(state.aliases)
  if (aliases.length > 0) throw inUse(`The model "${model}"`, aliases)
  const { nextVersion, versions } = state
  return {
    events: [{ type: 'modelDeleted', versions: versions.map(({ version }) => version) }],
    state: { versions: [], aliases: {}, nextVersion, deleted: true, gone: withGone(state, versions) },
  }
}

function withGone({ gone = [] }: ModelState, more: readonly VersionEntry[]): VersionEntry[] {
  return [...gone, ...more].slice(-MAX_GONE)
}

/** An alias less. @throws FitserveError `unknown-alias` */
export function aliasRemoved(state: ModelState, model: string, alias: string): Change {
  const current = aliasOf(state, alias)
  if (!current)
    throw unknown(
      'unknown-alias',
      `"${model}" has no alias "${clip(alias)}".`,
      Object.keys(state.aliases).sort(),
    )
  const aliases = Object.fromEntries(Object.entries(state.aliases).filter(([name]) => name !== alias))
  return {
    events: [{ type: 'aliasRemoved', alias, previous: current.version }],
    state: { ...state, aliases },
  }
}

function inUse(what: string, aliases: readonly string[]): FitserveError {
  const listed = [...aliases].sort().slice(0, 20).join(', ')
  return new FitserveError(
    'version-in-use',
    `${what} is in use: an alias points there (${listed}). Point it elsewhere or delete the alias first.`,
  )
}
