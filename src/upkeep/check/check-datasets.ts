import { z } from 'zod'
import { keptRejects } from '../../datasets/kept-rejects.ts'
import { keptTables } from '../../datasets/kept-tables.ts'
import type { Store } from '../../store/contract.ts'
import { readSealed } from '../../store/sealed-values.ts'
import { type Findings, UNREADABLE } from './findings.ts'

const Pointer = z.object({ dataset: z.string(), at: z.iso.datetime() })

/** The data sets of a store. */
export interface CheckedDatasets {
  /** Ids of data sets with a description. */
  ids: string[]
  /** Ids without a description: an upload or a deletion did not finish. */
  left: string[]
}

/** Checks every data set and the names that point at them. */
export async function checkDatasets(store: Store, findings: Findings): Promise<CheckedDatasets> {
  const table = keptTables(store)
  const rejectsOf = keptRejects(store)
  const found: CheckedDatasets = { ids: [], left: [] }
  for (const id of await store.children('datasets/')) {
    if (id === 'names') continue
    const key = `datasets/${id}/`
    if (!(await store.has(`${key}description.json`))) {
      found.left.push(id)
      continue
    }
    found.ids.push(id)
    await findings.attempt(key, async () => {
      const kept = await table(id)
      if (!kept) return findings.add(key, 'Its data is missing.')
      if (kept.description.id !== id) findings.add(key, 'Its description is of another data set.')
      const { rejected, rejects } = kept.description
      // The hash is of the whole file; without one each line is read.
      if (rejected > 0) await rejectsOf(kept.description, { offset: 0, limit: rejects ? 1 : rejected })
    })
  }
  await checkNames(store, findings)
  return found
}

async function checkNames(store: Store, findings: Findings): Promise<void> {
  for (const name of await store.children('datasets/names/'))
    for (const number of await store.children(`datasets/names/${name}/`)) {
      const key = `datasets/names/${name}/${number}`
      await findings.attempt(key, async () => {
        const pointer = await readSealed(store, key, Pointer, { onDamage: 'throw', message: UNREADABLE })
        if (!pointer) return findings.add(key, UNREADABLE)
        const { dataset } = pointer
        if (!(await store.has(`datasets/${dataset}/names/${name}`)))
          findings.add(key, `The data set ${dataset} does not list this name.`)
      })
    }
}
