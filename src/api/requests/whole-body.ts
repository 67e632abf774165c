import type { IncomingMessage } from 'node:http'
import type { FastifyRequest } from 'fastify'
import { FitserveError } from '../../errors.ts'
import type { App } from '../route-config.ts'
import { type BodyMemory, type HeldBytes, tooManyBodies } from './body-memory.ts'
import { whenClosed } from './when-closed.ts'

/** Reads the whole body of a request, up to the limit of its route. Rejects as `gather`. */
export type BodyReader = (request: FastifyRequest, payload: IncomingMessage) => Promise<Buffer>

/** Returns a reader of bodies of one media type, whose bytes count against the memory until their request is answered. */
export function bodyReader(app: App, memory: BodyMemory, mediaType: string): BodyReader {
  const held = new WeakMap<IncomingMessage, HeldBytes>()
  // Not in `onResponse`, which is not called where the client has disconnected.
  app.addHook('preParsing', (request, reply, payload, done) => {
    if (request.mediaType === mediaType) whenClosed(reply.raw, () => held.get(request.raw)?.release())
    done(null, payload)
  })
  return (request, payload) => {
    const body = memory.hold()
    held.set(request.raw, body)
    return gather(payload, body, request.routeOptions.bodyLimit)
  }
}

/** Returns the error about a body that is larger than it may be. @param limit in bytes */
export function bodyTooLarge(limit: number): FitserveError {
  return new FitserveError('payload-too-large', `The body exceeds the limit of ${limit} bytes.`)
}

/**
 * Returns a whole body. @throws FitserveError `payload-too-large`, `overloaded` where bodies together exceed their
 * memory, `invalid-request` if it does not have the length that it states
 */
function gather(payload: IncomingMessage, body: HeldBytes, limit: number): Promise<Buffer> {
  const length = Number(payload.headers['content-length'])
  return new Promise((resolve, reject) => {
    let bytes = 0
    const settle = (how: () => void) => {
      payload.off('data', onData).off('end', onEnd).off('error', onError)
      how()
    }
    const refuse = (error: FitserveError) => settle(() => reject(error))
    const onData = (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > limit) refuse(bodyTooLarge(limit))
      else if (!body.add(chunk)) refuse(tooManyBodies())
    }
    const onEnd = () => {
      if (!Number.isNaN(length) && bytes !== length)
        refuse(
          new FitserveError('invalid-request', 'The body does not have the length that its header states.'),
        )
      else settle(() => resolve(body.join()))
    }
    const onError = (cause: Error) =>
      refuse(
        new FitserveError('invalid-request', 'The request ended before its whole body had arrived.', {
          cause,
        }),
      )
    if (length > limit) reject(bodyTooLarge(limit))
    else payload.on('data', onData).on('end', onEnd).on('error', onError).resume()
  })
}
