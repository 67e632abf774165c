import { foldCount, largerIsBetter } from '../../recipe/index.ts'
import type { TrainingProgress } from '../../training-contract.ts'
import type { JobRecords, TrainingRecord } from '../records/records.ts'
import { behindAt, REFERENCE_TRIALS } from './median-stopping.ts'
import { reportsOf, scoreColumn } from './score.ts'

/** Thrown when a trial falls behind. The trial completes, without having run to its end. */
export class TrialStopped extends Error {
  override readonly name = 'TrialStopped'
}

/** Interval at which the outcomes of the reference trials are checked, in ms. */
const CHECK_MS = 1_000

/** Watches the values that a running trial reports, and stops it when it falls behind. */
export class TrialStop {
  readonly #records: JobRecords
  readonly #trial: TrainingRecord
  readonly #reports: number[] = []
  #references: (readonly number[] | null)[] | undefined
  #search: { column: string; references: readonly string[] } | undefined
  #checkedAt = 0

  constructor(records: JobRecords, trial: TrainingRecord) {
    this.#records = records
    this.#trial = trial
  }

  /** Looks at a progress report. @throws TrialStopped if the trial has fallen behind */
  async look({ epochEnded, values, foldValues }: TrainingProgress): Promise<void> {
    const { part, recipe } = this.#trial
    if (part?.kind !== 'trial' || part.number <= REFERENCE_TRIALS) return
    const reported = foldCount(recipe) > 0 ? foldValues : epochEnded ? values : null
    if (!reported) return
    this.#search ??= await this.#readSearch()
    const { column, references } = this.#search
    const value = reported[column]
    if (typeof value === 'number') this.#reports.push(value)
    this.#references ??= await this.#readReports(column, references)
    if (this.#references && behindAt(this.#reports, this.#references, largerIsBetter(column)) !== null)
      throw new TrialStopped('The trial has fallen behind.')
  }

  async #readSearch() {
    const { parent } = this.#trial
    const job = parent === null ? undefined : await this.#records.findTraining(parent)
    const column = job?.recipe.search ? scoreColumn(job.recipe.search) : 'valLoss'
    return { column, references: job?.children.slice(0, REFERENCE_TRIALS) ?? [] }
  }

  /** Returns the values of the reference trials; undefined while one of them has not ended. */
  async #readReports(column: string, ids: readonly string[]) {
    const now = performance.now()
    if (this.#checkedAt > 0 && now - this.#checkedAt < CHECK_MS) return undefined
    this.#checkedAt = now
    const reports: (readonly number[] | null)[] = []
    for (const id of ids) {
      const record = await this.#records.findTraining(id)
      const outcome = await this.#records.outcome(id)
      if (!record || !outcome) return undefined
      const { state, history } = outcome
      reports.push(state === 'completed' && history ? reportsOf(record.recipe, history, column) : null)
    }
    return reports
  }
}
