import type { Logger } from 'pino'
import type { QueueListeners } from './backends.ts'

/** Interval in which a repeated error is logged only once, in ms. */
const REPEAT_MS = 60_000

/**
 * Returns listeners that log what happens to the queue in the background. Errors of its connections repeat themselves
 * while the server is down. Only the message is logged: the error of a refused login carries the password that was sent.
 */
export function queueLog(log: Pick<Logger, 'info' | 'warn'>): QueueListeners {
  let last: { message: string; at: number } | undefined
  return {
    onError({ message }) {
      if (message === last?.message && Date.now() - last.at < REPEAT_MS) return
      last = { message, at: Date.now() }
      log.warn({ reason: message }, 'queue reports an error')
    },
    onRecovered() {
      // The same error is news again.
      last = undefined
      log.info('queue works again')
    },
    onWarning: (message, details) => log.warn(details, message),
  }
}
