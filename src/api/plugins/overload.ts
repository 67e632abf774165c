import underPressure from '@fastify/under-pressure'
import { FitserveError } from '../../errors.ts'
import type { App } from '../route-config.ts'

/** Mean delay of the event loop over a second from which requests are turned away. */
const MAX_DELAY_MS = 3_000

/** Turns requests away while the process cannot keep up. */
export async function useOverloadGuard(app: App): Promise<void> {
  await app.register(underPressure, {
    maxEventLoopDelay: MAX_DELAY_MS,
    pressureHandler: (request) => {
      if (request.routeOptions.config?.vital) return
      throw new FitserveError('overloaded', 'The service is busy. Try again in a moment.')
    },
  })
}
