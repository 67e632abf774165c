import { STATUS_CODES } from 'node:http'
import swagger from '@fastify/swagger'
import type { RouteOptions } from 'fastify'
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { TAGS } from '../route.ts'
import type { App } from '../route-config.ts'
import { HIDDEN } from '../schemas/registry.ts'
import { isNode, type Node, nodeAt, nodesAt, operationsOf } from './nodes.ts'
import { addProblems, codesOf, PROBLEM_CODES } from './problem-responses.ts'
import { shareParameters } from './shared-parameters.ts'
import { defaultsInWords, openAnswers, plainSchemas, withoutTwins } from './simplify.ts'
import { yamlOf } from './yaml.ts'

/*
 * The OpenAPI document is put together from the routes' own schemas. Fastify's plugin collects the routes and writes
 * zod's schemas as JSON Schema; the passes below give the document the form that people read and that generators of
 * clients understand: one schema for each name, no tuples, no recursion, and one place for each parameter and problem that many
 * operations share.
 */

const DESCRIPTION = `Trains small text and table models over HTTP and serves them.

Upload a table with \`POST /datasets\`, train a model on it with \`POST /jobs\`, follow the job with \`GET /jobs/{id}\` until its \`state\` is \`completed\`, and send rows to \`POST /predict\`.

A request that fails is answered with a problem (RFC 9457) whose \`type\` is a stable code. \`x-problems\` lists the codes of each operation, and \`x-role\` is the lowest role of an API key that may call it.`

/** Collects the routes that are added after it into an OpenAPI document. */
export async function useOpenApi(app: App, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'fitserve',
        description: DESCRIPTION,
        version,
        contact: { name: 'fitserve' },
        license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
      },
      servers: [{ url: '/' }],
      security: [KEY],
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
      const plain = jsonSchemaTransform({ ...document, schema })
      return { ...plain, schema: documented(plain.schema, route, document) }
    },
    transformObject: jsonSchemaTransformObject,
  })

  type Transformed = ReturnType<typeof jsonSchemaTransform>['schema']

  /** Adds to a route's schema what its configuration says. */
  function documented(schema: Transformed, route: RouteOptions, document: object): Transformed {
    if (schema.hide) return schema
    const config = route.config ?? {}
    const bodies = Object.entries(config.bodies ?? {}).map(([type, body]) => {
      const given = { ...document, schema: { body } } as Parameters<typeof jsonSchemaTransform>[0]
      return [type, { schema: jsonSchemaTransform(given).schema.body }]
    })
    const open = config.role === 'anyone'
    return {
      ...schema,
      ...(bodies.length > 0 ? { body: { content: Object.fromEntries(bodies) } } : {}),
      ...(open ? { security: [] } : { 'x-role': config.role ?? 'admin' }),
      ...notesOf(route),
    }
  }
}

const KEY = { apiKey: [] }

/** Returns what the passes below read of a route's operation. */
function notesOf(route: RouteOptions): Node {
  return {
    [OPTIONAL_BODY]: mayBeAbsent(route.schema?.body),
    [EXAMPLES]: route.config?.examples,
    [PROBLEM_CODES]: codesOf(route),
  }
}

/** Marks an operation whose body may be left out, until the document is put together: the library requires each body. */
const OPTIONAL_BODY = 'x-optional-body'
/** Holds the examples of an operation's body until the document is put together. */
const EXAMPLES = 'x-examples'

function mayBeAbsent(body: unknown): boolean {
  return body instanceof z.ZodType && body.safeParse(undefined).success
}

/** Returns the whole document, which is always the same for the same routes. */
export function openApiDocument(app: App): Node {
  const collected: Node = JSON.parse(JSON.stringify(app.swagger()))
  for (const operation of operationsOf(collected)) {
    tidyParameters(operation)
    describeAnswers(operation)
    describeBody(operation)
  }
  addProblems(collected)
  const document = openAnswers(defaultsInWords(plainSchemas(withoutTwins(collected))))
  shareParameters(document)
  const { components, ...before } = document
  return { ...before, components }
}

/** Puts the fields of each parameter in the order in which people read them, and leaves out the hidden ones. */
function tidyParameters(operation: Node): void {
  const parameters = nodesAt(operation, 'parameters').filter(
    ({ schema }) => !(isNode(schema) && schema[HIDDEN] === true),
  )
  operation['parameters'] = parameters.map(({ name, in: place, required, description, schema, ...rest }) => ({
    name,
    in: place,
    ...(required === true ? { required } : {}),
    ...(description === undefined ? {} : { description }),
    ...rest,
    schema,
  }))
  if (parameters.length === 0) delete operation['parameters']
}

/** Description that the library inserts where a route has none. */
const NO_DESCRIPTION = 'Default Response'

function describeAnswers(operation: Node): void {
  for (const [status, answer] of Object.entries(nodeAt(operation, 'responses'))) {
    if (!isNode(answer)) continue
    const { description } = answer
    if (description === undefined || description === NO_DESCRIPTION)
      answer['description'] = `${STATUS_CODES[status]}.`
  }
}

/** Says whether the body may be absent, and adds the examples of its first media type. */
function describeBody(operation: Node): void {
  const { [OPTIONAL_BODY]: optional, [EXAMPLES]: examples } = operation
  delete operation[OPTIONAL_BODY]
  delete operation[EXAMPLES]
  const body = operation['requestBody']
  if (!isNode(body)) return
  body['required'] = optional !== true
  const [type] = Object.keys(nodeAt(body, 'content'))
  if (examples !== undefined && type !== undefined)
    nodeAt(nodeAt(body, 'content'), type)['examples'] = examples
}

/** Returns the document as YAML, as `openapi.yaml` holds it. */
export function openApiYaml(app: App): string {
  return yamlOf(openApiDocument(app))
}
