import { FitserveError } from '../../errors.ts'
import type { App } from '../route-config.ts'

/** Delay of the event loop, in milliseconds, above which requests are refused. */
const MAX_DELAY_MS = 3_000
/** Milliseconds between two measurements of the delay. */
const MEASURE_MS = 500

/**
 * Turns requests away while the process cannot keep up: how late a timer comes is how long whatever arrives now
 * will wait. Twice in a row, since one long step that is over is no reason to refuse what comes after it.
 * @param maxDelayMs tests use a shorter one
 * @returns whether requests are turned away now
 */
export function useOverloadGuard(app: App, maxDelayMs = MAX_DELAY_MS): () => boolean {
  let delays = [0, 0]
  let due = performance.now() + MEASURE_MS
  const timer = setInterval(() => {
    const now = performance.now()
    delays = [now - due, ...delays.slice(0, 1)]
    due = now + MEASURE_MS
  }, MEASURE_MS)
  timer.unref()
  app.addHook('onClose', async () => clearInterval(timer))
  const behind = () => Math.min(...delays) > maxDelayMs
  app.addHook('onRequest', (request, _reply, done) => {
    const refused = behind() && !request.route?.config.vital
    done(
      refused
        ? new FitserveError('overloaded', 'The service is overloaded. Try again in a moment.')
        : undefined,
    )
  })
  return behind
}
