import { answerOf, api, type Schemas } from './client.ts'

/** Loads the metrics by epoch of a version. */
export function historyOf(model: string, version: number, signal: AbortSignal): Promise<Schemas['History']> {
  const path = { name: model, version: String(version) }
  return answerOf(api.GET('/models/{name}/versions/{version}/history', { params: { path }, signal }))
}

/** Loads the evaluation of a version. */
export function evaluationOf(
  model: string,
  version: number,
  signal: AbortSignal,
): Promise<Schemas['Evaluation']> {
  const path = { name: model, version: String(version) }
  return answerOf(api.GET('/models/{name}/versions/{version}/evaluation', { params: { path }, signal }))
}

/** Loads the threshold of a version; null where it has none. */
export async function thresholdOf(
  model: string,
  version: number,
  signal: AbortSignal,
): Promise<number | null> {
  const path = { name: model, version: String(version) }
  const { output } = await answerOf(
    api.GET('/models/{name}/versions/{version}/signature', { params: { path }, signal }),
  )
  return output.type === 'label' ? output.threshold : null
}
