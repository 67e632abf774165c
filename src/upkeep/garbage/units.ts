import { PREDICTIONS } from '../../jobs/predictions/files.ts'
import type { Store } from '../../store/contract.ts'

/** Keys that are kept or deleted together. */
export interface Unit {
  kind:
    | 'artifacts'
    | 'checkpoints'
    | 'job'
    | 'ordered'
    | 'dataset'
    | 'deletion'
    | 'fingerprint'
    | 'idempotency'
    | 'webhook'
    | 'probe'
    | 'prediction'
  /** A key, or the common prefix of its keys, with a `/` at its end. */
  key: string
  /** The attempt's folder, the id of the job or data set, or the file's name. */
  name: string
  keys: number
  bytes: number
  /** Age of its youngest key, in ms. */
  ageMs: number
}

/** Finds the unit and its name in a key, by kind. Keys that match none of these (logs, the audit) are never garbage. */
const PLACES: readonly [Unit['kind'], RegExp][] = [
  ['artifacts', /^artifacts\/([^/]+)\//],
  ['checkpoints', /^jobs\/([^/]+)\/checkpoints\//],
  ['job', /^jobs\/([^/]+)\//],
  ['dataset', /^datasets\/(ds_[^/]+)\//],
  ['deletion', /^deletions\/([^/]+)\/[^/]+$/],
  ['fingerprint', /^fingerprints\/[^/]+\/([^/]+)$/],
  ['idempotency', /^idempotency\/([^/]+)$/],
  ['prediction', /^predictions\/([^/]+)\/[^/]+$/],
  ['probe', /^probes\/([^/]+)$/],
  ['webhook', /^webhooks\/([^/.]+)\.\d+$/],
]
/** Folders of the store that are searched. */
const FOLDERS = [
  'artifacts/',
  'jobs/',
  'datasets/',
  'deletions/',
  'fingerprints/',
  'idempotency/',
  'webhooks/',
  'probes/',
  PREDICTIONS,
]

/** The file that makes a job or a data set valid. Nothing below it is garbage while it is there. */
const WHOLE = /^(jobs\/[^/]+\/)record\.json$|^(datasets\/[^/]+\/)description\.json$/

/**
 * Lists the units that might be garbage. Data sets are among them only without their description. A job with a record is
 * `ordered`: it may be a part without the job that it belongs to.
 */
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
  const found: Unit[] = []
  for (const unit of units.values()) {
    if (!whole.has(unit.key)) found.push(unit)
    else if (unit.kind === 'job') found.push({ ...unit, kind: 'ordered' })
  }
  return found
}

function placeOf(key: string): Pick<Unit, 'kind' | 'key' | 'name'> | undefined {
  for (const [kind, place] of PLACES) {
    const [whole, name] = place.exec(key) ?? []
    if (whole !== undefined && name !== undefined) return { kind, key: whole, name }
  }
  return undefined
}
