import { z } from 'zod'
import type { Store } from '../../store/contract.ts'
import { seal } from '../../store/sealed.ts'
import { readSealed } from '../../store/sealed-values.ts'

/** Result of a delivery, created once for each round of a job. */
export const WebhookResult = z.object({
  state: z.enum(['delivered', 'failed']),
  /** HTTP status of the receiver's last answer; null if none came. */
  status: z.int().nullable(),
  attempts: z.int(),
  /** Why the last attempt failed, as a sentence; null if it was delivered. */
  error: z.string().nullable(),
  at: z.iso.datetime(),
})
export type WebhookResult = z.infer<typeof WebhookResult>

/** A round of a job whose end is to be reported. */
export interface Awaited {
  /** Id of the job. */
  job: string
  /** Number of the round, from 1. */
  round: number
}

const FOLDER = 'webhooks/'
const markKey = ({ job, round }: Awaited) => `${FOLDER}${job}.${round}`
const resultKey = ({ job, round }: Awaited) => `jobs/${job}/webhook${round === 1 ? '' : `-${round}`}.json`

/** Notes that a job's end is to be reported. Called before the job is kept, so that no end is forgotten. */
export async function awaitWebhook(store: Store, awaited: Awaited): Promise<void> {
  await store.create(markKey(awaited), '')
}

/** Returns all rounds whose end has not been reported yet; most of them are running. */
export async function awaitedWebhooks(store: Store): Promise<Awaited[]> {
  return (await store.children(FOLDER)).flatMap((name) => {
    const [, job, round] = /^([0-9a-f-]{36})\.(\d+)$/.exec(name) ?? []
    return job === undefined ? [] : [{ job, round: Number(round) }]
  })
}

/** Keeps the result of a delivery and removes the note. */
export async function keepResult(store: Store, awaited: Awaited, result: WebhookResult): Promise<void> {
  await store.create(resultKey(awaited), seal(result))
  await forgetWebhook(store, awaited)
}

/** Removes the note that a job's end is to be reported. */
export function forgetWebhook(store: Store, awaited: Awaited): Promise<void> {
  return store.delete(markKey(awaited))
}

/** Returns the result of a delivery; undefined if absent or damaged, and then the end is reported once more. */
export function resultOf(store: Store, awaited: Awaited): Promise<WebhookResult | undefined> {
  return readSealed(store, resultKey(awaited), WebhookResult, { onDamage: 'skip' })
}
