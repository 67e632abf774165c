import { z } from 'zod'
import { FitserveError, unknown, unlessDamaged } from '../../errors.ts'
import type { RetrainBody } from '../../recipe/index.ts'
import { PRODUCTION } from '../../registry/alias-moves.ts'
import type { ChangeFeed } from '../../registry/change-feed.ts'
import type { ScheduledRun, ScheduleState } from '../../registry/model-log.ts'
import type { ModelRegistry } from '../../registry/registry.ts'
import { checkOrder, type OrderChecks } from '../orders/order.ts'
import { retrainOrder } from '../orders/retrain.ts'
import type { Chore, ChoreQueue, Repeating } from '../queue/chores.ts'
import { invalidSchedule, readScheduleBody, type ScheduleBody } from './body.ts'
import type { Schedules } from './contract.ts'
import { LastSuccesses } from './last-successes.ts'
import { scheduledJobId } from './run-id.ts'
import { scheduleView } from './view.ts'

/** Dependencies of `createSchedules`. */
export interface SchedulesDependencies {
  models: Pick<
    ModelRegistry,
    | 'names'
    | 'head'
    | 'log'
    | 'entry'
    | 'manifest'
    | 'readArtifact'
    | 'setSchedule'
    | 'removeSchedule'
    | 'setKeepVersions'
    | 'noteRun'
  >
  /** A reader of its own: reading moves its place in the change feed. */
  changes: Pick<ChangeFeed, 'changed' | 'skip'>
  chores: Pick<ChoreQueue, 'repeat' | 'stopRepeating' | 'repeating'>
  checks: OrderChecks
  /** Orders a retrain under the given job id. */
  retrain: (model: string, body: RetrainBody, by: string | null, id: string) => Promise<{ id: string }>
  /** Tells whether a job exists and has not ended. */
  isOpen: (job: string) => Promise<boolean>
  /** Returns when a job completed, in ms since 1970; null if it ended otherwise, undefined if it has not ended. */
  completedAt: (job: string) => Promise<number | null | undefined>
}

/** Schedules, with the work that keeps them: run by the processes that take chores. */
export interface ScheduleKeeper extends Schedules {
  /**
   * Orders the retrain that is due. @throws FitserveError `store-unavailable`, `queue-unavailable`: to be tried again
   */
  run(chore: Chore): Promise<void>
  /** Brings the queue in line with the models' logs. */
  align(): Promise<void>
}

/** Content of the chore of a model's schedule. */
export const RetrainChore = z.object({
  kind: z.literal('retrain'),
  model: z.string(),
  cron: z.string(),
  timeZone: z.string(),
})

/** Prefix of the ids of such chores. */
const PREFIX = 'retrain.'
/** Delay above which a run is skipped, in ms; the next one comes. */
const LATE_MS = 10 * 60_000
/** Alignments that read only the models in the change feed, between two that read all models. */
const ROUNDS_OF_CHANGES = 19
/** Codes of transient errors, after which a run is tried again. */
const TRANSIENT: ReadonlySet<string> = new Set(['store-unavailable', 'queue-unavailable'])

/** Creates the schedules. They are kept in the models' logs; the queue only says when one is due. */
export function createSchedules(dependencies: SchedulesDependencies): ScheduleKeeper {
  const { models } = dependencies
  const aligner = new Aligner(dependencies)
  const successes = new LastSuccesses(dependencies)

  return {
    async set(model, input, by, request = 'setSchedule') {
      await requireHead(models, model)
      const body = readScheduleBody(input)
      await checkFields(dependencies, model, body)
      const { cron, timeZone, keepVersions, ...order } = body
      const setAt = new Date().toISOString()
      await models.setSchedule(model, { cron, timeZone, order, setAt, setBy: by }, by)
      // If the queue is down, the next alignment brings it in line.
      await aligner.put(model).catch(() => undefined)
      if (keepVersions !== undefined) await models.setKeepVersions(model, keepVersions, by, request)
      return this.get(model)
    },
    async get(model) {
      const { schedule } = (await requireHead(models, model)).state
      if (!schedule) throw new FitserveError('unknown-schedule', `"${model}" has no schedule.`)
      return scheduleView(schedule)
    },
    async remove(model, by) {
      await models.removeSchedule(model, by)
      // If the queue is down, the next alignment brings it in line.
      await aligner.put(model).catch(() => undefined)
    },
    align: () => aligner.run(),
    lastSuccesses: () => successes.of(aligner.schedules),
    async run({ data, due }) {
      const { model, cron, timeZone } = RetrainChore.parse(data)
      const schedule = (await models.head(model))?.state.schedule
      if (!schedule || due === null) return
      // The chore belongs to a schedule that has been replaced since.
      if (schedule.cron !== cron || schedule.timeZone !== timeZone) return
      const time = new Date(due).toISOString()
      if (schedule.lastRun && schedule.lastRun.due >= time) return
      if (Date.now() - due > LATE_MS) return void (await models.noteRun(model, missedRun(due)))
      const running = schedule.lastRun?.job
      if (running != null && (await dependencies.isOpen(running))) return
      const result = await orderRun(dependencies, model, schedule, due)
      await models.noteRun(model, { due: time, ...result })
    },
  }
}

