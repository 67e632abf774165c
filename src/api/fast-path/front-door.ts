import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { sentId } from '../requests/request-id.ts'
import { AnswerHead } from './answer-head.ts'
import { type Host, type Question, Visitor } from './connection.ts'
import type { PlainHead } from './plain-head.ts'
import { modelOf, type RowAnswers } from './row-answers.ts'

/** Milliseconds beyond the time that a client is told, for what it sends just in time; Node's server adds as many. */
const ON_ITS_WAY_MS = 1000

/**
 * Lets a server's connections be answered before its HTTP parser sees them, while all that comes on one is the most
 * frequent request in its plainest form. What is anything else, or not all there, is handed to the server together with
 * its connection, unread and for good. So the parser decides about everything that could be read in two ways.
 * @param rows asked at each connection, since routes are made after the server; undefined: nothing is answered here
 * @param idleMs until a client has to have taken something of its answers
 */
export function openFrontDoor(server: Server, rows: () => RowAnswers | undefined, idleMs: number): void {
  const takers = server.listeners('connection')
  const visitors = new Set<Visitor>()
  const others: Host['others'] = (socket) => {
    for (const take of takers) Reflect.apply(take, server, [socket])
  }
  let host: Host | undefined
  const hostOf = (rows: RowAnswers): Host => ({
    head: new AnswerHead(server.keepAliveTimeout),
    others,
    answer: rows.answer,
    firstMs: server.headersTimeout,
    keepAliveMs: server.keepAliveTimeout + ON_ITS_WAY_MS,
    idleMs,
    bodyLimit: rows.bodyLimit,
    judge: (head) => judge(head, rows),
    late: (socket) => server.emit('clientError', tooLate(), socket),
    cutOff: (socket) => server.emit('clientError', endsEarly(), socket),
    left: (visitor) => void visitors.delete(visitor),
  })
  server.removeAllListeners('connection')
  server.on('connection', (socket: Socket) => {
    const answers = rows()
    if (!answers) return others(socket)
    host ??= hostOf(answers)
    visitors.add(new Visitor(socket, host))
  })
  closeAlso(server, visitors)
}

/** What of a server's own ways to end connections concerns those that it has not seen. */
function closeAlso(server: Server, visitors: ReadonlySet<Visitor>): void {
  const { closeIdleConnections, closeAllConnections } = server
  server.closeIdleConnections = () => {
    closeIdleConnections.call(server)
    for (const visitor of visitors) visitor.closeIdle()
  }
  server.closeAllConnections = () => {
    closeAllConnections.call(server)
    for (const visitor of visitors) visitor.close()
  }
}

function judge({ url, headers }: PlainHead, rows: RowAnswers): Question | undefined {
  const model = modelOf(url)
  if (model === null || !rows.isPlain(headers) || !rows.mayAsk(headers)) return undefined
  return { model, id: sentId(headers), observe: rows.timerOf(model) }
}

/** As Node calls it where a head does not come in time. */
function tooLate(): Error {
  return Object.assign(new Error('Request timeout'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' })
}

/** As Node calls it where a connection ends within a request. */
function endsEarly(): Error {
  return Object.assign(new Error('Parse Error: Invalid EOF state'), { code: 'HPE_INVALID_EOF_STATE' })
}
