import type { FastifyRequest } from 'fastify'

/** Returns the name of the API key that was sent; null without one. */
export function callerName({ caller }: Pick<FastifyRequest, 'caller'>): string | null {
  return caller?.name ?? null
}
