import { findDeletion, noteDeletion, resultKey } from '../../jobs/predictions/files.ts'
import type { JobRecords } from '../../jobs/records/records.ts'
import type { Store } from '../../store/contract.ts'
import type { Unit } from './units.ts'

/** What decides whether a file of a prediction is garbage. */
export interface PredictionGarbage {
  store: Store
  records: JobRecords
  /** Age from which a result is deleted, in ms; null: none is for its age. */
  predictionMs: number | null
}

/**
 * Returns the reason why a file of a prediction is garbage; undefined if it is not. The answers of parts are needed until
 * the prediction has ended, and the result for as long as results are kept.
 */
export async function predictionReason(
  { store, records, predictionMs }: PredictionGarbage,
  { key, name, ageMs }: Unit,
): Promise<string | undefined> {
  if (!(await store.has(`jobs/${name}/record.json`))) return 'No job with this id was ordered.'
  if (!(await records.hasEnded(name))) return undefined
  if (!(await isResult(records, { key, name }))) return 'The prediction has ended.'
  if (await findDeletion(store, name)) return 'The result was deleted.'
  return predictionMs !== null && ageMs >= predictionMs
    ? 'The result is older than PREDICTION_DAYS.'
    : undefined
}

/** Notes that the result of a prediction is deleted, so that its absence is no damage; nothing for other files. */
export async function noteExpiry(
  { store, records }: Pick<PredictionGarbage, 'store' | 'records'>,
  unit: Pick<Unit, 'key' | 'name'>,
): Promise<void> {
  if (!(await isResult(records, unit))) return
  await noteDeletion(store, unit.name, { at: new Date().toISOString(), by: null, expired: true })
}

async function isResult(records: JobRecords, { key, name }: Pick<Unit, 'key' | 'name'>): Promise<boolean> {
  const record = await records.find(name)
  const outcome = await records.outcome(name)
  if (record?.kind !== 'prediction' || !outcome?.answered?.file) return false
  return key === resultKey(name, outcome.attempt, record.format)
}
