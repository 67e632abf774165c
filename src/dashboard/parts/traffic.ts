import { answerOf, api } from '../api/client.ts'
import { type ProcessTraffic, type ServiceTraffic, sumOf } from './traffic-sum.ts'

/** Milliseconds after which a process that has not answered any more no longer counts: its figures span a minute. */
const KNOWN_MS = 60_000

const known = new Map<string, { at: number; traffic: ProcessTraffic }>()

/**
 * Asks for the predictions of the service. Each process counts for itself, and behind a balancer any of them may answer, so
 * this adds up those that have answered in the last minute.
 */
export async function serviceTraffic(signal: AbortSignal): Promise<ServiceTraffic> {
  const traffic = await answerOf(api.GET('/traffic', { signal }))
  const now = performance.now()
  known.set(traffic.process, { at: now, traffic })
  for (const [process, { at }] of known) if (now - at > KNOWN_MS) known.delete(process)
  return sumOf([...known.values()].map((each) => each.traffic))
}
