/*
 * The interface of schedules for the API: cron expressions that order a retrain of a model. A schedule is kept in the
 * model's log, the source of truth; the queue's repeating chores only say when it is due, and are compared with the
 * logs. Not here: the retrain itself (orders/retrain.ts). Start reading at schedules.ts; cron.ts has the grammar.
 */
import type { ScheduledRun } from '../../registry/model-log.ts'

/** A schedule as the API answers it. */
export interface ScheduleView {
  cron: string
  timeZone: string
  /** ISO time of the next run; null if there is no such time. */
  nextRun: string | null
  /** Options that a run orders beyond the recipe and data set of `production`. */
  order: Record<string, unknown>
  setAt: string
  /** Name of the API key; null without one. */
  setBy: string | null
  lastRun: ScheduledRun | null
}

/** When a schedule last succeeded and is due next after that, in ms since 1970. */
export interface LastSuccess {
  model: string
  at: number
  due: number | null
}

/** Schedules of models, as the API sets and shows them. */
export interface Schedules {
  /**
   * Sets or replaces a model's schedule, and how many versions the model keeps if the body says so.
   * @param request id of the request, for the audit of versions that are retired
   * @throws FitserveError `unknown-model`, `invalid-schedule` with every problem, `store-unavailable`
   */
  set(model: string, body: unknown, by: string | null, request?: string): Promise<ScheduleView>
  /** Returns a model's schedule. @throws FitserveError `unknown-model`, `unknown-schedule` */
  get(model: string): Promise<ScheduleView>
  /**
   * Returns when each known schedule last succeeded (its job completed), in ms since 1970, sorted by model; the time at
   * which it was set, where no run has succeeded since. `due` is the first time of the schedule after that; null: there
   * is none. Never rejects.
   */
  lastSuccesses(): Promise<LastSuccess[]>
  /** Removes a model's schedule. @throws FitserveError `unknown-model`, `unknown-schedule` */
  remove(model: string, by: string | null): Promise<void>
}
