import type { FastifyContextConfig, FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import type { Role } from '../access.ts'
import type { App } from './route-config.ts'

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

/** Tags of the OpenAPI document, each with its description there. */
export const TAGS = {
  'data sets': 'Uploaded tables. They are immutable, and the hash of their content is their id.',
  jobs: 'Runs of a recipe on a data set. A completed job has published a version of its model.',
  prediction: 'Takes rows, answers predictions.',
  'batch prediction': 'Jobs that answer all rows of a data set and keep the answers in a file.',
  models: 'Names with immutable numbered versions, and aliases that point at them.',
  operations: 'Health, metrics, the audit log and garbage.',
}

/** The type of what a zod schema gives; unknown without a schema. */
type Output<Schema> = Schema extends z.ZodType ? z.output<Schema> : unknown

/** A request's parts, typed by the schemas of its route. */
interface Parts<Params, Query, Headers, Body> {
  Params: Output<Params>
  Querystring: Output<Query>
  Headers: Output<Headers>
  Body: Output<Body>
}

/**
 * One route. Of its fields, those of `FastifyContextConfig` steer the hooks ahead of the handler, the schemas are
 * checked before it runs, and all of them together make the route's entry in the OpenAPI document.
 */
export interface Route<Params, Query, Headers, Body> extends FastifyContextConfig {
  /** Method and path, with parameters as `:name`. */
  endpoint: `${Method} /${string}`
  /** A short phrase in the imperative, or the name of the thing that is answered. */
  summary: string
  /** Markdown: what a client should know beyond the summary. */
  description: string
  /** The operation's id: clients that are generated from the document name their functions by it. */
  operation: string
  tag: keyof typeof TAGS
  role: Role | 'anyone'
  /** Schema of the path's parameters. */
  params?: Params
  /** Schema of the query. Absent: any query is refused. */
  query?: Query
  /** Schema of those headers that the handler reads. */
  headers?: Headers
  /** Schema of a JSON body that is checked before the handler. A body that the handler itself checks is in `bodies`. */
  body?: Body
  /** Answers by status, as schemas or OpenAPI responses, without the problems, which follow from `errors`. */
  answers: Readonly<Record<number, unknown>>
  /** Returns the answer, or sends it. */
  handler: (request: FastifyRequest<Parts<Params, Query, Headers, Body>>, reply: FastifyReply) => unknown
}

/** Adds a route to the API. */
export function route<Params, Query, Headers, Body>(
  app: App,
  definition: Route<Params, Query, Headers, Body>,
): void {
  const { endpoint, summary, description, operation, tag, handler, ...others } = definition
  const { params, query, headers, body, answers, ...config } = others
  const [method = '', url = ''] = endpoint.split(' ', 2)
  app.route<Parts<Params, Query, Headers, Body>>({
    method,
    url,
    config,
    schema: {
      summary,
      description,
      operationId: operation,
      tags: [tag],
      ...(params === undefined ? {} : { params }),
      ...(query === undefined ? {} : { querystring: query }),
      ...(headers === undefined ? {} : { headers }),
      ...(body === undefined ? {} : { body }),
      response: answers,
    },
    handler,
  })
}
