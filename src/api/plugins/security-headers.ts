import helmet from 'helmet'
import type { App } from '../route-config.ts'

/**
 * Headers that keep a browser from doing more with an answer than showing it. Transport security is left to
 * whatever terminates TLS.
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
