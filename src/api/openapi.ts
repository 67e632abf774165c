import swagger from '@fastify/swagger'
import type { RouteOptions } from 'fastify'
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from 'fastify-type-provider-zod'
import { stringify } from 'yaml'
import type { ErrorCode } from '../errors.ts'
import { PROBLEM_JSON } from './plugins/problems.ts'
import { PROBLEMS, problemType } from './problem-table.ts'
import type { App } from './route-config.ts'
import { components } from './schemas/registry.ts'

type Loose = Record<string, unknown>

const TAGS = {
  'data sets': 'Uploaded tables, immutable, named by the hash of their content.',
  jobs: 'Runs of a recipe on a data set.',
  models: 'Names, immutable numbered versions, and aliases that point at them.',
  prediction: 'Rows in, predictions out.',
  operations: 'Health and metrics.',
}

const transformSchemas = createJsonSchemaTransform({ schemaRegistry: components })
const transformDocument = createJsonSchemaTransformObject({ schemaRegistry: components })

/** Collects the routes that are added after it into an OpenAPI document. */
export async function useOpenApi(app: App, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'fitserve',
        description:
          'Trains small text and table models over HTTP and serves them. Errors are problems as RFC 9457 has them; their `type` is a stable code.',
        version,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } as { name: string },
      },
      servers: [{ url: '/' }],
      tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
      components: {
        securitySchemes: {
          apiKey: {
            ...{ type: 'http', scheme: 'bearer' },
            description: 'An API key. Where none is configured, which is for loopback only, none is needed.',
          },
        },
      },
    },
    transform: (document) => {
      const { schema = {}, route } = document
      const { response, ...rest } = schema as Loose
      const plain = transformSchemas({ ...document, schema: { ...rest, response } } as typeof document)
      return { ...plain, schema: documented(plain.schema as Loose, route, document) } as typeof plain
    },
    transformObject: transformDocument,
  })

  function documented(schema: Loose, route: RouteOptions, document: object): Loose {
    if (schema['hide']) return schema
    const config = route.config ?? {}
    const bodies = Object.entries(config.bodies ?? {}).map(([type, body]) => {
      const given = { ...document, schema: { body } } as unknown as Parameters<typeof transformSchemas>[0]
      return [type, { schema: (transformSchemas(given).schema as Loose)['body'] }]
    })
    const open = config.role === 'anyone'
    const note = open ? {} : { 'x-role': config.role ?? 'admin' }
    return {
      ...schema,
      ...(bodies.length > 0 ? { body: { content: Object.fromEntries(bodies) } } : {}),
      ...{ security: open ? [] : [{ apiKey: [] }], ...note },
      response: { ...(schema['response'] as Loose | undefined), ...problemsOf(route) },
    }
  }
}

/** The whole document, always the same for the same routes. */
export function openApiDocument(app: App): Loose {
  return app.swagger() as unknown as Loose
}

/** The document as it is kept in `openapi.yaml`. */
export function openApiYaml(app: App): string {
  const document = JSON.parse(JSON.stringify(openApiDocument(app))) as Loose
  return stringify(document, { lineWidth: 110, aliasDuplicateObjects: false })
}

/** Error answers by status, each saying which codes it may have. */
function problemsOf(route: RouteOptions): Loose {
  const config = route.config ?? {}
  const { querystring, params } = (route.schema ?? {}) as Loose
  const codes = new Set<ErrorCode>([
    ...(querystring || params ? (['invalid-query'] as const) : []),
    ...(config.role === 'anyone' ? [] : (['unauthorized', 'forbidden'] as const)),
    ...(config.errors ?? []),
    ...(['not-acceptable', 'internal'] as const),
    ...(config.vital ? [] : (['rate-limited', 'overloaded'] as const)),
  ])
  const byStatus = new Map<number, ErrorCode[]>()
  for (const code of codes) {
    const { status } = PROBLEMS[code]
    byStatus.set(status, [...(byStatus.get(status) ?? []), code])
  }
  const schema = { $ref: '#/components/schemas/Problem' }
  return Object.fromEntries(
    [...byStatus].map(([status, found]) => [
      status,
      {
        description: found.map((code) => `\`${problemType(code)}\`: ${PROBLEMS[code].title}.`).join(' '),
        content: { [PROBLEM_JSON]: { schema } },
        ...(status === 429 || status === 503 ? { headers: RETRY_AFTER } : {}),
      },
    ]),
  )
}

const RETRY_AFTER = { 'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer' } } }
