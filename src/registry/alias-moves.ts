import { FitserveError, quoted } from '../errors.ts'
import type { ModelState } from './model-log.ts'
import { aliasOf } from './model-lookup.ts'

/** The alias of the version that answers by default. */
export const PRODUCTION = 'production'
/** Earlier versions of an alias that are remembered, for roll-backs. */
const MAX_BEFORE = 100

/** Aliases that a model may have beside `production`: each generation of its log holds them all. */
const MAX_ALIASES = 100

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

/** @throws FitserveError `invalid-request` if the model has no room for one more alias */
export function checkRoomForAlias(state: ModelState, model: string, alias: string): void {
  if (alias === PRODUCTION || aliasOf(state, alias)) return
  const others = Object.keys(state.aliases).filter((name) => name !== PRODUCTION)
  if (others.length < MAX_ALIASES) return
  const message = `${quoted(model)} has ${others.length} aliases beside "${PRODUCTION}"; at most ${MAX_ALIASES} are possible. Delete one that is not needed with DELETE /models/${model}/aliases/{alias}.`
  throw new FitserveError('invalid-request', message, { problems: [{ path: '/alias', message }] })
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
