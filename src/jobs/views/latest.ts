import { unlessDamaged } from '../../errors.ts'
import { forgetOldest } from '../../runtime/forget-oldest.ts'
import { inParallel } from '../../runtime/in-parallel.ts'
import { type RecentLooks, recentLooks } from '../../runtime/recent-looks.ts'
import type { JobView } from '../contract.ts'
import type { JobRecords } from '../records/records.ts'

/** Newest jobs, their parts and predictions included, among which a model's newest one is looked for. */
const MAX_LOOKED = 200
/** Limit on the jobs whose model is remembered; the oldest goes first. */
const MAX_REMEMBERED = 1_000

/** Records that are read at once. */
const READS_AT_ONCE = 16
/** Milliseconds for which a list of jobs, and the state of one, is returned again before it is looked up anew. */
const FRESH_MS = 1_000

/** A job that trains and is no fold or trial. */
interface TrainingJob {
  id: string
  model: string
}

/**
 * Finds the newest job that trains a model. Clients make it look by asking for models that do not exist, as many as they
 * like, so it lists the jobs and looks at each of them once a second at most, and reads each record once. A job that
 * another process has taken is found up to a second late.
 */
export class LatestJobs {
  readonly #records: Pick<JobRecords, 'ids' | 'find'>
  /** The models of jobs by id; null for a fold, a trial or a prediction. */
  readonly #models = new Map<string, string | null>()
  /** The newest jobs that train, newest first. */
  readonly #newest: RecentLooks<readonly TrainingJob[]>
  readonly #views: RecentLooks<JobView>

  /** @param view returns the present view of a job */
  constructor(records: Pick<JobRecords, 'ids' | 'find'>, view: (id: string) => Promise<JobView>) {
    this.#records = records
    this.#newest = recentLooks(() => this.#list(), FRESH_MS, 1)
    this.#views = recentLooks(view, FRESH_MS, MAX_LOOKED)
  }

  /**
   * Returns the newest job that trains and is no fold or trial; undefined if none of the newest jobs is of the model.
   * @param model null: any model
   */
  async of(model: string | null): Promise<JobView | undefined> {
    const jobs = await this.#newest.of('all')
    const newest = jobs.find((job) => (model ?? job.model) === job.model)
    return newest && this.#views.of(newest.id)
  }

  /** Empties the cache, because this process has changed a job. */
  changed(): void {
    this.#newest.forget()
    this.#views.forget()
  }

  async #list(): Promise<TrainingJob[]> {
    const ids = (await this.#records.ids()).slice(-MAX_LOOKED).reverse()
    const models = new Map<string, string | null>()
    await inParallel(ids, READS_AT_ONCE, async (id) => void models.set(id, await this.#modelOf(id)))
    return ids.flatMap((id) => {
      const model = models.get(id)
      return model == null ? [] : [{ id, model }]
    })
  }

  async #modelOf(id: string): Promise<string | null> {
    const known = this.#models.get(id)
    if (known !== undefined) return known
    const record = await unlessDamaged(() => this.#records.find(id))
    // Damaged, or about to be written: its folder is there before it.
    if (!record) return null
    const model = record.parent === null && record.kind === 'training' ? record.model : null
    this.#models.set(id, model)
    forgetOldest(this.#models, MAX_REMEMBERED)
    return model
  }
}
