import { unlessDamaged } from '../errors.ts'
import type { Page } from '../page.ts'
import type { VersionEntry } from '../registry/model-log.ts'
import type { ModelRegistry } from '../registry/registry.ts'
import { type Condition, fulfils } from './conditions.ts'

/** Manifests that are read for a page at most, and at once. */
const MAX_LOOKED = 100
const READS_AT_ONCE = 8
/** Bytes of manifests after which a page ends. Usual ones have some kilobytes, but imported ones may have megabytes. */
const MAX_BYTES = 16 * 2 ** 20

/**
 * Returns those of a model's versions whose manifests fulfil all conditions, in their order. A page may have fewer of them than
 * its limit, even none, although another one follows. Damaged manifests are left out.
 * @param entries the versions from the first one of the page on
 */
export async function findVersions(
  models: Pick<ModelRegistry, 'manifest'>,
  model: string,
  entries: readonly VersionEntry[],
  { conditions, limit }: { conditions: readonly Condition[]; limit: number },
): Promise<Page<VersionEntry>> {
  const items: VersionEntry[] = []
  let looked = 0
  let bytes = 0
  while (looked < entries.length) {
    if (looked >= MAX_LOOKED || bytes >= MAX_BYTES)
      return { items, next: String(entries[looked - 1]?.version) }
    const some = within(entries.slice(looked, looked + READS_AT_ONCE), MAX_BYTES - bytes)
    const found = await Promise.all(
      some.map((entry) =>
        unlessDamaged(async () => fulfils(await models.manifest(model, entry), conditions)),
      ),
    )
    for (const [at, entry] of some.entries()) {
      if (found[at]) items.push(entry)
      const isLast = looked + at + 1 === entries.length
      if (items.length === limit && !isLast) return { items, next: String(entry.version) }
    }
    looked += some.length
    bytes += some.reduce((sum, { manifest }) => sum + manifest.bytes, 0)
  }
  return { items, next: null }
}

/** Returns the first entry, and those after it whose manifests have at most so many bytes together with it. */
function within(entries: readonly VersionEntry[], bytes: number): readonly VersionEntry[] {
  let sum = 0
  return entries.filter(({ manifest }, at) => {
    sum += manifest.bytes
    return at === 0 || sum <= bytes
  })
}
