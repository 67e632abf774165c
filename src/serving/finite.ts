import { FitserveError } from '../errors.ts'
import type { Prediction } from '../models/predictor.ts'

/** Tells whether a prediction's numbers are finite. */
export function isFiniteAnswer(prediction: Prediction): boolean {
  if ('values' in prediction) return Object.values(prediction.values).every(Number.isFinite)
  if ('labels' in prediction) return Object.values(prediction.probabilities).every(Number.isFinite)
  return Number.isFinite('value' in prediction ? prediction.value : prediction.score)
}

/** Returns the error about a prediction that is not finite, which JSON cannot hold: the network is broken. */
export function notFinite(): FitserveError {
  return new FitserveError('corrupt-artifact', 'The prediction of the model is not a finite number.')
}
