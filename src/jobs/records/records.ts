import { z } from 'zod'
import { History } from '../../evaluation/history.ts'
import { Evaluation } from '../../evaluation/schema.ts'
import { ResultFormat } from '../../prediction-contract.ts'
import { CompleteRecipe, Promote } from '../../recipe/index.ts'
import type { ModelRegistry } from '../../registry/registry.ts'
import type { Store } from '../../store/contract.ts'
import { seal } from '../../store/sealed.ts'
import { readSealed } from '../../store/sealed-values.ts'
import { UNCERTAINTY_OPTIONS } from '../../uncertainty-options.ts'
import { StoredWarning } from '../../warnings.ts'
import { JobLimits, NO_LIMITS } from './limits.ts'

/** Which part of its parent a training job is. */
export const TrainingPart = z.discriminatedUnion('kind', [
  /** One training of a k-fold validation. `number` counts over all repeats; all count from 1. */
  z.object({ kind: z.literal('fold'), number: z.int(), fold: z.int(), repeat: z.int() }),
  /** One recipe of a search: `params` are the values under the paths of `search.over`. */
  z.object({ kind: z.literal('trial'), number: z.int(), params: z.record(z.string(), z.unknown()) }),
])
export type TrainingPart = z.infer<typeof TrainingPart>

/** Rows of a prediction that are answered together: from row `from`, which counts from 0, to before row `to`. */
export const RowsPart = z.object({ kind: z.literal('rows'), number: z.int(), from: z.int(), to: z.int() })
export type RowsPart = z.infer<typeof RowsPart>

/** Which part of its parent a job is. */
export type Part = TrainingPart | RowsPart

/** The request that ordered a job. */
export const JobOrigin = z.object({
  /** The id of the request, as in the log of the API. */
  request: z.string(),
  /** A `traceparent`, which the trace of the job goes on from. Absent: the request was not traced. */
  trace: z.string().optional(),
})
export type JobOrigin = z.infer<typeof JobOrigin>

/** Fields of the records of all kinds of jobs. */
const AnyRecord = z.object({
  id: z.uuid(),
  model: z.string(),
  /** Id of the data set. */
  dataset: z.string(),
  datasetName: z.string(),
  warnings: z.array(StoredWarning),
  createdAt: z.iso.datetime(),
  /** Name of the API key, or null. */
  createdBy: z.string().nullable(),
  /** Whether a schedule ordered it, so that nobody looks at its version before it would answer. */
  scheduled: z.boolean().default(false),
  /** Where its order came from, for logs and traces. Absent in records of earlier releases, and of schedules. */
  origin: JobOrigin.optional(),
  /** Equal for jobs that would give the same result. */
  fingerprint: z.string(),
  /** The job that this one is a part of, or null. */
  parent: z.uuid().nullable().default(null),
  /** Limits of each of its processes, as ordered; the service's own may be stricter. */
  limits: JobLimits.default(NO_LIMITS),
  /** 1 first; null: last. */
  priority: z.int().positive().nullable().default(null),
  /** The address that is called when the job ends; null: none. */
  webhook: z.object({ url: z.string() }).nullable().default(null),
  /** Its own parts, in their order. */
  children: z.array(z.uuid()).default([]),
})

/** A job that trains a model. */
export const TrainingRecord = AnyRecord.extend({
  /** Records of earlier releases lack it. */
  kind: z.literal('training').default('training'),
  /** The rule of promotion, with the id of a data set in place of its name. */
  promote: Promote,
  /** Whether its version may become `production` although other inputs are to be sent to it. */
  allowInputChanges: z.boolean().default(false),
  recipe: CompleteRecipe,
  part: TrainingPart.nullable().default(null),
})
export type TrainingRecord = z.infer<typeof TrainingRecord>

