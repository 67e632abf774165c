import { FitserveError } from '../../errors.ts'
import type { Prediction } from '../../models/predictor.ts'

export function isFiniteAnswer(prediction: Prediction): boolean {
  return Number.isFinite('value' in prediction ? prediction.value : prediction.score)
}

/** JSON has no NaN: a network that answers one is broken, and that is said instead. */
export function notFinite(): FitserveError {
  return new FitserveError('corrupt-artifact', 'The model answers no finite number.')
}
