import { inParallel } from '../runtime/in-parallel.ts'
import type { Audit } from './audit.ts'
import { withGone } from './deletions.ts'
import type { Change, Generations } from './generations.ts'
import type { ModelState } from './model-log.ts'

/** Audit entries that are written at once. */
const WRITES_AT_ONCE = 8

/** Returns how many of its newest versions a model keeps, by its own setting or the service's; null: all of them. */
export function versionsKept({ keepVersions }: ModelState, byDefault: number | null): number | null {
  return keepVersions ?? byDefault
}

/** Returns the change that sets how many versions a model keeps. @param keepVersions null: as many as the service says */
export function keepVersionsSet(state: ModelState, keepVersions: number | null): Change | undefined {
  const { keepVersions: before = null, ...rest } = state
  if (before === keepVersions) return undefined
  return {
    events: [{ type: 'keepVersionsSet', keepVersions }],
    state: keepVersions === null ? rest : { ...rest, keepVersions },
  }
}

/** Returns the numbers of the versions to retire, oldest first: older than the newest, and without an alias. */
function retirable({ versions, aliases }: ModelState, keep: number): number[] {
  const pointedAt = new Set(Object.values(aliases).map(({ version }) => version))
  return versions
    .slice(0, Math.max(0, versions.length - keep))
    .flatMap(({ version }) => (pointedAt.has(version) ? [] : [version]))
}

/**
 * Deletes the versions of a model beyond those that it keeps. Each has an entry in the audit log, whose intent is kept
 * before the change. Their files are collected as garbage.
 * @param keep how many of the newest versions stay; null: all of them
 * @param cause what led to it, for the audit: the id of a request or a job
 * @returns their numbers, oldest first
 */
export async function retireVersions(
  { generations, audit }: { generations: Generations; audit: Pick<Audit, 'open'> },
  model: string,
  keep: (state: ModelState) => number | null,
  { by, cause }: { by: string | null; cause: string },
): Promise<number[]> {
  const state = (await generations.head(model))?.state
  const most = state && keep(state)
  if (!state || most == null) return []
  const planned = retirable(state, most)
  if (planned.length === 0) return []
  const entries = new Map(
    planned.map((version) => {
      const target = `/models/${model}/versions/${version}`
      return [version, audit.open({ by, action: 'retireVersion', target, request: cause, model })]
    }),
  )
  await inParallel([...entries.values()], WRITES_AT_ONCE, (entry) => entry.begin())
  let retired: number[] = []
  await generations.append(model, by, (newest) => {
    // An alias may have been pointed at one of them meanwhile, and a request may have deleted another.
    const still = new Set(retirable(newest, most))
    retired = planned.filter((version) => still.has(version))
    return retired.length === 0 ? undefined : versionsRetired(newest, retired, most)
  })
  await inParallel([...entries], WRITES_AT_ONCE, ([version, entry]) =>
    retired.includes(version) ? entry.end(null) : entry.drop(),
  )
  return retired
}

function versionsRetired(state: ModelState, numbers: number[], keepVersions: number): Change {
  const isRetired = new Set(numbers)
  const retired = state.versions.filter(({ version }) => isRetired.has(version))
  const versions = state.versions.filter(({ version }) => !isRetired.has(version))
  return {
    events: [{ type: 'versionsRetired', versions: numbers, keepVersions }],
    state: { ...state, versions, gone: withGone(state, retired) },
  }
}
