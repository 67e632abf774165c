import { isUtf8 } from 'node:buffer'
import type { IncomingHttpHeaders, IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Serving } from '../serving/contract.ts'
import type { ApiKey } from './access.ts'
import { callerFinder, isForeignHost } from './plugins/auth.ts'
import { plainJson } from './plugins/json-body.ts'
import type { Timer } from './plugins/metrics.ts'
import { accepts } from './plugins/negotiation.ts'
import { requestId } from './request-id.ts'
import { JSON_TYPE } from './route-config.ts'
import { answerNow, JSON_ANSWER } from './single-row.ts'

/** What the request must be free of: each means work that the framework's hooks and the route do. */
const SPECIAL = ['content-encoding', 'expect', 'origin', 'upgrade', 'x-request-timeout-ms'] as const
const PLAIN_TYPES = new Set([JSON_TYPE, JSON_ANSWER, `${JSON_TYPE};charset=utf-8`])
const BY_NAME = /^\/models\/([A-Za-z][A-Za-z0-9._-]{0,63})\/predict$/
/** Characters of an answer that the system's buffers take at once, whatever they are in UTF-8. */
const LONGEST_ANSWER = 16_384

export interface DirectParts {
  serving: Pick<Serving, 'predictNow'>
  apiKeys: readonly ApiKey[]
  bodyLimit: number
  /** Whether requests are refused or answered otherwise for now. */
  isSpecialTime(): boolean
  /** Where answered requests are counted, by their route. */
  timer: Timer
}

/** Answers a request, or leaves it to `others`. */
export type Direct = (request: IncomingMessage, response: ServerResponse, others: RequestListener) => void

/**
 * Answers the most frequent request ahead of the framework, whose routing, hooks and objects take as long as HTTP
 * itself: one good row for a version that is in memory, in a body that came in one piece with its headers. Everything
 * else goes to the framework unread, so this knows no error; what it answers is byte for byte what the route answers,
 * after the same checks. Requests that are logged or counted for a rate limit must not come here.
 */
export function directAnswers(parts: DirectParts): Direct {
  const { apiKeys, timer } = parts
  const callerOf = callerFinder(apiKeys)
  const timers = {
    all: timer('POST', '/predict', 200),
    named: timer('POST', '/models/:name/predict', 200),
  }

  function mayAsk(request: IncomingMessage): boolean {
    const { headers } = request
    return apiKeys.length === 0 ? !isForeignHost(request) : callerOf(headers.authorization) !== null
  }

  /** The answer, if this is a request for it; what was read is given back otherwise. */
  function answerOf(request: IncomingMessage, model: string | undefined): string | undefined {
    if (!request.complete || parts.isSpecialTime() || !mayAsk(request)) return undefined
    const bytes: unknown = request.read()
    if (!Buffer.isBuffer(bytes)) return undefined
    if (bytes.length <= parts.bodyLimit && isUtf8(bytes)) {
      const body = plainJson(bytes.toString('utf8'))
      const json = body === undefined ? undefined : answerNow(parts.serving, model, body, {})
      if (json !== undefined && json.length <= LONGEST_ANSWER) return json
    }
    request.unshift(bytes)
    return undefined
  }

  return (request, response, others) => {
    const { method, url = '', headers } = request
    const model = url === '/predict' ? undefined : BY_NAME.exec(url)?.[1]
    if (method !== 'POST' || (model === undefined && url !== '/predict') || !isPlain(headers))
      return others(request, response)
    const began = performance.now()
    // By then the parser has gone through all that has arrived.
    setImmediate(() => {
      const json = answerOf(request, model)
      if (json === undefined) return others(request, response)
      const observe = model === undefined ? timers.all : timers.named
      response.on('close', () => observe((performance.now() - began) / 1000))
      send(response, requestId(request), json)
    })
  }
}

function send(response: ServerResponse, id: string, json: string): void {
  response.writeHead(200, {
    'x-request-id': id,
    'content-type': JSON_ANSWER,
    'content-length': Buffer.byteLength(json),
  })
  response.end(json)
}

/** Whether headers ask for nothing but an answer to a JSON body. */
function isPlain(headers: IncomingHttpHeaders): boolean {
  const length = headers['content-length']
  if (length === undefined || length === '0' || !PLAIN_TYPES.has(headers['content-type'] ?? '')) return false
  for (const name of SPECIAL) if (headers[name] !== undefined) return false
  const { accept } = headers
  return accept === undefined || accept === '*/*' || takesJson(accept)
}

/** The last header that was asked about, which most often is the only one. */
let lastAccept = { header: '', taken: true }

function takesJson(accept: string): boolean {
  if (accept !== lastAccept.header) lastAccept = { header: accept, taken: accepts(accept, JSON_TYPE) }
  return lastAccept.taken
}
