import { whenKeyChanges } from '../api/key.ts'
import { type ProcessTraffic, type ServiceTraffic, sumOf } from './traffic-sum.ts'

/** Milliseconds after which a process that has not answered any more no longer counts: its figures span a minute. */
const KNOWN_MS = 60_000

/** What each process has told the user of the present key, who may see fewer models than the one before. */
let known = new Map<string, { at: number; traffic: ProcessTraffic }>()
whenKeyChanges(() => {
  known = new Map()
})

/**
 * Begins a question. Each process counts for itself, and behind a balancer any of them may answer.
 * @returns takes the answer of a process at a time in ms, and sums up those that have answered in the last minute
 */
export function askedTraffic(): (traffic: ProcessTraffic, now: number) => ServiceTraffic {
  // An answer that comes after a change of the key is for the key before.
  const asked = known
  return (traffic, now) => {
    asked.set(traffic.process, { at: now, traffic })
    for (const [process, { at }] of asked) if (now - at > KNOWN_MS) asked.delete(process)
    return sumOf([...asked.values()].map((each) => each.traffic))
  }
}
