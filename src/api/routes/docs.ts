import swaggerUi from '@fastify/swagger-ui'
import type { RouteDependencies } from '../dependencies.ts'
import { openApiDocument } from '../openapi/document.ts'
import { withModelInputs } from '../openapi/model-inputs.ts'
import { isNode, mapped, type Node } from '../openapi/nodes.ts'
import { yamlOf } from '../openapi/yaml.ts'
import type { App } from '../route-config.ts'

/** Adds the OpenAPI document and a page to try it out, which loads nothing from other hosts. */
export async function docsRoutes(app: App, { models, access, signatures }: RouteDependencies): Promise<void> {
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
  app.get('/openapi.json', { config: { role: 'anyone' }, schema: { hide: true } }, async (request, reply) => {
    reply.type('application/json; charset=utf-8')
    // Names of models and columns are for callers with a key, and not with one for some models only.
    if (access.required && (request.caller === null || request.caller.models !== null)) {
      json ??= JSON.stringify(whole())
      return reply.send(json)
    }
    return reply.send(JSON.stringify(await withModelInputs(whole(), models, signatures)))
  })
  app.addHook('onRoute', (route) => {
    route.config = { ...route.config, role: 'anyone' }
  })
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    uiConfig: { deepLinking: true, tryItOutEnabled: true, filter: true, defaultModelsExpandDepth: 0 },
    theme: { title: 'fitserve: HTTP API', css: [{ filename: 'own.css', content: STYLE }] },
    transformSpecification: () => withTexts(whole()),
    transformSpecificationClone: false,
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

/** Hides the bar with the plugin's mark and a field for other documents, which the policy would not load. */
const STYLE = '.swagger-ui .topbar { display: none }'

/**
 * Returns the document with files that have an example as texts. The page has a field for a text, which holds the example,
 * and for a file none but a button to choose one.
 */
function withTexts(document: Node): Node {
  return mapped(document, (node) => {
    const { examples, schema } = node
    const isFile = isNode(schema) && schema['format'] === 'binary'
    return isFile && examples !== undefined ? { ...node, schema: { type: 'string' } } : node
  })
}
