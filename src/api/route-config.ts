import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyBaseLogger, FastifyInstance, FastifyTypeProvider, RawServerDefault } from 'fastify'
import type { z } from 'zod'
import type { Caller, Role } from '../access.ts'
import type { ErrorCode, FitserveError } from '../errors.ts'
import type { Span } from '../runtime/tracing.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The least role that may call. Default: `admin`. */
    role?: Role | 'anyone'
    /** Media types of the body. Default: JSON. Where JSON is the first, it is assumed of a body without a type. */
    accepts?: readonly string[]
    /** Returns the media type that a body is read as, whatever it names itself; undefined: its own. Default: its own. */
    readAs?: (headers: IncomingHttpHeaders) => string | undefined
    /** Allows bodies with `Content-Encoding: gzip`. */
    gzip?: boolean
    /** The route reads its body as a stream, without a limit on the total time. */
    streamed?: boolean
    /** The route is of another server's protocol: it counts no rows, and its lists have all models. */
    foreign?: boolean
    /** The route changes nothing, although its method may: it leaves no entry in the audit log. */
    readOnly?: boolean
    /** The last word of the path is never the value of a parameter that another route has in its place. */
    reserved?: boolean
    /** The answer has no security headers for browsers, since no browser shows it as a page. */
    plain?: boolean
    /** The route answers under overload too, and the rate limit does not count it. */
    vital?: boolean
    /** Error codes beside those of every route, for the OpenAPI document. */
    errors?: readonly ErrorCode[]
    /** Schemas, by media type, of bodies that the handler reads and checks, for the OpenAPI document. */
    bodies?: Readonly<Record<string, z.ZodType>>
    /** Examples of a body of its first media type by name, for the OpenAPI document. */
    examples?: Readonly<Record<string, { summary: string; value: unknown }>>
  }
  interface FastifyRequest {
    /** `routeOptions`, which Fastify's own getter makes anew each time; undefined if no hook has seen the request. */
    route: FastifyRequest['routeOptions'] | undefined
    /** The request's part of a trace; undefined where it is not traced. */
    span: Span | undefined
    /** Whose key or token was sent; null without one, or if the service has no keys. */
    caller: Caller | null
    /** Why the key or token that was sent is not taken, if more is to be said than that it is unknown. */
    refusal: FitserveError | null
  }
}

/** Requests are typed by their zod schemas; answers are typed by what the rooms return. */
interface RequestTypes extends FastifyTypeProvider {
  validator: this['schema'] extends z.ZodType ? z.output<this['schema']> : unknown
  serializer: unknown
}

/** The instance that plugins and routes are added to. */
export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  RequestTypes
>

/** Media type of JSON. */
export const JSON_TYPE = 'application/json'
/** Returns whether a route reads JSON as a whole, and takes a body without a type for JSON. */
export function prefersJson(config: { accepts?: readonly string[] } | undefined): boolean {
  return (config?.accepts?.[0] ?? JSON_TYPE) === JSON_TYPE
}

/** Media type of CSV. */
export const CSV_TYPE = 'text/csv'
/** Media type of forms, which curl sends by default. */
export const FORM_TYPE = 'application/x-www-form-urlencoded'
/** Media types of lines of JSON; the first one is used in answers. */
export const NDJSON_TYPES = [
  'application/x-ndjson',
  'application/ndjson',
  'application/jsonl',
  'application/x-jsonlines',
] as const
