import type { FastifyReply } from 'fastify'
import { FitserveError } from '../../errors.ts'
import { whenClosed } from './when-closed.ts'

/** Returns a signal that is aborted when the client disconnects before its answer is sent. */
export function whileConnected(reply: FastifyReply): AbortSignal {
  const controller = new AbortController()
  whenClosed(reply.raw, () => {
    if (!reply.raw.writableFinished)
      controller.abort(new FitserveError('invalid-request', 'The client disconnected.'))
  })
  return controller.signal
}
