import type { Prediction } from '../../models/predictor.ts'
import type { Serving } from '../../serving/contract.ts'
import { isFiniteAnswer } from '../../serving/finite.ts'

/** The media type of the answer, as the framework writes it. */
export const JSON_ANSWER = 'application/json; charset=utf-8'

/** The one row of a request, as far as `PredictBody` allows it. */
export interface SingleRow {
  model: string | undefined
  version: string | number | undefined
  form: 'text' | 'features'
  row: unknown
}

/**
 * Reads the most frequent request, one row, in a fraction of the time of its schema; undefined where it is
 * anything else, or at fault: then the schema is asked, which also knows what is wrong.
 * @param body parsed JSON: the keys of bytes are their indices, which are listed before the first is looked at
 * @param named whether the path names the model, so that the body must not
 */
export function readSingleRow(body: unknown, named: boolean): SingleRow | undefined {
  if (body === null || typeof body !== 'object' || Array.isArray(body)) return undefined
  const single: SingleRow = { model: undefined, version: undefined, form: 'text', row: undefined }
  let rows = 0
  // Parsed JSON inherits no keys that this could meet.
  for (const key in body) {
    const value: unknown = Reflect.get(body, key)
    if (key === 'text' || key === 'features') {
      single.form = key
      single.row = value
      rows += 1
    } else if (key === 'model' && !named && typeof value === 'string') single.model = value
    else if (key === 'version' && isVersion(value)) single.version = value
    else return undefined
  }
  return rows === 1 ? single : undefined
}

function isVersion(value: unknown): value is string | number {
  return typeof value === 'string' || (Number.isSafeInteger(value) && Number(value) > 0)
}

/**
 * The answer to one good row as JSON, where the version is in memory; undefined where another way must find the
 * answer or the error.
 * @param model that the path names
 * @param query which must be empty
 */
export function answerNow(
  serving: Pick<Serving, 'predictNow'>,
  model: string | undefined,
  body: unknown,
  query: object,
): string | undefined {
  const single = readSingleRow(body, model !== undefined)
  if (!single) return undefined
  for (const _ in query) return undefined
  return answerRow(serving, model, single)
}

/** The same for a row that has been read. */
export function answerRow(
  serving: Pick<Serving, 'predictNow'>,
  model: string | undefined,
  single: SingleRow,
): string | undefined {
  const target = { model: model ?? single.model, version: single.version }
  const answer = serving.predictNow(target, single.row, single.form)
  if (!answer || !isFiniteAnswer(answer.prediction)) return undefined
  const members = membersOf(answer.prediction)
  if (members === undefined) return undefined
  return `{"model":${JSON.stringify(answer.model)},"version":${answer.version},${members}}`
}

/** Returns what `JSON.stringify` writes between the braces, for finite numbers; undefined for labels and several values. */
export function membersOf(prediction: Prediction): string | undefined {
  if ('labels' in prediction || 'values' in prediction) return undefined
  if ('value' in prediction) return `"value":${jsonNumber(prediction.value)}`
  const { label, score, confidence, probabilities } = prediction
  const scoreJson = jsonNumber(score)
  const confidenceJson = confidence === score ? scoreJson : jsonNumber(confidence)
  let members = ''
  for (const name in probabilities) {
    const probability = probabilities[name] ?? 0
    // One of them is the score, one the confidence, and numbers take long to write.
    const json =
      probability === score
        ? scoreJson
        : probability === confidence
          ? confidenceJson
          : jsonNumber(probability)
    members += `${members === '' ? '' : ','}${JSON.stringify(name)}:${json}`
  }
  return `"label":${JSON.stringify(label)},"score":${scoreJson},"confidence":${confidenceJson},"probabilities":{${members}}`
}

/** JSON has no −0 as JavaScript writes it: both ways give 0. */
function jsonNumber(value: number): string {
  return `${value}`
}
