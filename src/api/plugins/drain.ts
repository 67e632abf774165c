import { Server } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import type { App } from '../route-config.ts'

/** Milliseconds in which requests that clients have already sent, and their next ones, are read. */
const DRAIN_MS = 250

/**
 * Drains the server before it closes: it accepts no more connections, and answers requests with `Connection: close`. It
 * does not close idle connections at once, as Node's server would, since a request may be on its way on one of them.
 * @returns a function that tells whether the drain has begun
 */
export function useDrain(app: App): () => boolean {
  let closing = false
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (closing) reply.header('connection', 'close')
    done()
  })
  app.addHook('preClose', async () => {
    closing = true
    Server.prototype.close.call(app.server)
    if ((await connections(app)) > 0) await wait(DRAIN_MS)
  })
  return () => closing
}

function connections({ server }: App): Promise<number> {
  return new Promise((resolve) => server.getConnections((_error, count) => resolve(count ?? 0)))
}
