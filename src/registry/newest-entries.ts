import type { Generation } from './model-log.ts'
import type { ModelRegistry } from './registry.ts'

/**
 * Yields the entries of a model's log, newest first, for a search that ends early: each entry is a read of the store.
 * @param most entries after which the search ends
 * @param page entries that are read before the first of them is yielded
 * @throws FitserveError `unknown-model`
 */
export async function* newestEntries(
  models: Pick<ModelRegistry, 'log'>,
  model: string,
  { most, page }: { most: number; page: number },
): AsyncGenerator<Generation> {
  let cursor: string | undefined
  for (let read = 0; read < most; read += page) {
    const { items, next } = await models.log(model, { limit: Math.min(page, most - read), cursor })
    yield* items
    if (next === null) return
    cursor = next
  }
}
