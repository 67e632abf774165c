import { unlessDamaged } from '../../errors.ts'
import type { JobRecords } from '../records/records.ts'

/** Newest jobs, folds and trials included, among which a model's newest one is looked for. */
const MAX_LOOKED = 200
/** Limit on the jobs whose model is remembered; the oldest goes first. */
const MAX_REMEMBERED = 1_000

/**
 * Finds the newest job of a model. Clients make it look by asking for models that do not exist, so it reads each record
 * once, and calls that come during a look share the next one.
 */
export class LatestJobs {
  readonly #records: Pick<JobRecords, 'ids' | 'find'>
  /** The models of jobs by id; null for a fold or a trial. */
  readonly #models = new Map<string, string | null>()
  #looking: Promise<readonly string[]> | undefined
  #next: Promise<readonly string[]> | undefined

  constructor(records: Pick<JobRecords, 'ids' | 'find'>) {
    this.#records = records
  }

  /**
   * Returns the id of the newest job that is no fold or trial; undefined if none of the newest jobs is of the model.
   * @param model null: any model
   */
  async of(model: string | null): Promise<string | undefined> {
    for (const id of await this.#newest()) {
      const own = await this.#modelOf(id)
      if (own !== null && (model ?? own) === own) return id
    }
    return undefined
  }

  /** Returns the newest ids, newest first, as of a time after the call. */
  #newest(): Promise<readonly string[]> {
    if (!this.#looking) return this.#look()
    this.#next ??= this.#looking
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined
        return this.#look()
      })
    return this.#next
  }

  #look(): Promise<readonly string[]> {
    const look = this.#records.ids().then((ids) => ids.slice(-MAX_LOOKED).reverse())
    this.#looking = look.finally(() => {
      this.#looking = undefined
    })
    return this.#looking
  }

  async #modelOf(id: string): Promise<string | null> {
    const known = this.#models.get(id)
    if (known !== undefined) return known
    const record = await unlessDamaged(() => this.#records.find(id))
    // Damaged, or about to be written: its folder is there before it.
    if (!record) return null
    const model = record.parent === null ? record.model : null
    for (const oldest of this.#models.keys()) {
      if (this.#models.size < MAX_REMEMBERED) break
      this.#models.delete(oldest)
    }
    this.#models.set(id, model)
    return model
  }
}
