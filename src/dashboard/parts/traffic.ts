import { answerOf, api } from '../api/client.ts'
import { askedTraffic } from './known-traffic.ts'
import type { ServiceTraffic } from './traffic-sum.ts'

/** Asks for the predictions of the service: the sum of all processes that have answered in the last minute. */
export async function serviceTraffic(signal: AbortSignal): Promise<ServiceTraffic> {
  const addUp = askedTraffic()
  return addUp(await answerOf(api.GET('/traffic', { signal })), performance.now())
}
