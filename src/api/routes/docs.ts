import swaggerUi from '@fastify/swagger-ui'
import { openApiDocument } from '../openapi/document.ts'
import type { Node } from '../openapi/nodes.ts'
import { yamlOf } from '../openapi/yaml.ts'
import type { App } from '../route-config.ts'

/** Adds the OpenAPI document and a page to try it out, which loads nothing from other hosts. */
export async function docsRoutes(app: App): Promise<void> {
  // Made at the first request, since making them would take longer than the rest of the start.
  let document: Node | undefined
  let yaml: string | undefined
  let json: string | undefined
  const whole = () => {
    document ??= openApiDocument(app)
    return document
  }
  app.get('/openapi.yaml', { config: { role: 'anyone' }, schema: { hide: true } }, (_request, reply) => {
    yaml ??= yamlOf(whole())
    return reply.type('application/yaml; charset=utf-8').send(yaml)
  })
  app.get('/openapi.json', { config: { role: 'anyone' }, schema: { hide: true } }, (_request, reply) => {
    json ??= JSON.stringify(whole())
    return reply.type('application/json; charset=utf-8').send(json)
  })
  app.addHook('onRoute', (route) => {
    route.config = { ...route.config, role: 'anyone' }
  })
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    uiConfig: { deepLinking: true, tryItOutEnabled: true },
    theme: { title: 'fitserve: HTTP API' },
    staticCSP: {
      'default-src': "'none'",
      'base-uri': "'none'",
      'frame-ancestors': "'none'",
      'form-action': "'none'",
      'script-src': "'self'",
      'style-src': "'self' 'unsafe-inline'",
      'img-src': "'self' data:",
      'connect-src': "'self'",
      'font-src': "'self'",
    },
  })
}
