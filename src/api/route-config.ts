import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyBaseLogger, FastifyInstance, FastifyTypeProvider, RawServerDefault } from 'fastify'
import type { z } from 'zod'
import type { ApiKey, Role } from '../access.ts'
import type { ErrorCode } from '../errors.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The least role that may call; a route that does not say is for `admin`. */
    role?: Role | 'anyone'
    /** Media types of the answer where it is not JSON alone. */
    produces?: readonly string[]
    /** Media types of the body, for messages. */
    accepts?: readonly string[]
    /** Allows bodies with `Content-Encoding: gzip`. */
    gzip?: boolean
    /** The route reads its body as a stream, without a limit on the total time. */
    streamed?: boolean
    /** Answered without the headers for browsers: nothing shows what is answered as a page. */
    plain?: boolean
    /** Answered also under pressure, and not counted for the rate limit. */
    vital?: boolean
    /** Error codes beside those of every route, for the documentation. */
    errors?: readonly ErrorCode[]
    /** Bodies that the route reads itself, by media type, for the documentation. */
    bodies?: Readonly<Record<string, z.ZodType>>
  }
  interface FastifyRequest {
    /** `routeOptions`, which Fastify makes anew at every look; undefined where no hook has seen the request. */
    route: FastifyRequest['routeOptions'] | undefined
    /** The key that was sent; null without one, or where none is needed. */
    caller: ApiKey | null
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
/** Media types of lines of JSON; the first one is used in answers. */
export const NDJSON_TYPES = [
  'application/x-ndjson',
  'application/ndjson',
  'application/jsonl',
  'application/x-jsonlines',
] as const
