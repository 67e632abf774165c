import type { FitserveError } from '../../errors.ts'
import { type EpochValues, type History, historyOf } from '../../evaluation/history.ts'
import type { Evaluation } from '../../evaluation/schema.ts'
import { monitorOf } from '../../recipe/index.ts'
import type { Store } from '../../store/contract.ts'
import type { CheckpointFiles, TrainingProgress } from '../../training-contract.ts'
import type { EpochLine } from '../records/epoch-lines.ts'
import { jobError } from '../records/failed-reason.ts'
import type { JobOutcome, JobRecord, JobRecords, Progress } from '../records/records.ts'
import { checkpointFiles } from './checkpoints.ts'
import { type Fence, Fenced } from './fence.ts'

/** What is said to the queue while an attempt runs. */
export interface AttemptReporter {
  progress(progress: Progress): Promise<void>
  log(line: string): Promise<void>
}

/** What an attempt that went well leaves behind. */
export interface Ended {
  version: number | null
  evaluation?: Evaluation | null
  stopped?: boolean
}

/** Milliseconds between two words to the queue within a phase. */
const SAY_MS = 150

/** One attempt's state: what it reported and when it began. */
export class AttemptRun {
  readonly record: JobRecord
  readonly attempt: number
  readonly fence: Fence
  readonly epochs: EpochValues[] = []
  /** Epochs that the queue has not been told of. */
  readonly #unsaid: EpochValues[] = []
  #saidAt = 0
  readonly #round: number
  readonly #reporter: AttemptReporter
  #startedAt = new Date().toISOString()
  #progress: Progress | null = null
  #history: History | null = null
  #warnings: string[] = []

  constructor(
    record: JobRecord,
    own: { attempt: number; round: number; fence: Fence },
    reporter: AttemptReporter,
  ) {
    this.record = record
    this.attempt = own.attempt
    this.fence = own.fence
    this.#round = own.round
    this.#reporter = reporter
  }

  async report(phase: Progress['phase'], more: Partial<TrainingProgress> = {}): Promise<void> {
    const { epoch = null, epochs = null, values = null, etaSeconds = null } = more
    if (more.epochEnded && values) {
      this.epochs.push(values)
      this.#unsaid.push(values)
    }
    const loss = values?.['loss'] ?? null
    const valLoss = values?.['valLoss'] ?? null
    const { part } = this.record
    const fold = part?.kind === 'fold' ? part.number : (more.fold ?? null)
    const samePhase = this.#progress?.phase === phase
    this.#progress = { phase, epoch, epochs, fold, loss, valLoss, etaSeconds }
    // Small data takes less time for an epoch than the queue for hearing of it.
    if (samePhase && performance.now() - this.#saidAt < SAY_MS) return
    if (this.#unsaid.length > 0) {
      const line: EpochLine = { attempt: this.attempt, epochs: this.#unsaid.splice(0) }
      await this.#reporter.log(JSON.stringify(line))
    }
    await this.#reporter.progress(this.#progress)
    this.#saidAt = performance.now()
  }

  /** Whether this attempt may still change something. @throws Fenced where the job has ended, or a later one has begun */
  async mayPublish(records: JobRecords): Promise<void> {
    await this.fence.check()
    if (await records.hasEnded(this.record.id)) throw new Fenced('The job has ended.')
  }

  checkpoints(store: Store): CheckpointFiles {
    return checkpointFiles(store, this.record.id, this.attempt, this.fence)
  }

  /** A job in parts began when its first part did. */
  beganBefore(times: readonly (string | null | undefined)[]): void {
    for (const time of times) if (time && time < this.#startedAt) this.#startedAt = time
  }

  trained(history: History, warnings: string[]): void {
    this.#history = history
    this.#warnings = warnings
  }

  /** Keeps the outcome; gives how the job ended, which another attempt may have decided before. */
  async finish(
    records: JobRecords,
    state: JobOutcome['state'],
    ended: Ended,
    error?: FitserveError,
  ): Promise<JobOutcome> {
    const { version, evaluation = null, stopped = false } = ended
    const epochs = this.epochs.length > 0 ? historyOf(this.epochs, monitorOf(this.record.recipe)) : null
    const outcome: JobOutcome = {
      state,
      attempt: this.attempt,
      version,
      evaluation,
      stopped,
      refused: false,
      startedAt: this.#startedAt,
      finishedAt: new Date().toISOString(),
      error: error ? jobError(error) : null,
      warnings: this.#warnings,
      progress: this.#progress,
      history: this.#history ?? epochs,
    }
    const first = await records.end(this.record.id, outcome, this.#round)
    if (first && state === 'completed') return outcome
    // Where it has ended otherwise, this attempt may have kept something since.
    if (!first) await records.dropCheckpoints(this.record.id)
    return (await records.outcome(this.record.id)) ?? outcome
  }
}
