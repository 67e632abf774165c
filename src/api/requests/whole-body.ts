import type { IncomingMessage } from 'node:http'
import { FitserveError } from '../../errors.ts'
import { type HeldBytes, tooManyBodies } from './body-memory.ts'

/**
 * Returns a whole body. @throws FitserveError `payload-too-large`, `overloaded` where bodies together exceed their
 * memory, `invalid-request` if it does not have the length that it states
 */
export function gather(payload: IncomingMessage, body: HeldBytes, limit: number): Promise<Buffer> {
  const length = Number(payload.headers['content-length'])
  return new Promise((resolve, reject) => {
    let bytes = 0
    const settle = (how: () => void) => {
      payload.off('data', onData).off('end', onEnd).off('error', onError)
      how()
    }
    const refuse = (error: FitserveError) => settle(() => reject(error))
    const tooLarge = () =>
      new FitserveError('payload-too-large', `The body exceeds the limit of ${limit} bytes.`)
    const onData = (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > limit) refuse(tooLarge())
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
    if (length > limit) reject(tooLarge())
    else payload.on('data', onData).on('end', onEnd).on('error', onError).resume()
  })
}
