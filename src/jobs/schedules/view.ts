import { z } from 'zod'
import type { ScheduleState } from '../../registry/model-log.ts'
import { shownAddress } from '../views/webhook-view.ts'
import type { ScheduleView } from './contract.ts'
import { nextTime } from './cron.ts'

const Webhook = z.object({ url: z.url() })

/** Returns a schedule as the API shows it, also to callers that may only predict: a webhook without its query. */
export function scheduleView({ order, setAt, setBy, lastRun, ...times }: ScheduleState): ScheduleView {
  const next = nextTime(times)
  const webhook = Webhook.safeParse(order['webhook'])
  return {
    ...times,
    nextRun: next === null ? null : new Date(next).toISOString(),
    order: webhook.success ? { ...order, webhook: { url: shownAddress(webhook.data.url) } } : order,
    setAt,
    setBy,
    lastRun,
  }
}