/** A job that answers the rows of a data set by one version and keeps the answers in a file. */
export const PredictionRecord = AnyRecord.extend({
  kind: z.literal('prediction'),
  /** Number of the version, which was resolved when the job was ordered. */
  version: z.int(),
  /** Rows of the data set. */
  rows: z.int(),
  /** The columns of the data set that the file repeats. */
  columns: z.array(z.string()),
  format: ResultFormat,
  /** Whether the file has the scores of all classes. */
  scores: z.boolean(),
  /** Whether the file has notes on values outside of what was learnt. */
  notes: z.boolean(),
  /** Intervals or sets that each prediction has beside it. */
  ...UNCERTAINTY_OPTIONS,
  /** Stands before the names of the answer's columns. */
  prefix: z.string(),
  part: RowsPart.nullable().default(null),
})
export type PredictionRecord = z.infer<typeof PredictionRecord>

/** A job as it was ordered. Its record is created once and never changes. */
export const JobRecord = z.union([PredictionRecord, TrainingRecord])
export type JobRecord = z.infer<typeof JobRecord>

/** The kind of a job: what its record holds decides what its attempts do. */
export type JobKind = JobRecord['kind']

/** What each kind of job does in one place of this room. The compiler names every place in which a kind is missing. */
export interface ByKind<Arguments extends readonly unknown[], Result> {
  training(record: TrainingRecord, ...more: Arguments): Result
  prediction(record: PredictionRecord, ...more: Arguments): Result
}

/** Returns what the kind of a job does in one place. */
export function byKind<Arguments extends readonly unknown[], Result>(
  record: JobRecord,
  of: ByKind<Arguments, Result>,
  ...more: Arguments
): Result {
  return record.kind === 'training' ? of.training(record, ...more) : of.prediction(record, ...more)
}

/** Why a job did not complete, in the form of a problem of the API. */
export const JobError = z.object({
  type: z.string(),
  title: z.string(),
  detail: z.string(),
})
export type JobError = z.infer<typeof JobError>

/** Progress that a running job reports, at least twice a second or once an epoch. */
export const Progress = z.object({
  phase: z.enum(['start', 'read', 'encode', 'fit', 'evaluate', 'publish', 'predict', 'join']),
  epoch: z.int().nullable(),
  epochs: z.int().nullable(),
  fold: z.int().nullable(),
  loss: z.number().nullable(),
  valLoss: z.number().nullable(),
  /** Estimate of the time left, in seconds. */
  etaSeconds: z.number().nullable(),
  /** Of a prediction: the rows that are answered, and all rows. */
  rows: z.object({ done: z.int(), total: z.int() }).optional(),
})
export type Progress = z.infer<typeof Progress>

/** Rows that a prediction has read, those that failed, and its file. */
export const Answered = z.object({
  rows: z.int().nonnegative(),
  /** Rows that could not be answered; the file says why. */
  failed: z.int().nonnegative(),
  /** Size and hash of the file with the result; null for a part. */
  file: z.object({ bytes: z.int().nonnegative(), sha256: z.string() }).nullable(),
})
export type Answered = z.infer<typeof Answered>

/** How a round of a job ended. It is created once. */
export const JobOutcome = z.object({
  state: z.enum(['completed', 'failed', 'cancelled']),
  attempt: z.int().nonnegative(),
  startedAt: z.iso.datetime().nullable(),
  finishedAt: z.iso.datetime(),
  version: z.int().nullable(),
  error: JobError.nullable(),
  warnings: z.array(StoredWarning),
  progress: Progress.nullable(),
  /** Metrics of the epochs that were trained; null without any. */
  history: History.nullable(),
  /** Metrics of a fold or a trial on its validation rows; null for other jobs. */
  evaluation: Evaluation.nullable().default(null),
  /** Whether a trial fell behind and was stopped. */
  stopped: z.boolean().default(false),
  /** Whether this round's order was refused, since the queue was down. */
  refused: z.boolean().default(false),
  /** Of a completed prediction or of a part of one: what became of its rows; null for other jobs. */
  answered: Answered.nullable().default(null),
})
export type JobOutcome = z.infer<typeof JobOutcome>

/** What is kept of the begin of a round or an attempt, and of a request to stop. */
const Begun = z.object({ at: z.iso.datetime(), by: z.string().nullable().default(null) })

