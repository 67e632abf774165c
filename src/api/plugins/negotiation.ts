import { FitserveError } from '../../errors.ts'
import { type App, JSON_TYPE } from '../route-config.ts'

const JSON_ONLY = [JSON_TYPE]

/** Refuses requests whose `Accept` excludes all types of the answer, or whose `Content-Encoding` is not supported. */
export function useNegotiation(app: App): void {
  app.addHook('onRequest', (request, reply, done) => {
    const { headers } = request
    const encoding = headers['content-encoding']
    const accept = headers.accept || undefined
    if (request.is404 || (encoding === undefined && (accept === undefined || accept === '*/*'))) return done()
    const { produces = JSON_ONLY, gzip = false } = request.route?.config ?? {}
    if (
      encoding !== undefined &&
      !/^(identity)?$/i.test(encoding) &&
      !(gzip && /^(x-)?gzip$/i.test(encoding))
    ) {
      reply.header('accept-encoding', gzip ? 'gzip, identity' : 'identity')
      const known = gzip ? 'gzip or absent' : 'absent'
      return done(new FitserveError('unsupported-media-type', `Content-Encoding must be ${known}.`))
    }
    if (accept === undefined || produces.some((type) => type === '*/*' || accepts(accept, type)))
      return done()
    done(new FitserveError('not-acceptable', `Available media types: ${produces.join(', ')}.`))
  })
}

/** Tells whether an `Accept` header takes a media type: the most specific matching range decides (RFC 9110, 12.5.1). */
export function accepts(header: string, type: string): boolean {
  const [main] = type.split('/')
  let best = -1
  let quality = 0
  for (const range of header.split(',')) {
    const [name = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
    const precision = [`*/*`, `${main}/*`, type].indexOf(name)
    if (precision < best || precision === -1) continue
    const weight = parameters.find((parameter) => parameter.startsWith('q='))
    const q = weight === undefined ? 1 : Number(weight.slice(2)) || 0
    quality = precision > best ? q : Math.max(quality, q)
    best = precision
  }
  return quality > 0
}
