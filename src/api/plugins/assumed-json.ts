import type { IncomingHttpHeaders } from 'node:http'
import { type App, FORM_TYPE, JSON_TYPE, prefersJson } from '../route-config.ts'

/** Headers by which browsers tell that a page sends the request. Other clients send none of them. */
const PAGE_HEADERS = ['origin', 'referer', 'sec-fetch-site', 'sec-fetch-mode'] as const

/**
 * Gives a body without a media type, or with the one that curl sends by default, the type JSON where the route takes
 * it, and every body the type that its route reads it as. Not for pages: a page of another origin may send such a body
 * without asking first, and must name JSON (D-124). Call it before any hook that looks at the type.
 */
export function useAssumedJson(app: App): void {
  app.addHook('onRequest', ({ route, raw: { headers } }, _reply, done) => {
    if (isOfPage(headers)) return done()
    const assumed = isUntyped(headers) && prefersJson(route?.config) ? JSON_TYPE : undefined
    const type = route?.config.readAs?.(headers) ?? assumed
    if (type !== undefined) headers['content-type'] = type
    done()
  })
}

function isUntyped({ 'content-type': type = '' }: IncomingHttpHeaders): boolean {
  return type === '' || type.split(';', 1)[0]?.trim().toLowerCase() === FORM_TYPE
}

function isOfPage(headers: IncomingHttpHeaders): boolean {
  return PAGE_HEADERS.some((name) => headers[name] !== undefined)
}
