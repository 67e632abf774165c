import { FitserveError, unlessDamaged } from '../errors.ts'
import type { Store } from '../store/contract.ts'
import { seal } from '../store/sealed.ts'
import { openChangeFeed } from './change-feed.ts'
import { modelLog, openGenerations } from './generations.ts'
import type { Generation, ModelState, VersionEntry } from './model-log.ts'

/** The damaged end of a model's log. */
export interface DamagedEnd {
  model: string
  /** Numbers of the damaged generations, ascending, up to the newest one. */
  lost: number[]
  /** The newest generation before them. */
  last: Generation
}

/**
 * Finds the damaged generations at the end of a model's log; undefined where the newest one can be read.
 * @throws FitserveError `unknown-model` for a model without a log, `corrupt-artifact` where no generation can be read
 */
export async function findDamagedEnd(store: Store, model: string): Promise<DamagedEnd | undefined> {
  const generations = openGenerations(store)
  const newest = await modelLog(store, model).newest()
  if (newest === 0) throw new FitserveError('unknown-model', `There is no model "${model}" in this store.`)
  const lost: number[] = []
  for (let number = newest; number > 0; number -= 1) {
    const last = await unlessDamaged(() => generations.at(model, number))
    if (last) return lost.length === 0 ? undefined : { model, lost, last }
    lost.unshift(number)
  }
  throw new FitserveError(
    'corrupt-artifact',
    `No entry of the log of "${model}" can be read. Only a backup can bring the model back.`,
  )
}

/** Returns the state with which a log goes on: that before the damage, and the versions that were found again. */
export function stateAfterDamage({ last, lost }: DamagedEnd, found: readonly VersionEntry[]): ModelState {
  const { deleted: _deleted, ...state } = last.state
  const versions = [...state.versions, ...found].sort((a, b) => a.version - b.version)
  // Each lost generation may have published one version, whose number must not be used again.
  const nextVersion = Math.max(state.nextVersion + lost.length, ...found.map(({ version }) => version + 1))
  return found.length > 0 ? { ...state, versions, nextVersion } : { ...last.state, nextVersion }
}

/**
 * Appends the generation with which a log goes on behind its damaged end. Nothing is overwritten.
 * @returns its number; undefined where another process was faster
 */
export async function appendRepair(
  store: Store,
  { model, lost }: DamagedEnd,
  state: ModelState,
  restored: readonly number[],
): Promise<number | undefined> {
  const generation = (lost.at(-1) ?? 0) + 1
  const next: Generation = {
    generation,
    at: new Date().toISOString(),
    by: null,
    events: [{ type: 'repaired', lost, restored: [...restored] }],
    state,
  }
  const log = modelLog(store, model)
  if (!(await log.create(generation, seal(next)))) return undefined
  // Where this note is missing, services find the change in their next look at all models.
  await openChangeFeed(store)
    .note(model)
    .catch(() => undefined)
  return generation
}
