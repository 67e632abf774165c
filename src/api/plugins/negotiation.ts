import { FitserveError } from '../../errors.ts'
import type { App } from '../route-config.ts'

/**
 * Refuses requests whose `Content-Encoding` is not supported. `Accept` refuses nothing: each address has one form of
 * answer, which is better than none (RFC 9110, 12.4.1).
 */
export function useNegotiation(app: App): void {
  app.addHook('onRequest', (request, reply, done) => {
    const encoding = request.headers['content-encoding']
    if (request.is404 || encoding === undefined) return done()
    const { gzip = false } = request.route?.config ?? {}
    if (/^(identity)?$/i.test(encoding) || (gzip && /^(x-)?gzip$/i.test(encoding))) return done()
    reply.header('accept-encoding', gzip ? 'gzip, identity' : 'identity')
    const known = gzip ? 'gzip or absent' : 'absent'
    done(new FitserveError('unsupported-media-type', `Content-Encoding must be ${known}.`))
  })
}
