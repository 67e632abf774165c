import { descriptionOf } from '../../registry/descriptions.ts'
import type { ModelState, VersionEntry } from '../../registry/model-log.ts'

/** Returns a version with the aliases that point to it, as the API answers it. */
export function summaryOf(entry: VersionEntry, { aliases }: Pick<ModelState, 'aliases'>) {
  const { version, job, createdAt } = entry
  const pointing = Object.entries(aliases).filter(([, alias]) => alias.version === version)
  return {
    version,
    job,
    createdAt,
    aliases: pointing.map(([alias]) => alias).sort(),
    ...descriptionOf(entry),
  }
}
