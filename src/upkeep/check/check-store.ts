import type { Store } from '../../store/contract.ts'
import { checkDatasets } from './check-datasets.ts'
import { checkJobs } from './check-jobs.ts'
import { checkModels } from './check-models.ts'
import { type Fault, Findings } from './findings.ts'

/** Content of a store, and its faults. */
export interface StoreReport {
  /** Number of data sets. */
  datasets: number
  /** Number of published versions, deleted ones included. */
  versions: number
  /** Number of jobs, folds and trials included. */
  jobs: number
  /** Ids of jobs without an outcome. */
  open: string[]
  /** Ids of data sets that an upload or a deletion left half done; no client can reach them. */
  left: string[]
  faults: Fault[]
}

/**
 * Checks a store for contradictions: the log of each model against its own events, the files of each version against
 * its manifest (and the model must answer), jobs against the versions that they made, names against data sets. It
 * changes nothing and may run beside a service: since a change in progress may look wrong for a moment, a fault counts
 * only if a second run finds it too.
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
