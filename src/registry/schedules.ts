import { FitserveError, quoted } from '../errors.ts'
import type { Change } from './generations.ts'
import type { ModelState, ScheduledRun, ScheduleState } from './model-log.ts'

/** Returns the change that sets a model's schedule. The last run of an earlier schedule is forgotten. */
export function scheduleSet(state: ModelState, schedule: Omit<ScheduleState, 'lastRun'>): Change {
  const { cron, timeZone } = schedule
  return {
    events: [{ type: 'scheduleSet', cron, timeZone }],
    state: { ...state, schedule: { ...schedule, lastRun: null } },
  }
}

/** Returns the change that removes a model's schedule. @throws FitserveError `unknown-schedule` */
export function scheduleRemoved(state: ModelState, model: string): Change {
  const { schedule, ...rest } = state
  if (!schedule) throw new FitserveError('unknown-schedule', `The model ${quoted(model)} has no schedule.`)
  return { events: [{ type: 'scheduleRemoved' }], state: rest }
}

/**
 * Returns the change that notes what became of a time of the schedule. Undefined where this or a later time is noted
 * already, or the model has no schedule.
 */
export function runNoted(state: ModelState, run: ScheduledRun): Change | undefined {
  const { schedule } = state
  if (!schedule || (schedule.lastRun && schedule.lastRun.due >= run.due)) return undefined
  return {
    events: [{ type: 'scheduledRun', ...run }],
    state: { ...state, schedule: { ...schedule, lastRun: run } },
  }
}