/** Returns the newest entry of a model's log. @throws FitserveError `unknown-model` */
async function requireHead(models: SchedulesDependencies['models'], model: string) {
  const head = await models.head(model)
  if (head) return head
  // This says more about a model whose log is not there, such as the names that are.
  await models.entry(model, PRODUCTION)
  throw unknown('unknown-model', 'model', model)
}

/**
 * Refuses problems of the schedule's own fields. Faults of the model are left out, since they may be mended in time.
 */
async function checkFields(
  { models, checks }: SchedulesDependencies,
  model: string,
  { cron: _cron, timeZone: _timeZone, keepVersions: _keepVersions, ...order }: ScheduleBody,
): Promise<void> {
  try {
    const retrain = await retrainOrder({ models }, model, order)
    await checkOrder(checks, retrain.order, retrain.contract)
  } catch (error) {
    if (!(error instanceof FitserveError)) throw error
    if (error.code === 'unknown-alias' || error.code === 'corrupt-artifact') return
    if (error.code !== 'invalid-job') throw error
    const own = error.problems.filter(({ path = '' }) => Object.hasOwn(order, path.split('/')[1] ?? ''))
    if (own.length > 0) throw invalidSchedule(own)
  }
}

async function orderRun(
  { retrain }: SchedulesDependencies,
  model: string,
  { order, setBy }: ScheduleState,
  due: number,
): Promise<Omit<ScheduledRun, 'due'>> {
  try {
    const { id } = await retrain(model, order, setBy, scheduledJobId(model, due))
    return { outcome: 'ordered', job: id, reason: null }
  } catch (error) {
    if (!(error instanceof FitserveError) || TRANSIENT.has(error.code)) throw error
    return { outcome: 'failed', job: null, reason: error.message }
  }
}

function missedRun(due: number): ScheduledRun {
  const reason = 'The run was noticed more than ten minutes after it was due.'
  return { due: new Date(due).toISOString(), outcome: 'skipped', job: null, reason }
}

/** Brings the queue's repeating chores in line with the models' logs. */
class Aligner {
  readonly #dependencies: SchedulesDependencies
  readonly #schedules = new Map<string, ScheduleState>()
  #roundsUntilAll = 0

  constructor(dependencies: SchedulesDependencies) {
    this.#dependencies = dependencies
  }

  /** The schedules as of the last alignment, by model. */
  get schedules(): ReadonlyMap<string, ScheduleState> {
    return this.#schedules
  }

  async run(): Promise<void> {
    const { chores, models } = this.#dependencies
    await this.#refresh()
    const all = (await chores.repeating()).filter(({ id }) => id.startsWith(PREFIX))
    const there = new Map(all.map((each) => [each.id.slice(PREFIX.length), each]))
    for (const [model, schedule] of this.#schedules) {
      const repeating = there.get(model)
      if (repeating && isSame(repeating, schedule) && !isStuck(repeating)) continue
      await unlessDamaged(async () => {
        if (repeating && isStuck(repeating)) await models.noteRun(model, missedRun(repeating.next ?? 0))
        await this.put(model)
      })
    }
    for (const model of there.keys())
      if (!this.#schedules.has(model)) await unlessDamaged(() => this.put(model))
  }

  /** Brings the chore of one model in line with the newest state of its log, which another process may have changed. */
  async put(model: string): Promise<void> {
    const { chores, models } = this.#dependencies
    const schedule = (await models.head(model))?.state.schedule
    if (!schedule) {
      this.#schedules.delete(model)
      return chores.stopRepeating(`${PREFIX}${model}`)
    }
    this.#schedules.set(model, schedule)
    const { cron, timeZone } = schedule
    await chores.repeat(`${PREFIX}${model}`, { cron, timeZone }, { kind: 'retrain', model, cron, timeZone })
  }

  async #refresh(): Promise<void> {
    const roundsLeft = this.#roundsUntilAll
    // The change feed names a model once. If this round fails, the next one reads all models.
    this.#roundsUntilAll = 0
    if (roundsLeft === 0) await this.#readAll()
    else await this.#read(await this.#dependencies.changes.changed())
    this.#roundsUntilAll = roundsLeft === 0 ? ROUNDS_OF_CHANGES : roundsLeft - 1
  }

  async #readAll(): Promise<void> {
    const { changes, models } = this.#dependencies
    await changes.skip()
    const names = new Set(await models.names())
    for (const name of this.#schedules.keys()) if (!names.has(name)) this.#schedules.delete(name)
    await this.#read(names)
  }

  async #read(names: Iterable<string>): Promise<void> {
    for (const name of names) {
      const schedule = (await unlessDamaged(() => this.#dependencies.models.head(name)))?.state.schedule
      if (schedule) this.#schedules.set(name, schedule)
      else this.#schedules.delete(name)
    }
  }
}

function isSame(repeating: Repeating, { cron, timeZone }: ScheduleState): boolean {
  return repeating.cron === cron && repeating.timeZone === timeZone
}

/** Tells whether the time is long past and no process has taken the chore: it has been lost. */
function isStuck({ next }: Repeating): boolean {
  return next !== null && Date.now() - next > LATE_MS
}
