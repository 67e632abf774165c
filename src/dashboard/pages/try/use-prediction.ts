import { answerOf, api, type Schemas } from '../../api/client.ts'
import { useAsked } from '../../parts/use-asked.ts'

/** Milliseconds without typing after which the model is asked. */
const PAUSE_MS = 150

/** What the model answers, to which question, and how long the answer took, in milliseconds. */
export interface Prediction {
  answer: Schemas['PredictAnswer'] | undefined
  question: Schemas['PredictRequest'] | undefined
  ms: number | undefined
  error: Error | undefined
}

/** Asks while the question is being written; undefined: there is nothing to ask. */
export function usePrediction(question: Schemas['PredictRequest'] | undefined): Prediction {
  const { answer, error } = useAsked(question, predict, PAUSE_MS)
  return { answer: answer?.prediction, question: answer?.question, ms: answer?.ms, error }
}

async function predict(question: Schemas['PredictRequest'], signal: AbortSignal) {
  const began = performance.now()
  const prediction = await answerOf(api.POST('/predict', { body: question, signal }))
  return { prediction, question, ms: performance.now() - began }
}
