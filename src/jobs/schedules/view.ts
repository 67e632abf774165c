import type { ScheduleState } from '../../store/model-log.ts'
import type { ScheduleView } from './contract.ts'
import { nextTime } from './cron.ts'

/** How a schedule is shown. */
export function scheduleView({ order, setAt, setBy, lastRun, ...times }: ScheduleState): ScheduleView {
  const next = nextTime(times)
  return {
    ...times,
    nextRun: next === null ? null : new Date(next).toISOString(),
    order,
    setAt,
    setBy,
    lastRun,
  }
}
