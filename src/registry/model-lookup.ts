import { FitserveError } from '../errors.ts'
import type { AliasState, ModelState, VersionEntry } from './model-log.ts'

/** How many names a message lists. */
const MAX_LISTED = 20

/** An alias may have a name that every object inherits (`constructor`). */
export function aliasOf(state: ModelState, alias: string): AliasState | undefined {
  return Object.hasOwn(state.aliases, alias) ? state.aliases[alias] : undefined
}

/** @throws FitserveError `unknown-version`, listing what there is */
export function findVersion(state: ModelState, model: string, number: number): VersionEntry {
  const entry = state.versions.find(({ version }) => version === number)
  if (entry) return entry
  const newestFirst = state.versions.map(({ version }) => String(version)).reverse()
  throw unknown('unknown-version', `"${model}" has no version ${number}.`, newestFirst)
}

/** The version that a job has made, also where it has been deleted since. */
export function versionOf({ versions, gone = [] }: ModelState, job: string): VersionEntry | undefined {
  return versions.find((entry) => entry.job === job) ?? gone.find((entry) => entry.job === job)
}

/** What is said of something that is not there. @param there what there is; null: nothing to choose from */
export function unknown(
  code: 'unknown-model' | 'unknown-version' | 'unknown-alias' | 'unknown-schedule',
  sentence: string,
  there: readonly string[] | null,
): FitserveError {
  if (there === null) return new FitserveError(code, sentence)
  const listed = there.slice(0, MAX_LISTED).join(', ')
  const more = there.length > MAX_LISTED ? ` and ${there.length - MAX_LISTED} more` : ''
  return new FitserveError(
    code,
    `${sentence} There ${there.length === 0 ? 'is none yet' : `is: ${listed}${more}`}.`,
  )
}

/** A name as it is repeated in a message. */
export function clip(text: string): string {
  return text.length > 64 ? `${text.slice(0, 64)}…` : text
}
