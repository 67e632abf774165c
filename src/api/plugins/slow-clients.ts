import type { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { type App, CSV_TYPE, JSON_TYPE, prefersJson } from '../route-config.ts'

/** Time limits for slow clients. */
export interface Patience {
  /** Milliseconds without a byte in either direction while this side waits for the client. */
  idleMs: number
  /** Milliseconds for a whole body that is not streamed. */
  bodyMs: number
  /** Milliseconds for the rest of a refused body, so that the client can read the refusal. */
  drainMs: number
}

/** The limits of a service; tests use shorter ones. */
export const PATIENCE: Patience = { idleMs: 60_000, bodyMs: 120_000, drainMs: 5_000 }

interface Incoming {
  request: IncomingMessage
  response: ServerResponse
  streamed: boolean
  since: number
  movedAt: number
  moved: number
}

/** Types of bodies that are read as a whole by a route that prefers JSON; others are streams. */
const WHOLE: ReadonlySet<string> = new Set([JSON_TYPE, CSV_TYPE])

/**
 * Drops clients that stop in the middle of a body, or of reading an answer. A whole upload may take hours, so only
 * silence counts, and only while this side waits for the client. Slow headers and idle connections are dropped by
 * Node's server, whose limits are in app.ts.
 */
export function useSlowClientLimits(app: App, patience: Patience = PATIENCE): void {
  /** The newest request of each connection. Requests before it have arrived completely. */
  const incoming = new Map<Socket, Incoming>()
  const timer = setInterval(() => sweep(incoming, patience), Math.max(50, patience.idleMs / 6))
  timer.unref()
  app.addHook('onClose', async () => clearInterval(timer))
  app.addHook('onRequest', (request, reply, done) => {
    const { raw } = request
    if (!raw.complete && hasBody(raw)) {
      const { socket } = raw
      if (!incoming.has(socket)) socket.once('close', () => incoming.delete(socket))
      const now = Date.now()
      const config = request.route?.config
      const isWhole = WHOLE.has(request.mediaType ?? '') && prefersJson(config)
      const streamed = (config?.streamed ?? false) && !isWhole
      incoming.set(socket, {
        request: raw,
        response: reply.raw,
        streamed,
        since: now,
        movedAt: now,
        moved: -1,
      })
    }
    done()
  })
  app.addHook('onSend', (_request, reply, _payload, done) => {
    mustBeTaken(reply.raw, patience)
    done()
  })
  app.addHook('onResponse', (request, _reply, done) => {
    if (!request.raw.complete && hasBody(request.raw)) drain(request.raw, patience.drainMs)
    done()
  })
}

/**
 * Drops the client if it takes nothing of an answer for `idleMs`; any byte restarts the time. This holds for small
 * answers too: one may wait behind others that the client has asked for and does not read.
 */
export function mustBeTaken(response: ServerResponse, { idleMs }: Patience): void {
  response.setTimeout(idleMs, () => response.destroy())
  // Before the connection's next answer has its turn, for which this side may take longer.
  response.prependOnceListener('finish', () => {
    // What a test injects has no connection.
    if (response.socket instanceof Socket) response.socket.setTimeout(0)
  })
}

function hasBody({ headers }: IncomingMessage): boolean {
  const length = headers['content-length']
  return (length !== undefined && length !== '0') || headers['transfer-encoding'] !== undefined
}

function sweep(incoming: Map<Socket, Incoming>, { idleMs, bodyMs }: Patience): void {
  const now = Date.now()
  for (const entry of incoming.values()) {
    const { request, response, streamed } = entry
    if (request.complete) continue
    const moved = request.socket.bytesRead + request.socket.bytesWritten
    // Bytes that wait here unread are this side's delay, unless it waits for the client to read its answer.
    const ours = request.readableLength > 0 && !response.writableNeedDrain
    if (moved !== entry.moved || ours) Object.assign(entry, { moved, movedAt: now })
    if (now - entry.movedAt > idleMs || (!streamed && now - entry.since > bodyMs)) request.socket.destroy()
  }
}

/** Reads on for a moment after an early answer: a connection closed at once may lose the answer too. */
function drain(request: IncomingMessage, milliseconds: number): void {
  request.unpipe()
  request.resume()
  const timer = setTimeout(() => {
    if (!request.complete) request.destroy()
  }, milliseconds)
  timer.unref()
  request.once('close', () => clearTimeout(timer))
}
