import { FitserveError } from '../errors.ts'
import type { ModelState } from './model-log.ts'
import { aliasOf } from './model-lookup.ts'

export const PRODUCTION = 'production'
const MAX_BEFORE = 100

/** Where an alias points now, and where it did before. */
export interface AliasMove {
  alias: string
  version: number
  previous: number | null
}

/** The state after an alias was pointed at a version. */
export function pointAt(state: ModelState, alias: string, version: number): ModelState {
  const current = aliasOf(state, alias)
  const before = current ? [...current.before, current.version].slice(-MAX_BEFORE) : []
  return { ...state, aliases: { ...state.aliases, [alias]: { version, before } } }
}

/** The state after `production` was pointed where it was before. @throws FitserveError `nothing-to-roll-back` */
export function rolledBack(state: ModelState, model: string) {
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
