import { unlessDamaged } from '../../errors.ts'
import { forgetOldest } from '../../runtime/forget-oldest.ts'
import { sharedLooks } from '../../runtime/shared-looks.ts'
import type { JobRecords } from '../records/records.ts'

/** Newest jobs, their parts and predictions included, among which a model's newest one is looked for. */
const MAX_LOOKED = 200
/** Limit on the jobs whose model is remembered; the oldest goes first. */
const MAX_REMEMBERED = 1_000

/**
 * Finds the newest job that trains a model. Clients make it look by asking for models that do not exist, so it reads each record
 * once, and calls that come during a look share the next one.
 */
export class LatestJobs {
  readonly #records: Pick<JobRecords, 'ids' | 'find'>
  /** The models of jobs by id; null for a fold, a trial or a prediction. */
  readonly #models = new Map<string, string | null>()
  /** Returns the newest ids, newest first, as of a time after the call. */
  readonly #newest: (all: '') => Promise<readonly string[]>

  constructor(records: Pick<JobRecords, 'ids' | 'find'>) {
    this.#records = records
    this.#newest = sharedLooks(async () => (await records.ids()).slice(-MAX_LOOKED).reverse())
  }

  /**
   * Returns the id of the newest job that trains and is no fold or trial; undefined if none of the newest jobs is of the model.
   * @param model null: any model
   */
  async of(model: string | null): Promise<string | undefined> {
    for (const id of await this.#newest('')) {
      const own = await this.#modelOf(id)
      if (own !== null && (model ?? own) === own) return id
    }
    return undefined
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
