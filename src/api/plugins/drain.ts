import { Server } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import type { App } from '../route-config.ts'

/** Long enough for what clients had sent already, and for their next request, to be read. */
const DRAIN_MS = 250

/**
 * Takes no more connections, but does not yet close the idle ones, as the server of HTTP would at once: on one
 * that is kept alive, a request may be under way. It is answered, with word that the connection ends; so is what
 * is being answered already.
 * @returns whether that has begun
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
