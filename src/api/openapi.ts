import { STATUS_CODES } from 'node:http'
import swagger from '@fastify/swagger'
import type { RouteOptions } from 'fastify'
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'
import { stringify } from 'yaml'
import { z } from 'zod'
import type { ErrorCode } from '../errors.ts'
import { PROBLEM_JSON } from './plugins/problems.ts'
import { PROBLEMS, problemType } from './problem-table.ts'
import { TAGS } from './route.ts'
import type { App } from './route-config.ts'
import { EXAMPLE } from './schemas/registry.ts'

type Loose = Record<string, unknown>

/** Collects the routes that are added after it into an OpenAPI document. */
export async function useOpenApi(app: App, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'fitserve',
        description:
          'Trains small text and table models over HTTP and serves them. Errors are problems (RFC 9457), whose `type` is a stable code.',
        version,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } as { name: string },
      },
      servers: [{ url: '/' }],
      tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
      components: {
        securitySchemes: {
          apiKey: {
            type: 'http',
            scheme: 'bearer',
            description:
              'An API key. A service without configured keys, which listens on loopback only, needs none.',
          },
        },
      },
    },
    transform: (document) => {
      const { schema = {}, route } = document
      const { response, ...rest } = schema as Loose
      const plain = jsonSchemaTransform({ ...document, schema: { ...rest, response } } as typeof document)
      return { ...plain, schema: documented(plain.schema as Loose, route, document) } as typeof plain
    },
    transformObject: jsonSchemaTransformObject,
  })

  function documented(schema: Loose, route: RouteOptions, document: object): Loose {
    if (schema['hide']) return schema
    const config = route.config ?? {}
    const bodies = Object.entries(config.bodies ?? {}).map(([type, body]) => {
      const given = { ...document, schema: { body } } as unknown as Parameters<typeof jsonSchemaTransform>[0]
      return [type, { schema: (jsonSchemaTransform(given).schema as Loose)['body'] }]
    })
    const open = config.role === 'anyone'
    const note = open ? {} : { 'x-role': config.role ?? 'admin' }
    return {
      ...schema,
      ...(mayBeAbsent(route.schema?.body) ? { [OPTIONAL_BODY]: true } : {}),
      ...(bodies.length > 0 ? { body: { content: Object.fromEntries(bodies) } } : {}),
      security: open ? [] : [{ apiKey: [] }],
      ...note,
      response: { ...(schema['response'] as Loose | undefined), ...problemsOf(route) },
    }
  }
}

/** Marks an operation whose body may be left out, until the document is put together: the library requires each body. */
const OPTIONAL_BODY = 'x-optional-body'

function mayBeAbsent(body: unknown): boolean {
  return body instanceof z.ZodType && body.safeParse(undefined).success
}

function allowAbsentBodies({ paths }: Loose): void {
  for (const operation of Object.values(paths as Record<string, Loose>).flatMap(Object.values) as Loose[]) {
    if (!operation[OPTIONAL_BODY]) continue
    delete operation[OPTIONAL_BODY]
    operation['requestBody'] = { ...(operation['requestBody'] as Loose), required: false }
  }
}

/** Makes JSON Schema's `examples` of those that named bodies have. */
function placeExamples({ components }: Loose): void {
  for (const schema of Object.values((components as { schemas: Record<string, Loose> }).schemas)) {
    const examples = schema[EXAMPLE] as Record<string, { value: unknown }> | undefined
    if (!examples) continue
    delete schema[EXAMPLE]
    schema['examples'] = Object.values(examples).map(({ value }) => value)
  }
}

/** Returns the whole document, which is always the same for the same routes. */
export function openApiDocument(app: App): Loose {
  const document = JSON.parse(JSON.stringify(app.swagger()), (key, value) =>
    key === 'description' && value === NO_DESCRIPTION ? undefined : value,
  ) as Loose
  describeAnswers(document)
  allowAbsentBodies(document)
  placeExamples(document)
  dropUnused(document)
  return document
}

/** Description that the library inserts where a route has none. */
const NO_DESCRIPTION = 'Default Response'

function describeAnswers({ paths }: Loose): void {
  for (const operation of Object.values(paths as Record<string, Loose>).flatMap(Object.values))
    for (const [status, answer] of Object.entries(
      (operation as { responses: Record<string, Loose> }).responses,
    ))
      answer['description'] ??= `${STATUS_CODES[status]}.`
}

/**
 * Drops schemas that nothing refers to: the library writes each one as input and as output, and most are used as one
 * only.
 */
function dropUnused(document: Loose): void {
  const { schemas } = document['components'] as { schemas: Loose }
  for (;;) {
    const text = JSON.stringify(document)
    const unused = Object.keys(schemas).filter((name) => !text.includes(`"#/components/schemas/${name}"`))
    if (unused.length === 0) return
    for (const name of unused) delete schemas[name]
  }
}

/** Returns the document as YAML, as `openapi.yaml` holds it. */
export function openApiYaml(app: App): string {
  return stringify(openApiDocument(app), { lineWidth: 110, aliasDuplicateObjects: false })
}

/** Returns the error answers of a route by status, each with the codes that it may have. */
function problemsOf(route: RouteOptions): Loose {
  const config = route.config ?? {}
  const { querystring, params } = (route.schema ?? {}) as Loose
  const codes = new Set<ErrorCode>([
    ...(querystring || params ? (['invalid-query'] as const) : []),
    ...(params ? (['invalid-request'] as const) : []),
    ...(config.role === 'anyone' ? [] : (['unauthorized'] as const)),
    // Without keys, pages of other origins are refused.
    'forbidden',
    ...(config.errors ?? []),
    'internal',
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
