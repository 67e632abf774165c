import type { App } from '../route-config.ts'

/** Returns a signal that is aborted when the service stops, so that what waits ends before connections are closed. */
export function whileServing(app: App): AbortSignal {
  const stopping = new AbortController()
  app.addHook('preClose', async () => stopping.abort())
  return stopping.signal
}
