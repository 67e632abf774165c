import type { IncomingMessage } from 'node:http'
import type { FastifyRequest } from 'fastify'
import { type Access, type Caller, mayAct } from '../../access.ts'
import { FitserveError } from '../../errors.ts'
import { isReading } from '../requests/methods.ts'
import type { App } from '../route-config.ts'

/** Sets `request.caller` to the key or token that was sent. Refuses nothing: the rate limit first counts by key. */
export function useIdentity(app: App, access: Access): void {
  app.decorateRequest('caller', null)
  app.decorateRequest('refusal', null)
  if (!access.required) return
  app.addHook('onRequest', (request, _reply, done) => {
    const found = access.find(request.headers.authorization)
    if (!(found instanceof Promise)) {
      request.caller = found
      return done()
    }
    found.then(
      (caller) => {
        request.caller = caller
        done()
      },
      (error: unknown) => {
        if (!(error instanceof FitserveError)) return done(error instanceof Error ? error : undefined)
        request.refusal = error
        done()
      },
    )
  })
}

/**
 * Authorizes requests. With API keys or tokens: by role. Without: any caller except web pages of other origins, which a
 * browser on this machine could be made to show.
 * @param origins of pages that may call all the same
 */
export function useAuthorization(app: App, access: Access, origins: readonly string[]): void {
  if (!access.required) {
    const allowed = new Set(origins)
    app.addHook('onRequest', (request, _reply, done) =>
      done(isForeignPage(request, allowed) || isForeignHost(request) ? foreign() : undefined),
    )
    return
  }
  app.addHook('onRequest', (request, reply, done) => {
    if (request.is404) return done()
    const role = request.route?.config.role ?? 'admin'
    if (role === 'anyone') return done()
    const { caller, refusal } = request
    if (caller && mayAct(caller.role, role)) return done()
    if (caller) return done(forbidden(caller, role))
    if (!refusal || refusal.code === 'unauthorized')
      reply.header('www-authenticate', 'Bearer realm="fitserve"')
    done(refusal ?? unauthorized(request.headers.authorization !== undefined))
  })
}

function forbidden({ name, role }: Caller, needed: string): FitserveError {
  const detail = `This request needs the role ${needed}. The key "${name}" has the role ${role}.`
  return new FitserveError('forbidden', detail)
}

function unauthorized(sent: boolean): FitserveError {
  const what = sent ? 'The API key is unknown or has expired.' : 'The request needs an API key.'
  return new FitserveError('unauthorized', `${what} Send Authorization: Bearer <key>.`)
}

/**
 * A browser can be made to post to loopback by any page it shows; it then names that page's origin, or says at least
 * that it is another one.
 */
function isForeignPage({ method, headers }: FastifyRequest, allowed: ReadonlySet<string>): boolean {
  if (isReading(method)) return false
  const { 'sec-fetch-site': site = 'none', origin } = headers
  if (origin !== undefined && allowed.has(origin)) return false
  if (site !== 'none' && site !== 'same-origin') return true
  if (origin === undefined) return false
  return !URL.canParse(origin) || new URL(origin).host !== headers.host
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
