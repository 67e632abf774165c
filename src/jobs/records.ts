import { z } from 'zod'
import { FitserveError } from '../errors.ts'
import { History } from '../evaluation/history.ts'
import { CompleteRecipe } from '../recipe/index.ts'
import type { Store } from '../store/contract.ts'

/** What a client ordered, as it is kept: created once, never changed. */
export const JobRecord = z.object({
  id: z.uuid(),
  model: z.string(),
  /** Id of the data set. */
  dataset: z.string(),
  datasetName: z.string(),
  promote: z.enum(['always', 'ifBetter', 'never']),
  recipe: CompleteRecipe,
  warnings: z.array(z.string()),
  createdAt: z.iso.datetime(),
  /** Name of the API key, or null. */
  createdBy: z.string().nullable(),
  /** Equal for jobs that would give the same model. */
  fingerprint: z.string(),
})
export type JobRecord = z.infer<typeof JobRecord>

export const JobError = z.object({
  type: z.string(),
  title: z.string(),
  detail: z.string(),
})
export type JobError = z.infer<typeof JobError>

/** What a running job says of itself, at least twice a second or once an epoch. */
export const Progress = z.object({
  phase: z.enum(['start', 'read', 'encode', 'fit', 'evaluate', 'publish']),
  epoch: z.int().nullable(),
  epochs: z.int().nullable(),
  fold: z.int().nullable(),
  loss: z.number().nullable(),
  valLoss: z.number().nullable(),
  /** Estimate of the time left, in seconds. */
  etaSeconds: z.number().nullable(),
})
export type Progress = z.infer<typeof Progress>

/** How a job ended: created once. */
export const JobOutcome = z.object({
  state: z.enum(['completed', 'failed', 'cancelled']),
  attempt: z.int().nonnegative(),
  startedAt: z.iso.datetime().nullable(),
  finishedAt: z.iso.datetime(),
  version: z.int().nullable(),
  error: JobError.nullable(),
  warnings: z.array(z.string()),
  progress: Progress.nullable(),
  /** The epochs that were done; null where none was. */
  history: History.nullable(),
})
export type JobOutcome = z.infer<typeof JobOutcome>

const JOB_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/** The jobs' files in the store. */
export class JobRecords {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  create(record: JobRecord): Promise<boolean> {
    return this.#store.create(`jobs/${record.id}/record.json`, JSON.stringify(record))
  }

  /** The record, or undefined where there is none, also for what is no id at all. */
  async find(id: string): Promise<JobRecord | undefined> {
    return JOB_ID.test(id) ? this.#read(`jobs/${id}/record.json`, JobRecord) : undefined
  }

  outcome(id: string): Promise<JobOutcome | undefined> {
    return this.#read(`jobs/${id}/outcome.json`, JobOutcome)
  }

  /** Ends a job; false where it has ended already. */
  end(id: string, outcome: JobOutcome): Promise<boolean> {
    return this.#store.create(`jobs/${id}/outcome.json`, JSON.stringify(outcome))
  }

  hasEnded(id: string): Promise<boolean> {
    return this.#store.has(`jobs/${id}/outcome.json`)
  }

  /** Asks whoever runs the job to stop. */
  async requestCancel(id: string, by: string | null): Promise<void> {
    await this.#store.create(`jobs/${id}/cancel.json`, JSON.stringify({ at: new Date().toISOString(), by }))
  }

  cancelRequested(id: string): Promise<boolean> {
    return this.#store.has(`jobs/${id}/cancel.json`)
  }

  /**
   * Takes a number for a new attempt that no other attempt has or will have, also when the queue forgot how
   * often it tried: an attempt's files are its own.
   */
  async claimAttempt(id: string): Promise<number> {
    for (let attempt = 1; ; attempt++)
      if (
        await this.#store.create(
          `jobs/${id}/attempts/${attempt}.json`,
          JSON.stringify({ at: new Date().toISOString() }),
        )
      )
        return attempt
  }

  /** All jobs' ids, oldest first: UUIDv7 sorts by time. */
  async ids(): Promise<string[]> {
    return (await this.#store.children('jobs/')).filter((id) => JOB_ID.test(id))
  }

  /** Ids of completed jobs that trained the same, newest first. */
  async equals(fingerprint: string): Promise<string[]> {
    return (await this.#store.children(`fingerprints/${fingerprint}/`)).reverse()
  }

  async keepFingerprint(fingerprint: string, job: string): Promise<void> {
    await this.#store.create(`fingerprints/${fingerprint}/${job}`, '')
  }

  async #read<Schema extends z.ZodType>(key: string, schema: Schema): Promise<z.output<Schema> | undefined> {
    const bytes = await this.#store.read(key)
    if (!bytes) return undefined
    try {
      return schema.parse(JSON.parse(bytes.toString('utf8')))
    } catch (cause) {
      throw new FitserveError('corrupt-artifact', `The job's file ${key.split('/').at(-1)} is damaged.`, {
        cause,
      })
    }
  }
}
