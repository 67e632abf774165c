import { type Server as NetServer, Server, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import type { App } from '../route-config.ts'

/** Milliseconds in which requests that clients have already sent, and their next ones, are read. */
const LAST_REQUESTS_MS = 250
/** Limit on the search for a moment without new connections, in milliseconds. */
const QUIET_MS = 500
/** Milliseconds of a turn of the event loop that leaves connections hardly any time to arrive unseen. */
const SHORT_TURN_MS = 0.5

/**
 * Drains the servers before they close. `/health/ready` answers `draining` at once, every response has
 * `Connection: close`, and for `openMs` new connections are accepted and answered as always: load balancers send some
 * until they have noticed. Then the listeners close. Idle connections are not closed at once, as Node's server would,
 * since a request may be on its way on one of them.
 * @param servers read at the end, since a host name with two addresses gets a second server
 * @param openMs milliseconds
 * @returns a function that tells whether the drain has begun
 */
export function useDrain(app: App, servers: readonly NetServer[], openMs: number): () => boolean {
  let closing = false
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (closing) reply.header('connection', 'close')
    done()
  })
  app.addHook('preClose', async () => {
    closing = true
    const listening = servers.filter((server) => server.listening)
    if (listening.length === 0) return
    await wait(openMs)
    await Promise.all(listening.map(closeListener))
    const open = await Promise.all(listening.map(connections))
    if (open.every((count) => count === 0)) return
    await wait(LAST_REQUESTS_MS)
    // After a long turn of the event loop a timer is ahead of what has arrived meanwhile.
    await turn()
    await turn()
  })
  return () => closing
}

/**
 * Stops listening at a moment when no connection waits to be accepted: the system resets those, and with them requests
 * that clients have sent already. Until then accepted connections wait unread, so that even clients that connect again
 * after each response leave such a moment.
 */
async function closeListener(server: NetServer): Promise<void> {
  const until = performance.now() + QUIET_MS
  const accepted: Socket[] = []
  const listeners = server.listeners('connection')
  server.removeAllListeners('connection')
  server.on('connection', (socket) => accepted.push(socket.on('error', ignore)))
  // Each turn from here to there asks the system for new connections exactly once.
  await turn()
  let isQuiet = false
  while (!isQuiet && performance.now() < until) {
    const before = { count: accepted.length, at: performance.now() }
    await turn()
    isQuiet = accepted.length === before.count && performance.now() - before.at < SHORT_TURN_MS
  }
  Server.prototype.close.call(server)
  for (const socket of accepted) {
    for (const listener of listeners) Reflect.apply(listener, server, [socket])
    socket.off('error', ignore)
  }
}

function ignore(): void {}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function connections(server: NetServer): Promise<number> {
  return new Promise((resolve) => server.getConnections((_error, count) => resolve(count ?? 0)))
}
