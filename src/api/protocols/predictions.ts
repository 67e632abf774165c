import type { Prediction } from '../../models/predictor.ts'
import type { PredictTarget, ServedSignature, Serving } from '../../serving/contract.ts'
import type { Deadline } from '../../serving/deadline.ts'
import { isFiniteAnswer, notFinite } from '../../serving/finite.ts'
import { checkRowCount } from '../requests/row-count.ts'

/** The model and version that a request names, as the service addresses them. */
export interface Named {
  model: string
  version?: PredictTarget['version']
}

/** Rows that are to be answered by one version. */
export interface RowsRequest {
  signature: ServedSignature
  rows: readonly unknown[]
  /** JSON pointer to the rows in the request's body. */
  path: string
  deadline: Deadline | undefined
  /** Limit on the rows. */
  maxBatch: number
}

/**
 * Answers rows by the version whose signature was read before, so that a promotion in between does not change what they
 * are. @throws FitserveError `invalid-rows`, and as `Serving.predict`
 */
export async function answerRows(
  serving: Pick<Serving, 'predict'>,
  { signature, rows, path, deadline, maxBatch }: RowsRequest,
): Promise<Prediction[]> {
  checkRowCount(rows, { most: maxBatch, path })
  const { model, version } = signature
  const { predictions } = await serving.predict({ model, version }, rows, {
    form: 'features',
    path,
    single: false,
    onError: 'refuse',
    deadline,
  })
  for (const prediction of predictions) if (!isFiniteAnswer(prediction)) throw notFinite()
  return predictions
}
