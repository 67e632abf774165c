import helmet from 'helmet'
import type { App } from '../route-config.ts'

/**
 * Adds headers that allow a browser only to show a response. Strict-Transport-Security is left to the proxy that
 * terminates TLS.
 */
export function useSecurityHeaders(app: App): void {
  const secure = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    },
    strictTransportSecurity: false,
    crossOriginOpenerPolicy: false,
    originAgentCluster: false,
  })
  app.addHook('onRequest', (request, reply, done) => {
    if (request.route?.config.plain) done()
    else secure(request.raw, reply.raw, (error) => done(error instanceof Error ? error : undefined))
  })
}
