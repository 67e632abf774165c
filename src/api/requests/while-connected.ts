import type { FastifyReply } from 'fastify'
import { FitserveError } from '../../errors.ts'

/** Returns a signal that is aborted when the client disconnects before its answer is sent. */
export function whileConnected(reply: FastifyReply): AbortSignal {
  const controller = new AbortController()
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished)
      controller.abort(new FitserveError('invalid-request', 'The client disconnected.'))
  })
  return controller.signal
}
