import { z } from 'zod'
import { FitserveError } from '../../errors.ts'
import { History } from '../../evaluation/history.ts'
import { Evaluation } from '../../evaluation/schema.ts'
import { CompleteRecipe, Promote } from '../../recipe/index.ts'
import type { ModelRegistry } from '../../registry/registry.ts'
import type { Store } from '../../store/contract.ts'
import { seal, unseal } from '../../store/sealed.ts'
import { JobLimits, NO_LIMITS } from './limits.ts'

/** Which part of its parent a job is. */
export const Part = z.discriminatedUnion('kind', [
  /** One training of a k-fold validation. `number` counts over all repeats; all count from 1. */
  z.object({ kind: z.literal('fold'), number: z.int(), fold: z.int(), repeat: z.int() }),
  /** One recipe of a search: `params` are the values under the paths of `search.over`. */
  z.object({ kind: z.literal('trial'), number: z.int(), params: z.record(z.string(), z.unknown()) }),
])
export type Part = z.infer<typeof Part>

/** What a client ordered, as it is kept: created once, never changed. */
export const JobRecord = z.object({
  id: z.uuid(),
  model: z.string(),
  /** Id of the data set. */
  dataset: z.string(),
  datasetName: z.string(),
  /** A data set that it names is there by its id. */
  promote: Promote,
  recipe: CompleteRecipe,
  warnings: z.array(z.string()),
  createdAt: z.iso.datetime(),
  /** Name of the API key, or null. */
  createdBy: z.string().nullable(),
  /** Equal for jobs that would give the same model. */
  fingerprint: z.string(),
  /** The job that this one is a part of, or null. */
  parent: z.uuid().nullable().default(null),
  part: Part.nullable().default(null),
  /** What each of its processes may use, as it was ordered; the service may allow less. */
  limits: JobLimits.default(NO_LIMITS),
  /** 1 first; null: last. */
  priority: z.int().positive().nullable().default(null),
  /** Who is told of its end, or null. */
  webhook: z.object({ url: z.string() }).nullable().default(null),
  /** Its own parts, in their order. */
  children: z.array(z.uuid()).default([]),
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
  /** Of a fold or a trial: how it did on its validation rows. */
  evaluation: Evaluation.nullable().default(null),
  /** Of a trial: whether it fell behind and was stopped. */
  stopped: z.boolean().default(false),
  /** Whether this round's order was refused, since the queue was away. */
  refused: z.boolean().default(false),
})
export type JobOutcome = z.infer<typeof JobOutcome>

const JOB_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

const suffixOf = (round: number) => (round === 1 ? '' : `-${round}`)

/** The jobs' files in the store. */
export class JobRecords {
  readonly #store: Store
  readonly #models: Pick<ModelRegistry, 'versionOf'>

  constructor(store: Store, models: Pick<ModelRegistry, 'versionOf'>) {
    this.#store = store
    this.#models = models
  }

  create(record: JobRecord): Promise<boolean> {
    return this.#store.create(`jobs/${record.id}/record.json`, seal(record))
  }

  /** The record, or undefined where there is none, also for what is no id at all. */
  async find(id: string): Promise<JobRecord | undefined> {
    return JOB_ID.test(id) ? this.#read(`jobs/${id}/record.json`, JobRecord) : undefined
  }

  /** How the job ended; undefined where it has not, also where it is being tried again after its end. */
  async outcome(id: string): Promise<JobOutcome | undefined> {
    const first = await this.#read(`jobs/${id}/outcome.json`, JobOutcome)
    // A completed job is never tried again, so most jobs need no second look.
    if (!first || first.state === 'completed') return first
    const round = await this.round(id)
    return round === 1 ? first : this.outcomeOf(id, round)
  }

  /** How a round of the job ended; undefined where it has not. */
  async outcomeOf(id: string, round: number): Promise<JobOutcome | undefined> {
    return this.#read(`jobs/${id}/outcome${suffixOf(round)}.json`, JobOutcome)
  }

  /**
   * Ends a job; false where it has ended already. One that has a version has completed, whoever ends it and for
   * whatever reason: the process that had published it died before it could say so.
   * @param round the round that an attempt belongs to: one of a round before this one changes nothing
   */
  async end(id: string, outcome: JobOutcome, round?: number): Promise<boolean> {
    const suffix = suffixOf(round ?? (await this.round(id)))
    const kept = outcome.state === 'completed' ? outcome : await this.#unlessPublished(id, outcome)
    const ended = await this.#store.create(`jobs/${id}/outcome${suffix}.json`, seal(kept))
    if (ended) await this.dropCheckpoints(id)
    return ended
  }

  async #unlessPublished(id: string, outcome: JobOutcome): Promise<JobOutcome> {
    const record = await this.find(id)
    if (!record || record.parent !== null) return outcome
    const entry = await this.#models.versionOf(record.model, id)
    if (!entry) return outcome
    const { attempt, version } = entry
    return { ...outcome, state: 'completed', attempt, version, error: null, refused: false }
  }

  /** Deletes what nobody needs after a job's end; where that fails it is only in the way until the reconciler looks. */
  async dropCheckpoints(id: string): Promise<void> {
    await this.#store.deleteBelow(checkpointFolder(id)).catch(() => {})
  }

  async hasEnded(id: string): Promise<boolean> {
    return (await this.#store.has(`jobs/${id}/outcome.json`)) && (await this.outcome(id)) !== undefined
  }

  /** Asks whoever runs the job to stop. */
  async requestCancel(id: string, by: string | null): Promise<void> {
    const key = `jobs/${id}/cancel${suffixOf(await this.round(id))}.json`
    await this.#store.create(key, JSON.stringify({ at: new Date().toISOString(), by }))
  }

  async cancelRequested(id: string): Promise<boolean> {
    if (!(await this.#store.has(`jobs/${id}/outcome.json`))) return this.#store.has(`jobs/${id}/cancel.json`)
    return this.#store.has(`jobs/${id}/cancel${suffixOf(await this.round(id))}.json`)
  }

  /** 1, and one more for each time that the job was ordered again after its end. */
  async round(id: string): Promise<number> {
    return 1 + (await this.#store.children(`jobs/${id}/retries/`)).length
  }

  /** Orders a job again that has ended; false where another request has done so already. */
  async beginRound(id: string, by: string | null): Promise<boolean> {
    const key = `jobs/${id}/retries/${await this.round(id)}.json`
    return this.#store.create(key, JSON.stringify({ at: new Date().toISOString(), by }))
  }

  /** Forgets records that no client has heard of. */
  async discard(ids: readonly string[]): Promise<void> {
    for (const id of ids) await this.#store.deleteBelow(`jobs/${id}/`)
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

  /** Whether a later attempt than this one has begun. */
  isOvertaken(id: string, attempt: number): Promise<boolean> {
    return this.#store.has(`jobs/${id}/attempts/${attempt + 1}.json`)
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
      return schema.parse(unseal(bytes))
    } catch (cause) {
      throw new FitserveError('corrupt-artifact', `The job's file ${key.split('/').at(-1)} is damaged.`, {
        cause,
      })
    }
  }
}

/** Where a job's checkpoints are while it runs. */
export function checkpointFolder(id: string): string {
  return `jobs/${id}/checkpoints/`
}
