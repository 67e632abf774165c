import { isUtf8 } from 'node:buffer'
import type { IncomingHttpHeaders } from 'node:http'
import { type Access, type Caller, isCurrent } from '../../access.ts'
import type { Serving } from '../../serving/contract.ts'
import type { ModelTraffic, PredictionMetrics } from '../metrics/predictions.ts'
import type { Timer } from '../metrics/requests.ts'
import { isForeignHost } from '../plugins/auth.ts'
import { plainJson } from '../plugins/json-body.ts'
import { prefersCsv } from '../requests/csv-answer.ts'
import { JSON_TYPE } from '../route-config.ts'
import { readPlainBody } from './plain-body.ts'
import { OF_MODEL } from './prediction-path.ts'
import { answerNow, answerRow, JSON_ANSWER } from './single-row.ts'

/** Headers that mean work for the framework's hooks or the route. */
const SPECIAL = ['content-encoding', 'origin', 'sec-fetch-site', 'x-request-timeout-ms'] as const
const PLAIN_TYPES = new Set([JSON_TYPE, JSON_ANSWER, `${JSON_TYPE};charset=utf-8`])
const BY_NAME = new RegExp(`^${OF_MODEL}$`)
/** Limit on an answer, in characters: the system's buffers take as many at once, however long they are in UTF-8. */
const MAX_ANSWER_CHARS = 16_384

/** The functions and settings that the fast path's answers are built from. */
export interface RowAnswersParts {
  serving: Pick<Serving, 'predictNow'>
  access: Access
  /** Limit on the requests a minute of callers without a limit of their own; 0: none. */
  perMinute: number
  bodyLimit: number
  /** Tells whether requests are refused for now, because of a drain or overload. */
  isRefusingForNow(): boolean
  /** Counts answered requests by route. */
  timer: Timer
  /** Whether requests that belong to a trace are to be seen by the framework. */
  tracesRequests: boolean
  /** Counts answered requests by model. */
  predictions: Pick<PredictionMetrics, 'of'>
}

/** Whom a head authorizes, as of a state of the keys. */
export interface Asker {
  /** Null where no key is needed. */
  caller: Caller | null
  generation: number
}

/** The checks and answers of the fast path. Each check repeats one that the framework makes for the route. */
export interface RowAnswers {
  /** Bytes of a body that is not refused. */
  readonly bodyLimit: number
  /** Tells whether headers ask for nothing but an answer to a JSON body. */
  isPlain(headers: IncomingHttpHeaders): boolean
  /** Returns whom these headers authorize to predictions by this path; undefined: others have to look. */
  askedBy(headers: IncomingHttpHeaders): Asker | undefined
  /** Tells whether what was found out about the sender of a head still holds. */
  isCurrent(asker: Asker): boolean
  /**
   * The route's answer to a body of one good row, the bytes from `start` to `end`, by a version that is in memory;
   * undefined in every other case, and at times when others have to answer.
   */
  answer(model: string | undefined, bytes: Buffer, start: number, end: number): string | undefined
  /** Counts the last answer. @param model that the address names @param seconds that it took */
  count(model: string | undefined, seconds: number): void
}

/** Answers to the most frequent request, one good row in a JSON body. */
export function rowAnswers(parts: RowAnswersParts): RowAnswers {
  const { access, perMinute, timer, predictions, bodyLimit } = parts
  const all = timer('POST', '/predict', 200)
  const named = timer('POST', '/models/:name/predict', 200)
  /** Model of the last answer, and where its answers are counted. */
  let last = ''
  let traffic: ModelTraffic | undefined
  const serving: RowAnswersParts['serving'] = {
    predictNow(target, row, form) {
      const answer = parts.serving.predictNow(target, row, form)
      if (answer && answer.model !== last) {
        last = answer.model
        traffic = predictions.of(last)
      }
      return answer
    },
  }
  return {
    bodyLimit,
    isPlain: (headers) => isPlain(headers) && !(parts.tracesRequests && headers['traceparent'] !== undefined),
    askedBy(headers) {
      const { generation, required } = access
      if (!required)
        return perMinute > 0 || isForeignHost({ headers }) ? undefined : { caller: null, generation }
      const caller = access.known(headers.authorization)
      return caller && isUnlimited(caller, perMinute) ? { caller, generation } : undefined
    },
    isCurrent: ({ caller, generation }) =>
      generation === access.generation && (caller === null || isCurrent(caller, Date.now())),
    answer(model, bytes, start, end) {
      if (end - start > bodyLimit || parts.isRefusingForNow()) return undefined
      try {
        const json = answerBytes(serving, model, bytes, start, end)
        return json !== undefined && json.length <= MAX_ANSWER_CHARS ? json : undefined
      } catch {
        // The route meets the same error and reports it; here it would be uncaught and end the process.
        return undefined
      }
    },
    count(model, seconds) {
      const route = model === undefined ? all : named
      route.observe(seconds)
      if (!traffic) return
      traffic.rows += 1
      traffic.durations.observe(seconds)
    },
  }
}

function answerBytes(
  serving: RowAnswersParts['serving'],
  model: string | undefined,
  bytes: Buffer,
  start: number,
  end: number,
): string | undefined {
  const plain = readPlainBody(bytes, start, end)
  if (plain)
    return model !== undefined && plain.model !== undefined ? undefined : answerRow(serving, model, plain)
  const sent = bytes.subarray(start, end)
  if (!isUtf8(sent)) return undefined
  const body = plainJson(sent.toString('utf8'))
  return body === undefined ? undefined : answerNow(serving, model, body, {})
}

/** Tells whether nothing is counted or checked for a caller beyond the role, which every role here suffices for. */
function isUnlimited({ models, requestsPerMinute, rowsPerDay }: Caller, perMinute: number): boolean {
  return models === null && rowsPerDay === null && (requestsPerMinute ?? perMinute) === 0
}

/** The model that the address of a prediction names; undefined: it names none; null: it is no such address. */
export function modelOf(url: string): string | undefined | null {
  return url === '/predict' ? undefined : (BY_NAME.exec(url)?.[1] ?? null)
}

function isPlain(headers: IncomingHttpHeaders): boolean {
  const length = headers['content-length']
  if (length === undefined || length === '0' || !PLAIN_TYPES.has(headers['content-type'] ?? '')) return false
  for (const name of SPECIAL) if (headers[name] !== undefined) return false
  return !prefersCsv(headers)
}
