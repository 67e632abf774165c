import { FitserveError } from '../../errors.ts'
import { openGenerations } from '../../registry/generations.ts'
import type { Store } from '../../store/contract.ts'

/** Everything that the models' logs refer to. */
export interface References {
  /** Folders of artifacts, with a `/` at their end. */
  artifacts: Set<string>
  /** Jobs that have a version. */
  jobs: Set<string>
  /** Models whose log cannot be read, so that their references are not known. */
  unreadable: string[]
}

/**
 * Reads the newest state of every model, and the states before it that were the newest within the last `ageMs`
 * milliseconds: another process may still read a version that was just deleted.
 */
export async function readReferences(store: Store, ageMs: number): Promise<References> {
  const generations = openGenerations(store)
  const found: References = { artifacts: new Set(), jobs: new Set(), unreadable: [] }
  for (const model of await store.children('models/')) {
    try {
      let generation = await generations.head(model)
      while (generation) {
        for (const { artifacts, job } of generation.state.versions) {
          found.artifacts.add(artifacts)
          found.jobs.add(job)
        }
        const replaced = Date.now() - Date.parse(generation.at)
        if (replaced >= ageMs || generation.generation === 1) break
        generation = await generations.at(model, generation.generation - 1)
      }
    } catch (error) {
      if (!(error instanceof FitserveError) || error.code !== 'corrupt-artifact') throw error
      found.unreadable.push(model)
    }
  }
  return found
}
