import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { mustBeTaken, type Patience } from '../plugins/slow-clients.ts'
import { requestId } from '../requests/request-id.ts'
import { modelOf, type RowAnswers } from './row-answers.ts'
import { JSON_ANSWER } from './single-row.ts'

/** Answers a request, or leaves it to `others`. */
export type Direct = (request: IncomingMessage, response: ServerResponse, others: RequestListener) => void

/**
 * Answers the most frequent request ahead of the framework, whose routing, hooks and objects take as long as HTTP
 * itself: one good row for a version that is in memory, in a body that came in one piece with its headers. Everything
 * else goes to the framework unread, so this knows no error; what it answers is byte for byte what the route answers,
 * after the same checks. Requests that are logged or counted for a rate limit must not come here.
 */
export function directAnswers(rows: RowAnswers, patience: Patience): Direct {
  /** The answer, if this is a request for it; what was read is given back otherwise. */
  function answerOf(request: IncomingMessage, model: string | undefined): string | undefined {
    if (!request.complete || !rows.mayAsk(request.headers)) return undefined
    const bytes: unknown = request.read()
    if (!Buffer.isBuffer(bytes)) return undefined
    const json = rows.answer(model, bytes, 0, bytes.length)
    if (json === undefined) request.unshift(bytes)
    return json
  }

  return (request, response, others) => {
    const { method, url = '', headers } = request
    const model = modelOf(url)
    if (method !== 'POST' || model === null || !rows.isPlain(headers)) return others(request, response)
    const began = performance.now()
    // By then the parser has gone through all that has arrived.
    setImmediate(() => {
      const json = answerOf(request, model)
      if (json === undefined) return others(request, response)
      const observe = rows.timerOf(model)
      mustBeTaken(response, patience)
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
