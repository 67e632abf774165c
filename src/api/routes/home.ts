import { fileURLToPath } from 'node:url'
import fastifyStatic from '@fastify/static'
import type { AppDependencies } from '../dependencies.ts'
import type { App } from '../route-config.ts'

/** The built files of `src/dashboard/`. */
const FILES = fileURLToPath(new URL('../../../dist/dashboard/', import.meta.url))

/** The page loads nothing from other hosts, and neither script nor style from within its own text. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/**
 * Adds `GET /`, the dashboard for browsers and the version with the links to the documentation for others, and
 * `GET /assets/…`, the dashboard's files. The set-up has compressed them already.
 */
export async function homeRoutes(app: App, { version }: Pick<AppDependencies, 'version'>): Promise<void> {
  app.addHook('onRoute', (route) => {
    route.config = { ...route.config, role: 'anyone' }
  })
  await app.register(fastifyStatic, {
    root: `${FILES}assets`,
    prefix: '/assets/',
    preCompressed: true,
    setHeaders: (response) => response.setHeader('vary', 'accept-encoding'),
    // The hash of its content is in the name of each file.
    immutable: true,
    maxAge: '365d',
  })
  app.get('/', { schema: { hide: true } }, (request, reply) => {
    reply.header('vary', 'accept, accept-encoding')
    if (request.headers.accept?.includes('html') !== true)
      return reply.send({ name: 'fitserve', version, docs: '/docs', openapi: '/openapi.json' })
    reply.header('content-security-policy', PAGE_POLICY)
    return reply
      .sendFile('index.html', FILES, { immutable: false, cacheControl: false })
      .header('cache-control', 'no-cache')
  })
}
