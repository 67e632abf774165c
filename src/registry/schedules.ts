import type { Change } from './generations.ts'
import type { ModelState, ScheduledRun, ScheduleState } from './model-log.ts'
import { clip, unknown } from './model-lookup.ts'

/** A model that is trained again at times. What ran by an earlier schedule says nothing of this one. */
export function scheduleSet(state: ModelState, schedule: Omit<ScheduleState, 'lastRun'>): Change {
  const { cron, timeZone } = schedule
  return {
    events: [{ type: 'scheduleSet', cron, timeZone }],
    state: { ...state, schedule: { ...schedule, lastRun: null } },
  }
}

/** @throws FitserveError `unknown-schedule` */
export function scheduleRemoved(state: ModelState, model: string): Change {
  const { schedule, ...rest } = state
  if (!schedule) throw unknown('unknown-schedule', `"${clip(model)}" has no schedule.`, null)
  return { events: [{ type: 'scheduleRemoved' }], state: rest }
}

/** What became of one of its times; undefined where that, or a later one, is told already, or there is no schedule. */
export function runTold(state: ModelState, run: ScheduledRun): Change | undefined {
  const { schedule } = state
  if (!schedule || (schedule.lastRun && schedule.lastRun.due >= run.due)) return undefined
  return {
    events: [{ type: 'scheduledRun', ...run }],
    state: { ...state, schedule: { ...schedule, lastRun: run } },
  }
}
