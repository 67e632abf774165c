import type { Store } from '../../store/contract.ts'
import { checkDatasets } from './check-datasets.ts'
import { checkJobs } from './check-jobs.ts'
import { checkModels } from './check-models.ts'
import { type Fault, Findings } from './findings.ts'

/** What is in a store, and what in it must not be. */
export interface StoreReport {
  datasets: number
  /** Those that were published, deleted ones included. */
  versions: number
  /** Folds and trials included. */
  jobs: number
  /** Ids of jobs without an outcome. */
  open: string[]
  /** Ids of data sets that an upload or a deletion left half done, which nobody can reach. */
  left: string[]
  faults: Fault[]
}

/**
 * Holds everything in a store against everything else: the logs of the models against their own events, each
 * version's files against its manifest (and the model answers), jobs against the versions that they made, names
 * against data sets. It changes nothing, and may be run beside a service: what is found is then looked for
 * once more, since what is being changed may look wrong for a moment.
 * @throws FitserveError `store-unavailable`
 */
export async function checkStore(store: Store): Promise<StoreReport> {
  const first = await checkOnce(store)
  if (first.faults.length === 0) return first
  const second = await checkOnce(store)
  const seen = new Set(first.faults.map(({ key, message }) => `${key} ${message}`))
  return { ...second, faults: second.faults.filter(({ key, message }) => seen.has(`${key} ${message}`)) }
}

async function checkOnce(store: Store): Promise<StoreReport> {
  const findings = new Findings()
  await store.ping()
  const datasets = await checkDatasets(store, findings)
  const published = await checkModels(store, findings)
  const { ended, open } = await checkJobs(store, published, findings)
  return {
    datasets: datasets.ids.length,
    versions: published.length,
    jobs: ended.length + open.length,
    open,
    left: datasets.left,
    faults: findings.faults,
  }
}
