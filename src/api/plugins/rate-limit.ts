import rateLimit from '@fastify/rate-limit'
import { FitserveError } from '../../errors.ts'
import type { App } from '../route-config.ts'

const MINUTE_MS = 60_000
/** Limit on keys and addresses counted at once; those not seen for longest are forgotten. */
const MAX_COUNTED = 20_000

/** Counts requests by key, or by address where none was sent. @param perMinute 0: no limit */
export async function useRateLimit(app: App, perMinute: number): Promise<void> {
  if (perMinute === 0) return
  await app.register(rateLimit, { global: false, cache: MAX_COUNTED })
  const count = app.createRateLimit({
    max: perMinute,
    timeWindow: MINUTE_MS,
    keyGenerator: (request) => (request.caller ? `key ${request.caller.name}` : `address ${request.ip}`),
  })
  app.addHook('onRequest', async (request, reply) => {
    if (request.route?.config.vital) return
    const state = await count(request)
    if (state.isAllowed || !state.isExceeded) return
    reply.header('retry-after', String(Math.max(1, state.ttlInSeconds)))
    throw new FitserveError('rate-limited', `Rate limit of ${perMinute} requests a minute exceeded.`)
  })
}
