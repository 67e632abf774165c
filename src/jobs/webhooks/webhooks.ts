import { z } from 'zod'
import type { WebhookSettings } from '../../config/webhooks.ts'
import { unlessDamaged } from '../../errors.ts'
import type { Store } from '../../store/contract.ts'
import type { JobView, WebhookView } from '../contract.ts'
import type { Chore, ChoreQueue } from '../queue/chores.ts'
import type { JobRecord, JobRecords } from '../records/records.ts'
import { endedView } from '../views/views.ts'
import { webhookView } from '../views/webhook-view.ts'
import { type Awaited, awaitedWebhooks, forgetWebhook, keepResult, resultOf } from './marks.ts'
import { send } from './send.ts'

/** Dependencies of `Webhooks`. */
export interface WebhooksDependencies {
  store: Store
  records: JobRecords
  chores: Pick<ChoreQueue, 'add' | 'find'>
}

const WebhookChore = z.object({ kind: z.literal('webhook'), job: z.string(), round: z.int() })

/** Attempts to deliver: after 5 s, 10 s, 20 s, …, within three hours. */
const ATTEMPTS = 12
/** Pause after the first failed attempt, in ms; it doubles with each further one. */
const PAUSE_MS = 5_000

/** Delivers each job's outcome to the webhook of its order, at least once. */
export class Webhooks {
  readonly #dependencies: WebhooksDependencies

  constructor(dependencies: WebhooksDependencies) {
    this.#dependencies = dependencies
  }

  /** Starts the delivery for a job that has ended, or for its parent. */
  async ended(id: string): Promise<void> {
    const { records } = this.#dependencies
    const record = await records.find(id)
    if (record?.parent) return this.ended(record.parent)
    if (record?.webhook) await this.#dispatch({ job: id, round: await records.round(id) })
  }

  /**
   * Starts every delivery that is due: those of processes that died before they could, and those that the queue lost.
   */
  async align(): Promise<void> {
    for (const awaited of await awaitedWebhooks(this.#dependencies.store))
      await unlessDamaged(() => this.#dispatch(awaited))
  }

  /**
   * Makes one attempt to deliver.
   * @param ready resolves when the webhook may be sent. Default: at once
   * @throws Error with a sentence for people, if another attempt may help
   */
  async run(
    { data, attempt, last }: Chore,
    settings: WebhookSettings,
    ready: (job: JobView) => Promise<void> = async () => {},
  ): Promise<void> {
    const { store, records } = this.#dependencies
    const awaited: Awaited = WebhookChore.parse(data)
    const record = await records.find(awaited.job)
    const outcome = await records.outcomeOf(awaited.job, awaited.round)
    if (!record?.webhook || !outcome || outcome.refused || (await resultOf(store, awaited))) return
    const { state, finishedAt } = outcome
    const job = { ...endedView(record, outcome), webhook: { ...this.#pending(record), attempts: attempt } }
    await ready(job)
    const message = {
      id: `job_${awaited.job}_${awaited.round}`,
      body: JSON.stringify({ type: `job.${state}`, timestamp: finishedAt, data: job }),
    }
    const { status, error, again } = await send(record.webhook.url, message, settings)
    if (error !== null && again && !last) throw new Error(error)
    const at = new Date().toISOString()
    const result = error === null ? ('delivered' as const) : ('failed' as const)
    await keepResult(store, awaited, { state: result, status, attempts: attempt, error, at })
  }

  /** Returns the state of the delivery for a job's newest round; null if the order names no webhook. */
  async viewOf(record: JobRecord): Promise<WebhookView | null> {
    if (!record.webhook) return null
    const { store, records, chores } = this.#dependencies
    const awaited = { job: record.id, round: await records.round(record.id) }
    const result = await resultOf(store, awaited)
    const pending = this.#pending(record)
    if (result) {
      const { state, status, attempts, error, at } = result
      return { ...pending, state, status, attempts, error, at }
    }
    // The queue is down, and the job can be shown without it.
    const tried = await chores.find(choreId(awaited)).catch(() => undefined)
    return { ...pending, attempts: tried?.failures ?? 0, error: tried?.reason ?? null }
  }

  #pending({ webhook }: JobRecord): WebhookView {
    return webhookView(webhook?.url ?? '')
  }

  async #dispatch(awaited: Awaited): Promise<void> {
    const { store, records, chores } = this.#dependencies
    if (await resultOf(store, awaited)) return forgetWebhook(store, awaited)
    const outcome = await records.outcomeOf(awaited.job, awaited.round)
    if (!outcome) return
    // The order was answered with a refusal, so there is no job to report.
    if (outcome.refused) return forgetWebhook(store, awaited)
    const data = { kind: 'webhook', ...awaited }
    await chores.add({ id: choreId(awaited), data, attempts: ATTEMPTS, pauseMs: PAUSE_MS })
  }
}

function choreId({ job, round }: Awaited): string {
  return `webhook.${job}.${round}`
}
