import { FitserveError } from '../errors.ts'
import type { ModelState } from './model-log.ts'
import { aliasOf } from './model-lookup.ts'

/** The alias of the version that answers by default. */
export const PRODUCTION = 'production'
/** Earlier versions of an alias that are remembered, for roll-backs. */
const MAX_BEFORE = 100

/** How an alias was moved: to `version`, from `previous` (null: it did not exist). */
export interface AliasMove {
  alias: string
  version: number
  previous: number | null
}

/** Returns the state after an alias is pointed at a version. */
export function pointAt(state: ModelState, alias: string, version: number): ModelState {
  const current = aliasOf(state, alias)
  const before = current ? [...current.before, current.version].slice(-MAX_BEFORE) : []
  return { ...state, aliases: { ...state.aliases, [alias]: { version, before } } }
}

/**
 * Returns the state after `production` is pointed at the version before, and the move. @throws FitserveError
 * `nothing-to-roll-back`
 */
export function rolledBack(state: ModelState, model: string) {
  const current = aliasOf(state, PRODUCTION)
  // Versions that have been deleted since are left out.
  const before = (current?.before ?? []).filter((number) =>
    state.versions.some((it) => it.version === number),
  )
  const version = before.pop()
  if (current === undefined || version === undefined) {
    const sentence = `The alias "${PRODUCTION}" of "${model}" has no earlier version to roll back to.`
    throw new FitserveError('nothing-to-roll-back', sentence)
  }
  return {
    move: { alias: PRODUCTION, version, previous: current.version },
    state: { ...state, aliases: { ...state.aliases, [PRODUCTION]: { version, before } } },
  }
}
