import { z } from 'zod'
import { unlessDamaged } from '../../errors.ts'
import type { Store } from '../../store/contract.ts'
import { seal, unseal } from '../../store/sealed.ts'

/** How the report of a job's end went: created once for each round. */
export const WebhookResult = z.object({
  state: z.enum(['delivered', 'failed']),
  /** The receiver's last answer; null: none came. */
  status: z.int().nullable(),
  attempts: z.int(),
  error: z.string().nullable(),
  at: z.iso.datetime(),
})
export type WebhookResult = z.infer<typeof WebhookResult>

/** A round of a job whose end is to be reported. */
export interface Awaited {
  job: string
  round: number
}

const FOLDER = 'webhooks/'
const markKey = ({ job, round }: Awaited) => `${FOLDER}${job}.${round}`
const resultKey = ({ job, round }: Awaited) => `jobs/${job}/webhook${round === 1 ? '' : `-${round}`}.json`

/** Notes that a job's end is to be reported, before the job is kept: so no end is forgotten. */
export async function awaitWebhook(store: Store, awaited: Awaited): Promise<void> {
  await store.create(markKey(awaited), '')
}

/** All whose end has not been reported yet; most of them are running. */
export async function awaitedWebhooks(store: Store): Promise<Awaited[]> {
  return (await store.children(FOLDER)).flatMap((name) => {
    const [, job, round] = /^([0-9a-f-]{36})\.(\d+)$/.exec(name) ?? []
    return job === undefined ? [] : [{ job, round: Number(round) }]
  })
}

export async function keepResult(store: Store, awaited: Awaited, result: WebhookResult): Promise<void> {
  await store.create(resultKey(awaited), seal(result))
  await forgetWebhook(store, awaited)
}

export function forgetWebhook(store: Store, awaited: Awaited): Promise<void> {
  return store.delete(markKey(awaited))
}

/** Undefined where there is none, also where it is damaged: then it is reported once more. */
export async function resultOf(store: Store, awaited: Awaited): Promise<WebhookResult | undefined> {
  const bytes = await unlessDamaged(() => store.read(resultKey(awaited)))
  try {
    return bytes && WebhookResult.parse(unseal(bytes))
  } catch {
    return undefined
  }
}
