import { useEffect, useState } from 'preact/hooks'
import { answerOf, api, type Schemas } from '../../api/client.ts'
import { errorOf } from '../../api/problem.ts'

/** Milliseconds without typing after which the model is asked. */
const PAUSE_MS = 150

/** What the model answers, and how long the answer took, in milliseconds. */
export interface Prediction {
  answer: Schemas['PredictAnswer'] | undefined
  ms: number | undefined
  error: Error | undefined
}

/** Asks while the question is being written; undefined: there is nothing to ask. */
export function usePrediction(question: Schemas['PredictRequest'] | undefined): Prediction {
  const [prediction, setPrediction] = useState<Prediction>({
    answer: undefined,
    ms: undefined,
    error: undefined,
  })
  useEffect(() => {
    if (!question) return setPrediction({ answer: undefined, ms: undefined, error: undefined })
    const aborter = new AbortController()
    const timer = setTimeout(async () => {
      const began = performance.now()
      try {
        const answer = await answerOf(api.POST('/predict', { body: question, signal: aborter.signal }))
        setPrediction({ answer, ms: performance.now() - began, error: undefined })
      } catch (cause) {
        if (aborter.signal.aborted) return
        const error = errorOf(cause)
        setPrediction((before) => ({ ...before, error }))
      }
    }, PAUSE_MS)
    return () => {
      clearTimeout(timer)
      aborter.abort()
    }
  }, [JSON.stringify(question)])
  return prediction
}
