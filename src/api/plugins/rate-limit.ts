import rateLimit from '@fastify/rate-limit'
import type { FastifyRequest } from 'fastify'
import type { Access } from '../../access.ts'
import { FitserveError } from '../../errors.ts'
import { addRateLimit } from '../requests/rate-limit-headers.ts'
import type { App } from '../route-config.ts'

const MINUTE_MS = 60_000
/** Limit on keys and addresses counted at once; those not seen for longest are forgotten. */
const MAX_COUNTED = 20_000

/**
 * Counts requests by key, or by address where none was sent, and tells each client what is left.
 * @param perMinute limit of addresses, and of keys without a limit of their own; 0: none
 */
export async function useRateLimit(app: App, access: Access, perMinute: number): Promise<void> {
  // Keys with a limit of their own may come while the service runs.
  if (perMinute === 0 && !access.required) return
  await app.register(rateLimit, { global: false, cache: MAX_COUNTED })
  const limitOf = ({ caller }: FastifyRequest) => caller?.requestsPerMinute ?? perMinute
  const count = app.createRateLimit({
    max: limitOf,
    timeWindow: MINUTE_MS,
    keyGenerator: (request) => (request.caller ? `key ${request.caller.name}` : `address ${request.ip}`),
  })
  app.addHook('onRequest', async (request, reply) => {
    if (limitOf(request) === 0 || request.route?.config.vital) return
    const state = await count(request)
    if (state.isAllowed) return
    const { max, remaining } = state
    const resetS = Math.max(1, state.ttlInSeconds)
    addRateLimit(reply, { name: 'requests', quota: max, windowS: 60, left: remaining, resetS })
    if (!state.isExceeded) return
    reply.header('retry-after', String(resetS))
    throw new FitserveError('rate-limited', `Rate limit of ${max} requests a minute exceeded.`)
  })
}
