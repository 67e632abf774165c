import type { ScheduledRun } from '../../registry/model-log.ts'

/** A schedule as the API answers it. */
export interface ScheduleView {
  cron: string
  timeZone: string
  nextRun: string | null
  /** What a run orders beyond `production`'s own recipe and data set. */
  order: Record<string, unknown>
  setAt: string
  /** Name of the API key. */
  setBy: string | null
  lastRun: ScheduledRun | null
}

/** When models are trained again: the door of this room for the API. */
export interface Schedules {
  /**
   * Sets or replaces a model's schedule.
   * @throws FitserveError `unknown-model`, `invalid-schedule` with every problem, `store-unavailable`
   */
  set(model: string, body: unknown, by: string | null): Promise<ScheduleView>
  /** @throws FitserveError `unknown-model`, `unknown-schedule` */
  get(model: string): Promise<ScheduleView>
  /** @throws FitserveError `unknown-model`, `unknown-schedule` */
  remove(model: string, by: string | null): Promise<void>
}
