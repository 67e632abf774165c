import helmet from '@fastify/helmet'
import type { App } from '../route-config.ts'

/**
 * Headers that keep a browser from doing more with an answer than showing it. Transport security is left to
 * whatever terminates TLS.
 */
export async function useSecurityHeaders(app: App): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    },
    strictTransportSecurity: false,
    crossOriginOpenerPolicy: false,
    originAgentCluster: false,
  })
}

/** For the routes that count microseconds: nothing shows their JSON as a page. */
export const NO_HEADERS = { helmet: false } as const
