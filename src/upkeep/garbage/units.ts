import type { Store } from '../../store/contract.ts'

/** Keys that are kept or deleted together. */
export interface Unit {
  kind: 'artifacts' | 'checkpoints' | 'job' | 'dataset' | 'fingerprint' | 'idempotency' | 'webhook' | 'probe'
  /** A key, or what all its keys begin with, with a `/` at its end. */
  key: string
  /** The attempt's folder, or the id of the job or data set that it is of; of others its name. */
  name: string
  keys: number
  bytes: number
  /** Age of its youngest key. */
  ageMs: number
}

/** Where each unit is in a key, and its name in that. What is not named here (logs, the audit) is never garbage. */
const PLACES: readonly [Unit['kind'], RegExp][] = [
  ['artifacts', /^artifacts\/([^/]+)\//],
  ['checkpoints', /^jobs\/([^/]+)\/checkpoints\//],
  ['job', /^jobs\/([^/]+)\//],
  ['dataset', /^datasets\/(ds_[^/]+)\//],
  ['fingerprint', /^fingerprints\/[^/]+\/([^/]+)$/],
  ['idempotency', /^idempotency\/([^/]+)$/],
  ['probe', /^probes\/([^/]+)$/],
  ['webhook', /^webhooks\/([^/.]+)\.\d+$/],
]
const FOLDERS = ['artifacts/', 'jobs/', 'datasets/', 'fingerprints/', 'idempotency/', 'webhooks/', 'probes/']

/** The file with which a job or a data set is there, whatever else is beside it. */
const WHOLE = /^(jobs\/[^/]+\/)record\.json$|^(datasets\/[^/]+\/)description\.json$/

/** What a store holds that might be garbage: jobs and data sets only where what makes them one is missing. */
export async function unitsOf(store: Store): Promise<Unit[]> {
  const units = new Map<string, Unit>()
  const whole = new Set<string>()
  for (const folder of FOLDERS)
    for await (const { key, bytes, ageMs } of store.entries(folder)) {
      const [, job, dataset] = WHOLE.exec(key) ?? []
      whole.add(job ?? dataset ?? '')
      const place = placeOf(key)
      if (!place) continue
      const unit = units.get(place.key) ?? { ...place, keys: 0, bytes: 0, ageMs }
      unit.keys += 1
      unit.bytes += bytes
      unit.ageMs = Math.min(unit.ageMs, ageMs)
      units.set(place.key, unit)
    }
  return [...units.values()].filter(({ key }) => !whole.has(key))
}

function placeOf(key: string): Pick<Unit, 'kind' | 'key' | 'name'> | undefined {
  for (const [kind, place] of PLACES) {
    const [whole, name] = place.exec(key) ?? []
    if (whole !== undefined && name !== undefined) return { kind, key: whole, name }
  }
  return undefined
}
