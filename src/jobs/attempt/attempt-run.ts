import type { FitserveError } from '../../errors.ts'
import { type EpochValues, type History, historyOf } from '../../evaluation/history.ts'
import type { Evaluation } from '../../evaluation/schema.ts'
import { monitorOf } from '../../recipe/index.ts'
import type { Store } from '../../store/contract.ts'
import type { CheckpointFiles, TrainingProgress } from '../../training-contract.ts'
import type { Warning } from '../../warnings.ts'
import type { EpochLine } from '../records/epoch-lines.ts'
import { jobError } from '../records/failed-reason.ts'
import type { Answered, JobOutcome, JobRecord, JobRecords, Progress } from '../records/records.ts'
import { checkpointFiles } from './checkpoints.ts'
import { type Fence, Fenced } from './fence.ts'

/** Passes a running attempt's progress and epoch lines on to the queue. */
export interface AttemptReporter {
  progress(progress: Progress): Promise<void>
  log(line: string): Promise<void>
}

/** The result of an attempt that went well. */
export interface Ended {
  /** Number of the published version; null for a fold or a trial. */
  version: number | null
  /** Metrics of a fold or a trial; absent or null for other jobs. */
  evaluation?: Evaluation | null
  /** Whether a trial fell behind and was stopped; default: false. */
  stopped?: boolean
  /** What became of the rows of a prediction or of a part of one; absent for other jobs. */
  answered?: Answered
  /** Removes what is of no use once the outcome is kept; default: nothing. It must not reject. */
  tidy?: () => Promise<void>
}

/** Progress of an attempt's work, of whichever kind. */
export type Reported = Partial<TrainingProgress> & Pick<Progress, 'rows'>

/** Shortest time between two reports to the queue within a phase, in milliseconds. */
const REPORT_MS = 150

/** The state of one attempt: its progress so far and when it began. */
export class AttemptRun {
  readonly record: JobRecord
  readonly attempt: number
  readonly fence: Fence
  readonly epochs: EpochValues[] = []
  /** Epochs that were not reported to the queue yet. */
  readonly #unreported: EpochValues[] = []
  #reportedAt = 0
  readonly #round: number
  readonly #reporter: AttemptReporter
  #startedAt = new Date().toISOString()
  #progress: Progress | null = null
  #history: History | null = null
  #warnings: Warning[] = []

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

  /** Notes progress, and passes it on unless the last report within the phase is too recent. */
  async report(phase: Progress['phase'], more: Reported = {}): Promise<void> {
    const { epoch = null, epochs = null, values = null, etaSeconds = null, rows } = more
    if (more.epochEnded && values) {
      this.epochs.push(values)
      this.#unreported.push(values)
    }
    const loss = values?.['loss'] ?? null
    const valLoss = values?.['valLoss'] ?? null
    const { part } = this.record
    const fold = part?.kind === 'fold' ? part.number : (more.fold ?? null)
    const samePhase = this.#progress?.phase === phase
    this.#progress = { phase, epoch, epochs, fold, loss, valLoss, etaSeconds, ...(rows ? { rows } : {}) }
    // On small data an epoch takes less time than a report to the queue.
    if (samePhase && performance.now() - this.#reportedAt < REPORT_MS) return
    if (this.#unreported.length > 0) {
      const line: EpochLine = { attempt: this.attempt, epochs: this.#unreported.splice(0) }
      await this.#reporter.log(JSON.stringify(line))
    }
    await this.#reporter.progress(this.#progress)
    this.#reportedAt = performance.now()
  }

  /** Checks that this attempt may still publish. @throws Fenced where the job has ended or a later attempt has begun */
  async mayPublish(records: JobRecords): Promise<void> {
    await this.fence.check()
    if (await records.hasEnded(this.record.id)) throw new Fenced('The job has ended.')
  }

  /** Returns this attempt's checkpoints. */
  checkpoints(store: Store): CheckpointFiles {
    return checkpointFiles(store, this.record.id, this.attempt, this.fence)
  }

  /** Moves the start back to that of the earliest part: a job in parts began when its first part did. */
  beganBefore(times: readonly (string | null | undefined)[]): void {
    for (const time of times) if (time && time < this.#startedAt) this.#startedAt = time
  }

  /** Takes the result of a training run, for the outcome. */
  trained(history: History, warnings: Warning[]): void {
    this.#history = history
    this.#warnings = warnings
  }

  /** Adds warnings to the outcome. */
  warn(warnings: readonly Warning[]): void {
    this.#warnings = [...this.#warnings, ...warnings]
  }

  /** Keeps the outcome. Returns how the job ended, which another attempt may have decided before. */
  async finish(
    records: JobRecords,
    state: JobOutcome['state'],
    ended: Ended,
    error?: FitserveError,
  ): Promise<JobOutcome> {
    const { version, evaluation = null, stopped = false, answered = null } = ended
    const monitor = this.record.kind === 'training' ? monitorOf(this.record.recipe) : 'valLoss'
    const epochs = this.epochs.length > 0 ? historyOf(this.epochs, monitor) : null
    const outcome: JobOutcome = {
      state,
      attempt: this.attempt,
      version,
      evaluation,
      stopped,
      refused: false,
      answered,
      startedAt: this.#startedAt,
      finishedAt: new Date().toISOString(),
      error: error ? jobError(error) : null,
      warnings: this.#warnings,
      progress: this.#progress,
      history: this.#history ?? epochs,
    }
    const first = await records.end(this.record.id, outcome, this.#round)
    if (first && state === 'completed') return outcome
    // The job had ended already; this attempt may have saved checkpoints since.
    if (!first) await records.dropCheckpoints(this.record.id)
    return (await records.outcome(this.record.id)) ?? outcome
  }
}
