import { FitserveError } from '../errors.ts'
import { type History, historyOf } from '../evaluation/history.ts'
import type { Page, PageRequest } from '../page.ts'
import type { JobEvent, JobFilter, Jobs, JobView } from './contract.ts'
import { jobEvents } from './events.ts'
import { EpochLine } from './log-lines.ts'
import type { JobQueue } from './queue.ts'
import { type JobOutcome, type JobRecord, type JobRecords, Progress } from './records.ts'
import { type SubmitDependencies, submit } from './submit.ts'

export interface JobsDependencies extends SubmitDependencies {
  queue: JobQueue
}

/** Jobs over store and queue: what is ordered and how it ended from the store, what is running from the queue. */
export function createJobs(dependencies: JobsDependencies): Jobs {
  const { records, queue } = dependencies
  const ended = new EndedJobs(records)

  const find = async (id: string): Promise<JobRecord> => {
    const record = await records.find(id)
    if (!record) throw new FitserveError('unknown-job', `There is no job ${JSON.stringify(id.slice(0, 64))}.`)
    return record
  }
  const viewOf = async (record: JobRecord): Promise<JobView> => {
    const outcome = await ended.outcome(record.id)
    return outcome ? endedView(record, outcome) : runningView(record, records, queue)
  }
  const get = async (id: string) => viewOf(await find(id))

  return {
    async submit(submission) {
      const { record, reused } = await submit(dependencies, submission)
      return { ...(await viewOf(record)), reused }
    },
    get,
    list: (page, filter) => list(page, filter, records, viewOf),
    history: async (id) => history(await find(id), await ended.outcome(id), queue),
    async cancel(id, by) {
      const record = await find(id)
      if (await ended.outcome(id)) throw finished(id)
      await records.requestCancel(id, by)
      if (await queue.remove(id)) await records.end(id, cancelledBeforeStart(record))
      return viewOf(record)
    },
    async *events(id, lastEventId, signal): AsyncIterable<JobEvent> {
      await find(id)
      yield* jobEvents({ id, queue, view: () => get(id), lastEventId, signal })
    },
    async datasetInUse(datasetId) {
      for (const id of await ended.openIds()) {
        const record = await records.find(id)
        if (record?.dataset === datasetId) return `the job ${id} of the model "${record.model}"`
      }
      return null
    },
    close: async () => {},
  }
}

function finished(id: string): FitserveError {
  return new FitserveError('job-finished', `The job ${id} has ended already.`)
}

/** Remembers outcomes, which never change, so that lists do not read them again. */
class EndedJobs {
  static readonly #MAX = 10_000
  readonly #records: JobRecords
  readonly #outcomes = new Map<string, JobOutcome>()

  constructor(records: JobRecords) {
    this.#records = records
  }

  async outcome(id: string): Promise<JobOutcome | undefined> {
    const known = this.#outcomes.get(id)
    if (known) return known
    const outcome = await this.#records.outcome(id)
    if (outcome) {
      if (this.#outcomes.size >= EndedJobs.#MAX)
        for (const oldest of this.#outcomes.keys()) {
          this.#outcomes.delete(oldest)
          break
        }
      this.#outcomes.set(id, outcome)
    }
    return outcome
  }

  /** Ids of the jobs that have not ended. */
  async openIds(): Promise<string[]> {
    const open: string[] = []
    for (const id of await this.#records.ids())
      if (!this.#outcomes.has(id) && !(await this.#records.hasEnded(id))) open.push(id)
    return open
  }
}

function endedView(record: JobRecord, outcome: JobOutcome): JobView {
  const { state, attempt, progress, startedAt, finishedAt, version, error } = outcome
  return {
    ...common(record),
    ...{ state, attempt, progress, startedAt, finishedAt, version, error },
    warnings: [...record.warnings, ...outcome.warnings],
  }
}

async function runningView(record: JobRecord, records: JobRecords, queue: JobQueue): Promise<JobView> {
  const [known, cancelling] = await Promise.all([queue.find(record.id), records.cancelRequested(record.id)])
  // A job that the queue has just ended is still ending here until its outcome is kept.
  const active = known !== undefined && known.state !== 'waiting'
  const progress = Progress.safeParse(known?.progress)
  return {
    ...common(record),
    state: cancelling ? 'cancelling' : active ? 'active' : 'queued',
    attempt: known?.attempt ?? 0,
    progress: active && progress.success ? progress.data : null,
    startedAt: typeof known?.startedAt === 'number' ? new Date(known.startedAt).toISOString() : null,
    ...{ finishedAt: null, version: null, error: null },
    warnings: record.warnings,
  }
}

function common({ id, model, dataset, datasetName, promote, createdAt, recipe }: JobRecord) {
  return { id, model, dataset, datasetName, promote, createdAt, recipe, reused: false }
}

function cancelledBeforeStart(record: JobRecord): JobOutcome {
  return {
    ...{
      state: 'cancelled',
      attempt: 0,
      startedAt: null,
      finishedAt: new Date().toISOString(),
      version: null,
    },
    error: {
      type: 'urn:fitserve:cancelled',
      title: 'Cancelled',
      detail: `The job ${record.id} was cancelled before it began.`,
    },
    ...{ warnings: [], progress: null, history: null },
  }
}

async function list(
  { limit, cursor }: PageRequest,
  filter: JobFilter,
  records: JobRecords,
  viewOf: (record: JobRecord) => Promise<JobView>,
): Promise<Page<JobView>> {
  const newestFirst = (await records.ids()).reverse()
  const items: JobView[] = []
  // No job has a parent yet.
  if (filter.parent !== undefined) return { items, next: null }
  for (const id of newestFirst) {
    if (cursor !== undefined && id >= cursor) continue
    if (items.length === limit) return { items, next: items.at(-1)?.id ?? null }
    const record = await records.find(id)
    if (!record || (filter.model !== undefined && record.model !== filter.model)) continue
    const view = await viewOf(record)
    if (filter.state === undefined || view.state === filter.state) items.push(view)
  }
  return { items, next: null }
}

async function history(
  record: JobRecord,
  outcome: JobOutcome | undefined,
  queue: JobQueue,
): Promise<History> {
  if (outcome?.history) return outcome.history
  const lines = outcome ? [] : await queue.log(record.id)
  const epochs = lines.flatMap((line) => {
    const parsed = EpochLine.safeParse(parseJson(line))
    return parsed.success ? [parsed.data] : []
  })
  const attempt = epochs.at(-1)?.attempt
  const current = epochs.filter((line) => line.attempt === attempt).map((line) => line.values)
  return historyOf(
    current,
    record.recipe.earlyStopping?.monitor ?? (record.recipe.validation ? 'valLoss' : 'loss'),
  )
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