/** Something that happened to a job. */
export interface JobMark {
  at: string
  event: 'retried' | 'started' | 'cancelRequested' | JobOutcome['state']
  /** Name of the API key; null where none asked for it. */
  by: string | null
  /** Number of the attempt that started. */
  attempt: number | null
  /** Why it failed. */
  detail: string | null
}

/** Newest rounds and attempts that the history of a job has. */
const MAX_MARKS = 50

const JOB_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

const suffixOf = (round: number) => (round === 1 ? '' : `-${round}`)

/** The files of all jobs in the store: records, outcomes, rounds, attempts and marks of cancellation. */
export class JobRecords {
  readonly #store: Store
  readonly #models: Pick<ModelRegistry, 'versionOf'>

  constructor(store: Store, models: Pick<ModelRegistry, 'versionOf'>) {
    this.#store = store
    this.#models = models
  }

  /** Creates a job's record; false where it is there already. */
  create(record: JobRecord): Promise<boolean> {
    return this.#store.create(`jobs/${record.id}/record.json`, seal(record))
  }

  /** Returns a job's record; undefined for an unknown id, and for a text that is no id. */
  async find(id: string): Promise<JobRecord | undefined> {
    return JOB_ID.test(id) ? this.#read(`jobs/${id}/record.json`, JobRecord) : undefined
  }

  /** Returns the record of a job that trains; undefined for other jobs too. */
  async findTraining(id: string): Promise<TrainingRecord | undefined> {
    const record = await this.find(id)
    return record?.kind === 'training' ? record : undefined
  }

  /** Returns the outcome of the newest round; undefined while that round has not ended. */
  async outcome(id: string): Promise<JobOutcome | undefined> {
    const first = await this.#read(`jobs/${id}/outcome.json`, JobOutcome)
    // A completed job has no further round, so most jobs need one read only.
    if (!first || first.state === 'completed') return first
    const round = await this.round(id)
    return round === 1 ? first : this.outcomeOf(id, round)
  }

  /** Returns when a job completed, in ms since 1970; null if it ended otherwise, undefined while it has not ended. */
  async completedAt(id: string): Promise<number | null | undefined> {
    const outcome = await this.outcome(id)
    return outcome?.state === 'completed' ? Date.parse(outcome.finishedAt) : outcome && null
  }

  /** Returns the outcome of a round; undefined while it has not ended. */
  async outcomeOf(id: string, round: number): Promise<JobOutcome | undefined> {
    return this.#read(`jobs/${id}/outcome${suffixOf(round)}.json`, JobOutcome)
  }

  /**
   * Ends a round of a job; false where it has ended already. A job that has a version is kept as completed, whatever
   * the given outcome: the process that published the version died before it could keep the outcome.
   * @param round the round to end, by default the newest: an attempt of an older round changes nothing
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
    if (record?.kind !== 'training' || record.parent !== null) return outcome
    const entry = await this.#models.versionOf(record.model, id)
    if (!entry) return outcome
    const { attempt, version } = entry
    return { ...outcome, state: 'completed', attempt, version, error: null, refused: false }
  }

  /** Deletes a job's checkpoints after its end. A failure is ignored, since the reconciler tries again. */
  async dropCheckpoints(id: string): Promise<void> {
    await this.#store.deleteBelow(checkpointFolder(id)).catch(() => {})
  }

