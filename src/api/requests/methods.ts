import type { FastifyRequest } from 'fastify'

const READING = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Tells whether a method only reads (RFC 9110, section 9.2.1). */
export function isReading(method: string): boolean {
  return READING.has(method)
}

/** Returns the methods that a request's path has, in the order of the alphabet; none if no route has this path. */
export type MethodsAt = (request: Pick<FastifyRequest, 'url'>) => readonly string[]
