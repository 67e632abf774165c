import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { FitserveError } from '../../errors.ts'
import type { Answerer, RowRange } from '../../prediction-contract.ts'
import type { VersionEntry } from '../../registry/model-log.ts'
import type { ModelRegistry } from '../../registry/registry.ts'
import type { Store } from '../../store/contract.ts'
import { sha256OfFile } from '../../store/file-hash.ts'
import { neededPart } from '../family/settle.ts'
import { partKey, resultKey } from '../predictions/files.ts'
import { rangesOf } from '../predictions/ranges.ts'
import type { Answered, JobRecords, PredictionRecord } from '../records/records.ts'
import type { Ended } from './attempt-run.ts'
import type { Work } from './work.ts'

/** What an attempt at a prediction works with. */
export interface PredictionDependencies {
  store: Store
  records: JobRecords
  models: Pick<ModelRegistry, 'entry'>
  answerer: Answerer
}

/**
 * Answers the rows of a job and keeps the file in the store. A part keeps the answers of its own rows; a job with parts
 * joins their files to the result.
 */
export async function predictionWork(
  record: PredictionRecord,
  dependencies: PredictionDependencies,
  work: Work,
): Promise<Ended> {
  const { store } = dependencies
  await work.step(() => work.run.report('start'))
  const folder = await store.scratchFolder()
  try {
    const prediction = new PredictionWork(dependencies, record, work, folder)
    if (record.part) return await prediction.answerPart(record.part)
    return record.children.length === 0 ? await prediction.answerAll() : await prediction.joinParts()
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Seconds between two estimates of the time left that are worth an average. */
const MIN_SECONDS = 0.2

class PredictionWork {
  readonly #dependencies: PredictionDependencies
  readonly #record: PredictionRecord
  readonly #work: Work
  readonly #folder: string

  /** @param folder for files in progress */
  constructor(dependencies: PredictionDependencies, record: PredictionRecord, work: Work, folder: string) {
    this.#dependencies = dependencies
    this.#record = record
    this.#work = work
    this.#folder = folder
  }

  /** Answers the rows of a part. An earlier attempt may have kept the same answers already. */
  async answerPart(part: RowRange & { number: number }): Promise<Ended> {
    const { failed } = await this.#keepPart(this.#record.parent ?? this.#record.id, part.number, part)
    return { version: null, answered: { rows: part.to - part.from, failed, file: null } }
  }

  /** Answers all rows in one piece. */
  async answerAll(): Promise<Ended> {
    const { rows } = this.#record
    const file = join(this.#folder, 'result')
    const { failed } = await this.#answer({ from: 0, to: rows }, file)
    return this.#keepResult(file, { rows, failed })
  }

  /** Runs the parts that are left, and joins the answers of all. */
  async joinParts(): Promise<Ended> {
    const { store, records, answerer } = this.#dependencies
    const { id, rows, format, children } = this.#record
    await this.#work.runLeftChildren()
    let failed = 0
    for (const [index, range] of rangesOf(rows, children.length).entries()) {
      const part = await this.#work.step(() => records.outcome(children[index] ?? ''))
      if (part?.state !== 'completed' || !part.answered)
        throw partFault(index + 1, range, part?.error?.detail)
      this.#work.run.beganBefore([part.startedAt])
      // The answers of a failed prediction are garbage after a day; a retry then makes them again.
      const isKept = await store.has(partKey(id, index + 1))
      failed += isKept ? part.answered.failed : (await this.#keepPart(id, index + 1, range)).failed
    }
    const file = join(this.#folder, 'result')
    await this.#work.step(async () => {
      await this.#work.run.report('join', { rows: { done: rows, total: rows } })
      const parts = children.map((_, index) => async () => {
        const stream = await store.stream(partKey(id, index + 1))
        if (stream) return stream
        throw new FitserveError('store-unavailable', 'The answers of a part have been deleted meanwhile.')
      })
      await answerer.join({ format, parts, file, folder: this.#folder, signal: this.#work.signal })
    })
    const ended = await this.#keepResult(file, { rows, failed })
    const tidy = async () => {
      // What stays is collected as garbage.
      for (const index of children.keys()) await store.delete(partKey(id, index + 1)).catch(() => undefined)
    }
    return { ...ended, tidy }
  }

  async #keepPart(job: string, number: number, range: RowRange): Promise<{ failed: number }> {
    const file = join(this.#folder, `part-${number}`)
    const answered = await this.#answer(range, file)
    await this.#work.step(async () => {
      await this.#work.run.fence.check()
      await this.#dependencies.store.createFromFile(partKey(job, number), file)
    })
    await rm(file, { force: true })
    return answered
  }

  async #keepResult(file: string, { rows, failed }: Pick<Answered, 'rows' | 'failed'>): Promise<Ended> {
    const { store, records } = this.#dependencies
    const { id, format } = this.#record
    return this.#work.step(async () => {
      await this.#work.run.report('publish', { rows: { done: rows, total: rows } })
      await this.#work.run.mayPublish(records)
      const { size: bytes } = await stat(file)
      const sha256 = await sha256OfFile(file)
      await store.createFromFile(resultKey(id, this.#work.run.attempt, format), file)
      return { version: null, answered: { rows, failed, file: { bytes, sha256 } } }
    })
  }

  /** Answers some rows, and reports how many are done. */
  async #answer(range: RowRange, file: string): Promise<{ failed: number }> {
    const { answerer } = this.#dependencies
    const { model, dataset, format, columns, scores, notes, interval, set, abstain, prefix } = this.#record
    const version = await this.#work.step(() => this.#version())
    const began = performance.now()
    const total = range.to - range.from
    return this.#work.step(() =>
      answerer.answer({
        model,
        version,
        dataset,
        range,
        shape: { format, columns, scores, notes, prefix, uncertainty: { interval, set, abstain } },
        file,
        signal: this.#work.signal,
        onRows: async (done) => {
          const seconds = (performance.now() - began) / 1000
          const etaSeconds =
            seconds < MIN_SECONDS ? null : Math.round((seconds / done) * (total - done) * 10) / 10
          await this.#work.run.report('predict', { rows: { done, total }, etaSeconds })
        },
      }),
    )
  }

  /** Returns the version that was meant at the order. @throws FitserveError `unknown-version`, `unknown-model` */
  async #version(): Promise<VersionEntry> {
    const { model, version } = this.#record
    try {
      return await this.#dependencies.models.entry(model, version)
    } catch (cause) {
      if (!(cause instanceof FitserveError) || !GONE.has(cause.code)) throw cause
      throw new FitserveError(
        cause.code,
        `Version ${version} of "${model}", which the prediction was ordered with, has been deleted since. Order a new prediction with a version that exists.`,
        { cause },
      )
    }
  }
}

const GONE: ReadonlySet<string> = new Set(['unknown-model', 'unknown-version'])

function partFault(number: number, { from, to }: RowRange, detail = 'It has no result.'): FitserveError {
  return new FitserveError(
    'prediction-failed',
    `${neededPart({ kind: 'rows', number, from, to })}: ${detail}`,
  )
}