  /** Tells whether the job's newest round has ended. */
  async hasEnded(id: string): Promise<boolean> {
    return (await this.#store.has(`jobs/${id}/outcome.json`)) && (await this.outcome(id)) !== undefined
  }

  /** Asks the attempts of the newest round to stop. */
  async requestCancel(id: string, by: string | null): Promise<void> {
    const key = `jobs/${id}/cancel${suffixOf(await this.round(id))}.json`
    await this.#store.create(key, JSON.stringify({ at: new Date().toISOString(), by }))
  }

  /** Tells whether the newest round is to be cancelled. */
  async cancelRequested(id: string): Promise<boolean> {
    if (!(await this.#store.has(`jobs/${id}/outcome.json`))) return this.#store.has(`jobs/${id}/cancel.json`)
    return this.#store.has(`jobs/${id}/cancel${suffixOf(await this.round(id))}.json`)
  }

  /** Returns the number of the newest round: 1, and one more for each retry that a client asked for. */
  async round(id: string): Promise<number> {
    return 1 + (await this.#store.children(`jobs/${id}/retries/`)).length
  }

  /**
   * Begins a round of a job; false where another request was faster.
   * @param round the number after that of the round whose outcome the caller has read
   */
  beginRound(id: string, round: number, by: string | null): Promise<boolean> {
    const key = `jobs/${id}/retries/${round - 1}.json`
    return this.#store.create(key, JSON.stringify({ at: new Date().toISOString(), by }))
  }

  /** Returns when a retry began a round, in milliseconds since 1970; 0 for the first round, which no retry begins. */
  async roundBegan(id: string, round: number): Promise<number> {
    if (round === 1) return 0
    const begun = await this.#read(`jobs/${id}/retries/${round - 1}.json`, Begun)
    return begun ? Date.parse(begun.at) : 0
  }

  /** Deletes the records of jobs that were never acknowledged. */
  async discard(ids: readonly string[]): Promise<void> {
    for (const id of ids) await this.#store.deleteBelow(`jobs/${id}/`)
  }

  /**
   * Takes a number for a new attempt that no other attempt has or will have, also when the queue has lost count: an
   * attempt's files are its own.
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

  /** Tells whether an attempt after this one has begun. */
  isOvertaken(id: string, attempt: number): Promise<boolean> {
    return this.#store.has(`jobs/${id}/attempts/${attempt + 1}.json`)
  }

  /** Returns what happened to a job after its order, in any order: its newest rounds and attempts. */
  async marks(id: string): Promise<JobMark[]> {
    const [attempts, rounds] = await Promise.all([
      this.#store.children(`jobs/${id}/attempts/`),
      this.round(id),
    ])
    const numbers = attempts.map((name) => Number.parseInt(name, 10)).sort((a, b) => b - a)
    const begun = async (key: string, event: JobMark['event'], attempt: number | null = null) => {
      const found = await this.#read(`jobs/${id}/${key}.json`, Begun)
      return found && { at: found.at, event, by: found.by, attempt, detail: null }
    }
    const ended = async (round: number) => {
      const outcome = await this.outcomeOf(id, round)
      if (!outcome || outcome.refused) return undefined
      const { finishedAt, state, error } = outcome
      return { at: finishedAt, event: state, by: null, attempt: null, detail: error?.detail ?? null }
    }
    const newest = Array.from({ length: Math.min(MAX_MARKS, rounds) }, (_, i) => rounds - i)
    const found = await Promise.all([
      ...numbers.slice(0, MAX_MARKS).map((number) => begun(`attempts/${number}`, 'started', number)),
      ...newest.flatMap((round) => [
        round > 1 ? begun(`retries/${round - 1}`, 'retried') : undefined,
        begun(`cancel${suffixOf(round)}`, 'cancelRequested'),
        ended(round),
      ]),
    ])
    return found.filter((mark) => mark !== undefined)
  }

  /** Returns the ids of all jobs, oldest first: UUIDv7 sorts by time. */
  async ids(): Promise<string[]> {
    return (await this.#store.children('jobs/')).filter((id) => JOB_ID.test(id))
  }

  /** Returns the ids of completed jobs with a fingerprint, newest first. */
  async equals(fingerprint: string): Promise<string[]> {
    return (await this.#store.children(`fingerprints/${fingerprint}/`)).reverse()
  }

  /** Adds a completed job to the index of fingerprints. */
  async keepFingerprint(fingerprint: string, job: string): Promise<void> {
    await this.#store.create(`fingerprints/${fingerprint}/${job}`, '')
  }

  async #read<Schema extends z.ZodType>(key: string, schema: Schema): Promise<z.output<Schema> | undefined> {
    const message = `The job's file ${key.split('/').at(-1)} is damaged.`
    return readSealed(this.#store, key, schema, { onDamage: 'throw', message })
  }
}

/** Returns the prefix of the keys of a job's checkpoints. They are there while it runs. */
export function checkpointFolder(id: string): string {
  return `jobs/${id}/checkpoints/`
}
