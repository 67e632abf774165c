import { unlessDamaged } from '../../errors.ts'
import type { ScheduleState } from '../../registry/model-log.ts'
import { newestEntries } from '../../registry/newest-entries.ts'
import type { ModelRegistry } from '../../registry/registry.ts'
import { serial } from '../../runtime/serial.ts'
import type { LastSuccess } from './contract.ts'
import { nextTime } from './cron.ts'

/** Dependencies of `LastSuccesses`. */
export interface LastSuccessesDependencies {
  models: Pick<ModelRegistry, 'log'>
  /** Returns when a job completed, in ms since 1970; null if it ended otherwise, undefined if it has not ended. */
  completedAt: (job: string) => Promise<number | null | undefined>
}

/** Entries of a model's log that are searched for a success from before this process. */
const SEARCHED = 200
/** Entries that are read together. */
const PAGE = 10

interface Known {
  at: number | null
  /** Runs whose jobs had not ended at the last look. */
  open: Map<string, number>
  /** Job of the newest run that was looked at. */
  newest: string | null
}

/**
 * Remembers when schedules last succeeded. A call reads only the jobs of runs that had not ended at the call before.
 */
export class LastSuccesses {
  readonly #dependencies: LastSuccessesDependencies
  readonly #known = new Map<string, Known>()
  /** The last answer for each model, since it takes long to read an expression. */
  readonly #due = new Map<string, { of: string; due: number | null }>()
  /** Calls that come during a search wait for it, since they would read the same. */
  readonly #oneAtATime = serial()

  constructor(dependencies: LastSuccessesDependencies) {
    this.#dependencies = dependencies
  }

  /** Returns the time for each schedule, sorted by model; without a success the time at which it was set. */
  of(schedules: ReadonlyMap<string, ScheduleState>): Promise<LastSuccess[]> {
    return this.#oneAtATime(() => this.#of(schedules))
  }

  async #of(schedules: ReadonlyMap<string, ScheduleState>): Promise<LastSuccess[]> {
    for (const model of this.#known.keys()) if (!schedules.has(model)) this.#known.delete(model)
    for (const model of this.#due.keys()) if (!schedules.has(model)) this.#due.delete(model)
    const found: LastSuccess[] = []
    for (const [model, schedule] of [...schedules].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
      // A store that is away, or a damaged file, leaves what was known.
      await this.#look(model, schedule).catch(() => undefined)
      const at = this.#known.get(model)?.at ?? Date.parse(schedule.setAt)
      found.push({ model, at, due: this.#dueAfter(at, model, schedule) })
    }
    return found
  }

  #dueAfter(at: number, model: string, { cron, timeZone }: ScheduleState): number | null {
    const of = `${at} ${timeZone} ${cron}`
    const known = this.#due.get(model)
    if (known?.of === of) return known.due
    const due = nextTime({ cron, timeZone }, new Date(at))
    this.#due.set(model, { of, due })
    return due
  }

  async #look(model: string, { lastRun }: ScheduleState): Promise<void> {
    const known = this.#known.get(model) ?? (await this.#fromLog(model))
    this.#known.set(model, known)
    if (lastRun?.job != null && lastRun.job !== known.newest) {
      known.newest = lastRun.job
      known.open.set(lastRun.job, Date.parse(lastRun.due))
    }
    for (const [job, due] of known.open) {
      const completed = await this.#dependencies.completedAt(job)
      if (completed === undefined) continue
      known.open.delete(job)
      // A run may have been answered by a job that had completed before it was due.
      if (completed !== null) known.at = Math.max(known.at ?? 0, completed, due)
    }
  }

  /** Finds the newest success of runs from before this process. */
  async #fromLog(model: string): Promise<Known> {
    const { models, completedAt } = this.#dependencies
    // In small pages: most runs succeed.
    for await (const { events } of newestEntries(models, model, { most: SEARCHED, page: PAGE })) {
      for (const event of events) {
        if (event.type !== 'scheduledRun') continue
        const { job, due } = event
        const completed = job === null ? null : await unlessDamaged(() => completedAt(job))
        if (completed != null)
          return { at: Math.max(completed, Date.parse(due)), open: new Map(), newest: job }
      }
    }
    return { at: null, open: new Map(), newest: null }
  }
}
