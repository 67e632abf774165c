/*
 * The fast path, from its first door to its last.
 *
 * A prediction for one row costs 3 to 10 µs of processor time, Node's HTTP server 13 and Fastify's routing, hooks and
 * objects as much again. So the most frequent request is answered from the bytes as they arrive:
 *
 *   socket ── front-door.ts, connection.ts ──────────────── plain-head.ts, row-answers.ts ── answer
 *                   │      ▲                                     one good row, version in memory
 *    anything else  │      │  the connection comes back after the answer
 *                   ▼      │
 *             Node's HTTP server ── Fastify ── routes/predict.ts ── answer
 *                                               first tries the same single-row.ts, then schema and registry
 *
 * Accepted, and answered here (RFC 9112 for the message, RFC 9110 for the fields):
 *
 *   request-line  = "POST" SP ("/predict" | "/models/" name "/predict") SP "HTTP/1.1" CRLF      (9112, section 3)
 *   field-line    = 1*64 tchar ":" [SP] visible ASCII, with spaces inside CRLF                  (9112, section 5)
 *   fields        : each name once; Host; Content-Length in plain digits, not 0;                (9112, section 6)
 *                   Connection absent or "keep-alive"; none of the names in FRAMING of plain-head.ts
 *   head          = at most 4 KiB
 *   body          = JSON with one `text` or `features`, `model` and `version` if need be        (plain-body.ts)
 *   and           : a media type of JSON, a known key without limits of its own, a good Host, no Origin,
 *                   a version in memory, an answer of at most 16 KiB, no drain, no overload     (row-answers.ts)
 *
 * Handed over to Node's server, with all bytes that are unread:
 * - for one request: a request whose head is plain as above, with any other path, usual method or fields, where its end
 *   is therefore certain, but which is not answered here: a health check, a list, several rows, a bad row, an unknown
 *   version. When Node has answered it, the connection is the fast path's again.
 * - for good: everything else. A head that could be read in two ways; a chunked body; `Expect`, `Upgrade`; a body that
 *   is larger than the limit; requests sent in advance behind one that Node has to answer; a plain request whose rest
 *   does not come within a second, or comes a few bytes at a time.
 *
 * What can never happen:
 * - Two parsers see different requests in the same bytes, which is what request smuggling needs. The fast path gives a
 *   meaning only to heads that have one reading; at the first byte that might have another, Node's parser gets the
 *   connection and keeps it. The connection comes back only from a request that was framed beyond doubt, if Node's
 *   parser has found exactly one request in exactly those bytes, has answered it as a whole, keeps the connection open,
 *   and nothing was sent in advance. So Node's parser is between two requests and holds no bytes.
 * - An answer overtakes another: while Node answers, the fast path answers nothing.
 * - A limit is evaded: body limit, keys, Host, drain and overload are checked here by the functions that the plugins
 *   use, time limits of silent and slow clients by this folder until Node's server has seen the connection, and by
 *   Node's server from then on. What is kept of a connection's last head holds until the keys change or the key ends.
 *   Requests that are counted for a limit, or whose key is for some models only, are answered by the framework, and
 *   where requests are logged, or TLS is spoken, `app.ts` does not open this door.
 * - A fault of a model ends the process: any error here means that the route answers, which reports it.
 *
 * How it is tested: `test/api/fast-path/front-door.test.ts` sends generated conversations (good and damaged requests,
 * cut anywhere, several on a connection) to a service with this door and to one without, and compares all bytes that
 * come back. `single-row.test.ts` checks the readers of bodies against the schemas. `npx tsx bench/mixed-clients.ts`
 * measures.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { sentId } from '../requests/request-id.ts'
import { AnswerHead } from './answer-head.ts'
import { Connection, type ConnectionHost, type Question } from './connection.ts'
import type { PlainHead } from './plain-head.ts'
import { modelOf, type RowAnswers } from './row-answers.ts'

/**
 * Milliseconds added to the time that a client is told, for a request sent just in time; Node's server adds as many.
 */
const TRAVEL_MS = 1000

/**
 * Lets a server's connections be answered by the fast path before its HTTP parser sees them. The essay at the head of
 * this file says which requests are answered, and what becomes of the others.
 * @param rows asked at each connection, since routes are made after the server; undefined: nothing is answered here
 * @param idleMs milliseconds after which a client that takes nothing of its answers is dropped
 */
export function openFrontDoor(server: Server, rows: () => RowAnswers | undefined, idleMs: number): void {
  const listeners = server.listeners('connection')
  const connections = new Map<Socket, Connection>()
  const handOver = (socket: Socket) => {
    for (const listener of listeners) Reflect.apply(listener, server, [socket])
  }
  let host: ConnectionHost | undefined
  const hostOf = (rows: RowAnswers): ConnectionHost => ({
    head: new AnswerHead(server.keepAliveTimeout),
    firstMs: server.headersTimeout,
    keepAliveMs: server.keepAliveTimeout + TRAVEL_MS,
    idleMs,
    bodyLimit: rows.bodyLimit,
    classify: (head) => classify(head, rows),
    isCurrent: ({ asker }) => rows.isCurrent(asker),
    answer: rows.answer,
    count: rows.count,
    handOver,
    onHeadTimeout: (socket) => server.emit('clientError', headTimeout(), socket),
    onTruncated: (socket) => server.emit('clientError', truncated(), socket),
    onClose: (socket) => void connections.delete(socket),
  })
  server.removeAllListeners('connection')
  server.on('connection', (socket: Socket) => {
    const answers = rows()
    if (!answers) return handOver(socket)
    host ??= hostOf(answers)
    connections.set(socket, new Connection(socket, host))
  })
  server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    connections.get(request.socket)?.onNodeRequest(response)
  })
  closeWithServer(server, connections)
}

/** Extends the server's two ways of ending connections to those that it has not seen. */
function closeWithServer(server: Server, connections: ReadonlyMap<Socket, Connection>): void {
  const { closeIdleConnections, closeAllConnections } = server
  server.closeIdleConnections = () => {
    for (const connection of connections.values()) connection.closeIdle()
    closeIdleConnections.call(server)
  }
  server.closeAllConnections = () => {
    closeAllConnections.call(server)
    for (const connection of connections.values()) connection.close()
  }
}

function classify({ method, url, headers }: PlainHead, rows: RowAnswers): Question | undefined {
  const model = method === 'POST' ? modelOf(url) : null
  if (model === null || !rows.isPlain(headers)) return undefined
  const asker = rows.askedBy(headers)
  return asker && { model, asker, id: sentId(headers) }
}

/** The error that Node's server raises when a head does not arrive in time. */
function headTimeout(): Error {
  return Object.assign(new Error('Request timeout'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' })
}

/** The error that Node's parser raises when a connection ends within a request. */
function truncated(): Error {
  return Object.assign(new Error('Parse Error: Invalid EOF state'), { code: 'HPE_INVALID_EOF_STATE' })
}
