import { FitserveError } from '../../errors.ts'
import type { Store } from '../../store/contract.ts'
import type { JobView, PredictionResult, PredictionView } from '../contract.ts'
import { findDeletion, noteDeletion, resultKey } from '../predictions/files.ts'
import { MEDIA_TYPES } from '../predictions/media-types.ts'
import type { Answered, JobOutcome, PredictionRecord } from '../records/records.ts'

/** A prediction with its outcome; undefined while it has not ended. */
export interface KnownPrediction {
  record: PredictionRecord
  outcome: JobOutcome | undefined
}

/** Returns the view of a prediction, with what is to be known of its result. @param view of its job */
export async function predictionView(
  store: Store,
  { record, outcome }: KnownPrediction,
  view: JobView,
): Promise<PredictionView> {
  if (view.kind !== 'prediction') throw new TypeError('Expected the view of a prediction')
  const deleted = outcome ? ((await findDeletion(store, record.id)) ?? null) : null
  const file = deleted ? null : (outcome?.answered?.file ?? null)
  return { ...view, result: file && resultView(record, file), deleted }
}

function resultView({ id, format }: PredictionRecord, { bytes, sha256 }: NonNullable<Answered['file']>) {
  return { path: `/predictions/${id}/result`, mediaType: MEDIA_TYPES[format], bytes, sha256 }
}

/** Returns the result of a prediction. @throws FitserveError `no-result`, `corrupt-artifact` */
export async function resultOf(store: Store, known: KnownPrediction): Promise<PredictionResult> {
  const { record, outcome } = known
  const file = outcome?.answered?.file
  if (!outcome || !file) throw withoutResult(known)
  const deleted = await findDeletion(store, record.id)
  if (deleted) throw alreadyDeleted(record.id, deleted.at)
  const { model, version, id, format } = record
  const key = resultKey(id, outcome.attempt, format)
  if (!(await store.has(key))) throw missing(id)
  return {
    mediaType: MEDIA_TYPES[format],
    bytes: file.bytes,
    sha256: file.sha256,
    fileName: `${model}-${version}-${id}.${format}`,
    async open(range) {
      const stream = await store.stream(key, range)
      if (stream) return stream
      throw missing(id)
    },
  }
}

/** Deletes the result of a prediction. @throws FitserveError `no-result` */
export async function deleteResult(store: Store, known: KnownPrediction, by: string | null): Promise<void> {
  const { record, outcome } = known
  const { id, format } = record
  if (!outcome?.answered?.file) throw withoutResult(known)
  const deleted = await findDeletion(store, id)
  if (deleted) throw alreadyDeleted(id, deleted.at)
  await noteDeletion(store, id, { at: new Date().toISOString(), by, expired: false })
  await store.delete(resultKey(id, outcome.attempt, format))
}

function withoutResult({ record: { id }, outcome }: KnownPrediction): FitserveError {
  const said = outcome
    ? `The prediction ${id} has ${outcome.state === 'failed' ? 'failed' : 'been cancelled'}, so it has no result. POST /jobs/${id}/retry orders it again.`
    : `The prediction ${id} has not ended yet, so it has no result. GET /predictions/${id} says how far it is, DELETE /jobs/${id} cancels it.`
  return new FitserveError('no-result', said)
}

function alreadyDeleted(id: string, at: string): FitserveError {
  return new FitserveError(
    'no-result',
    `The result of the prediction ${id} was deleted at ${at}. Order a new prediction with POST /predictions.`,
  )
}

function missing(id: string): FitserveError {
  return new FitserveError('corrupt-artifact', `The result of the prediction ${id} is missing in the store.`)
}
