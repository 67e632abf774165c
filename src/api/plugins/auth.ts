import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { FastifyRequest } from 'fastify'
import { type ApiKey, mayAct } from '../../access.ts'
import { FitserveError } from '../../errors.ts'
import { isReading } from '../requests/methods.ts'
import type { App } from '../route-config.ts'

/** Sets `request.caller` to the API key that was sent. Refuses nothing: the rate limit first counts by key. */
export function useIdentity(app: App, keys: readonly ApiKey[]): void {
  app.decorateRequest('caller', null)
  if (keys.length === 0) return
  const callerOf = callerFinder(keys)
  app.addHook('onRequest', (request, _reply, done) => {
    request.caller = callerOf(request.headers.authorization)
    done()
  })
}

/** Returns a function that finds the API key in an `Authorization` header; null for an absent or unknown one. */
export function callerFinder(keys: readonly ApiKey[]): (header: string | undefined) => ApiKey | null {
  const known = keys.map((key) => ({ key, digest: Buffer.from(key.sha256, 'hex') }))
  return (header) => {
    const sent = /^bearer +(\S+) *$/i.exec(header ?? '')?.[1]
    if (sent === undefined) return null
    const digest = createHash('sha256').update(sent).digest()
    let caller: ApiKey | null = null
    // Every key is compared, and in constant time, so that time tells nothing.
    for (const { key, digest: other } of known) if (timingSafeEqual(digest, other)) caller = key
    return caller
  }
}

/**
 * Authorizes requests. With API keys: by role. Without keys: any caller except web pages of other origins, which a
 * browser on this machine could be made to show.
 */
export function useAuthorization(app: App, keys: readonly ApiKey[]): void {
  if (keys.length === 0) {
    app.addHook('onRequest', (request, _reply, done) =>
      done(isForeignPage(request) || isForeignHost(request) ? foreign() : undefined),
    )
    return
  }
  app.addHook('onRequest', (request, reply, done) => {
    if (request.is404) return done()
    const role = request.route?.config.role ?? 'admin'
    if (role === 'anyone') return done()
    if (!request.caller) {
      reply.header('www-authenticate', 'Bearer realm="fitserve"')
      const sent = request.headers.authorization !== undefined
      const what = sent ? 'The API key is unknown.' : 'The request needs an API key.'
      return done(new FitserveError('unauthorized', `${what} Send Authorization: Bearer <key>.`))
    }
    if (mayAct(request.caller.role, role)) return done()
    const detail = `This request needs the role ${role}. The key "${request.caller.name}" has the role ${request.caller.role}.`
    done(new FitserveError('forbidden', detail))
  })
}

/**
 * A browser can be made to post to loopback by any page it shows; it then names that page's origin, or says at least
 * that it is another one.
 */
function isForeignPage({ method, headers }: FastifyRequest): boolean {
  if (isReading(method)) return false
  const { 'sec-fetch-site': site = 'none' } = headers
  if (site !== 'none' && site !== 'same-origin') return true
  if (headers.origin === undefined) return false
  return !URL.canParse(headers.origin) || new URL(headers.origin).host !== headers.host
}

/** The last host that was checked, which usually is the only one. */
let lastHost = { host: '', foreign: false }

/** Tells whether the service was called by a domain name, which a foreign page could have pointed here. */
export function isForeignHost({ headers: { host = '' } }: Pick<IncomingMessage, 'headers'>): boolean {
  if (host !== lastHost.host) lastHost = { host, foreign: isPublicName(host) }
  return lastHost.foreign
}

/**
 * Tells whether a host is a name of the public DNS. A page can point such a name at loopback and then counts as the
 * same origin (D-20); it cannot do so with an address, `localhost` or a single word.
 */
function isPublicName(host: string): boolean {
  const name = host.replace(/:\d*$/, '').replace(/\.$/, '').toLowerCase()
  return name.includes('.') && !/^[\d.]+$/.test(name) && !name.startsWith('[') && !name.endsWith('.localhost')
}

function foreign(): FitserveError {
  return new FitserveError(
    'forbidden',
    'Without API keys, the service can only be called by an IP address or localhost, and not from pages of other origins.',
  )
}
