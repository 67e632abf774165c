import { validate } from 'uuid'
import { unlessDamaged } from '../../errors.ts'
import { badCursor, type Page, type PageRequest, PageRoom } from '../../page.ts'
import { forgetOldest } from '../../runtime/forget-oldest.ts'
import { sharedLooks } from '../../runtime/shared-looks.ts'
import type { JobFilter, JobState, JobView } from '../contract.ts'
import type { JobQueue } from '../queue/contract.ts'
import type { JobOutcome, JobRecord, JobRecords } from '../records/records.ts'
import type { EndedJobs } from './views.ts'

/** Jobs that are looked at at once. */
const AT_ONCE = 16
/** Limit on the jobs that are looked at for one page, which takes seconds; the next page goes on after them. */
const MAX_LOOKS = 500
/** Limit on the waiting jobs that the queue is asked for; of more, the others are looked at one by one. */
const MAX_WAITING = 20_000
/** What a look costs of which the queue knows that the job waits: one read of a look's five. */
const LOOK_AT_WAITING = 0.2
/** Jobs up to which it is not asked, since they are looked at as fast. */
const FEW = 50
/** Limit on the jobs of which is remembered whether a filter leaves them out; the oldest goes first. */
const MAX_REMEMBERED = 20_000

/** States of a job that has an outcome. */
const ENDED: ReadonlySet<string> = new Set(['completed', 'failed', 'cancelled'])

const NONE: ReadonlySet<string> = new Set()

/** Fields of a record that filters use; they never change. */
interface Facts {
  model: string
  kind: JobRecord['kind']
  parent: string | null
  /** Whether it has folds, trials or other parts. */
  hasParts: boolean
  /** Whether it is known to have completed: no round follows that. */
  completed: boolean
}

interface Sources {
  records: JobRecords
  queue: Pick<JobQueue, 'next'>
  ended: EndedJobs
  show: (record: JobRecord, outcome: JobOutcome | undefined) => Promise<JobView>
}

/**
 * Lists jobs, newest first. A filter may leave out nearly all of thousands of jobs, and pages of the dashboard ask again
 * each second: so what a filter asks about is remembered, and most jobs are left out without a read. The queue tells at once
 * which ones wait, and each of these is read once at most. Those that have failed have to be looked at each time, of which a
 * page does a part.
 */
export class JobList {
  readonly #sources: Sources
  readonly #facts = new Map<string, Facts>()
  /** The jobs that a worker could take. */
  readonly #waiting: (key: string) => Promise<ReadonlySet<string>>

  constructor(sources: Sources) {
    this.#sources = sources
    this.#waiting = sharedLooks(async () => new Set(await sources.queue.next(MAX_WAITING)))
  }

  /**
   * Returns a page. Where a filter leaves out many jobs, it may have fewer items than its limit, even none, while others
   * follow. @throws FitserveError `invalid-query` for a cursor that is none
   */
  async page({ limit, cursor }: PageRequest, filter: JobFilter): Promise<Page<JobView>> {
    const { records } = this.#sources
    const { parent = null } = filter
    if (cursor !== undefined && !validate(cursor)) throw badCursor()
    const all = parent === null ? await records.ids() : ((await records.find(parent))?.children ?? [])
    const found = all
      .toReversed()
      .filter((id) => (cursor === undefined || id < cursor) && this.#mayBeListed(id, filter))
    const waiting = await this.#waitingAmong(found, filter)
    const ids = found.filter((id) => !waiting.has(id) || this.#mayRun(id, filter))
    const items: JobView[] = []
    const room = new PageRoom()
    let looks = 0
    while (ids.length > 0) {
      // Of a state there may be one among hundreds of jobs, of which more are looked at than have room.
      const next = ids.splice(
        0,
        filter.state === undefined ? Math.min(AT_ONCE, limit - items.length) : AT_ONCE,
      )
      for (const id of next) looks += waiting.has(id) ? LOOK_AT_WAITING : 1
      // A damaged job does not hide the others; a request for it alone answers with the error.
      const views = await Promise.all(
        next.map((id) => unlessDamaged(() => this.#viewOf(id, filter, waiting.has(id)))),
      )
      for (const view of views) {
        if (!view) continue
        if (items.length === limit || !room.takes(view)) return { items, next: items.at(-1)?.id ?? null }
        items.push(view)
      }
      if (ids.length === 0) break
      if (items.length === limit) return { items, next: items.at(-1)?.id ?? null }
      if (looks >= MAX_LOOKS) return { items, next: next.at(-1) ?? null }
    }
    return { items, next: null }
  }

  /** Returns the jobs that a worker could take, where a filter asks for none that waits. */
  async #waitingAmong(ids: readonly string[], { state }: JobFilter): Promise<ReadonlySet<string>> {
    if (state === undefined || state === 'queued' || ids.length <= FEW) return NONE
    // Without the queue they are looked at one by one, which finds those that have ended.
    return this.#waiting('all').catch(() => NONE)
  }

  /** Tells whether a job may run although the queue has it waiting: one whose parts have begun, as far as is known of it. */
  #mayRun(id: string, { state = 'active' }: JobFilter): boolean {
    return !ENDED.has(state) && this.#facts.get(id)?.hasParts !== false
  }

  /** Returns a job; undefined where the filter leaves it out. */
  async #viewOf(id: string, filter: JobFilter, waits: boolean): Promise<JobView | undefined> {
    const { records, ended, show } = this.#sources
    if (this.#facts.has(id) && !(await this.#mayBeIn(id, filter.state))) return undefined
    const record = await records.find(id)
    if (!record) return undefined
    const { model, kind, parent, children } = record
    const facts: Facts = { model, kind, parent, hasParts: children.length > 0, completed: false }
    const isWanted = fits(facts, filter) && !(waits && !facts.hasParts)
    const outcome = isWanted ? await ended.outcome(id) : undefined
    this.#facts.set(id, { ...facts, completed: outcome?.state === 'completed' })
    forgetOldest(this.#facts, MAX_REMEMBERED)
    // The queue, which may be down, is not asked about a job that the filter leaves out anyway.
    if (!isWanted || (outcome ? outcome.refused : ENDED.has(filter.state ?? ''))) return undefined
    const view = await show(record, outcome)
    return (filter.state ?? view.state) === view.state ? view : undefined
  }

  /** Tells by what is remembered of a job whether a filter may list it. */
  #mayBeListed(id: string, filter: JobFilter): boolean {
    const known = this.#facts.get(id)
    return !known || fits(known, filter)
  }

  /** Tells by the outcome alone whether a job may be in a state. */
  async #mayBeIn(id: string, state: JobState | undefined): Promise<boolean> {
    const outcome = state && (await this.#sources.ended.outcome(id))
    return !outcome || outcome.state === state
  }
}

/** Tells whether a filter may list a job, as far as is known of it. */
function fits({ model, kind, parent, completed }: Facts, filter: JobFilter): boolean {
  const { ofModel = () => true, state } = filter
  if (completed && state !== undefined && state !== 'completed') return false
  // Folds and trials are listed with their parent only.
  if (parent !== (filter.parent ?? null) || (filter.model ?? model) !== model) return false
  return (filter.kind ?? kind) === kind && ofModel(model)
}
