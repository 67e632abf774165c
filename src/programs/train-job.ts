import process from 'node:process'
import type { SandboxedJob } from 'bullmq'
import { z } from 'zod'
import { createAnswerer } from '../batch/answerer.ts'
import { openStore } from '../compose.ts'
import { loadConfig } from '../config/config.ts'
import { keptTables } from '../datasets/kept-tables.ts'
import { loadTableReader } from '../datasets/table.ts'
import { FitserveError } from '../errors.ts'
import { type AttemptReporter, runAttempt } from '../jobs/attempt/attempt.ts'
import { tracedPhases } from '../jobs/attempt/traced-phases.ts'
import { withCode } from '../jobs/records/failed-reason.ts'
import { JobRecords } from '../jobs/records/records.ts'
import { readVectorSet } from '../models/vector-sets.ts'
import { createModelRegistry } from '../registry/registry.ts'
import { openLog } from '../runtime/open-log.ts'
import { openTracing } from '../runtime/open-tracing.ts'
import { lowerPriority } from '../runtime/priority.ts'
import type { Tracing } from '../runtime/tracing.ts'
import { createComparer } from '../training/compare.ts'
import { createTrainer } from '../training/trainer.ts'
import { ENGINE } from '../version.ts'

// The program of a training process: BullMQ starts it and sends it one job after the other.

const opened = open()
// A process is started ahead of its first job. Dropped: the job meets the same failure again, and reports it.
opened.then(loadTableReader).catch(() => undefined)

async function open() {
  const config = loadConfig(process.env)
  const log = await openLog(config.logLevel, config.logFormat)
  const tracing = await openTracing(config.traces, 'training', (reason) =>
    log.warn({ reason }, 'traces cannot be sent'),
  )
  lowerPriority(config.jobs.nice)
  const store = await openStore(config)
  const { limits, checkpointSeconds, threads } = config.jobs
  const tables = keptTables(store)
  const models = createModelRegistry(store, { keepVersions: config.keepVersions })
  return {
    store,
    records: new JobRecords(store, models),
    models,
    trainer: createTrainer(tables, {
      checkpointSeconds,
      threads,
      vectorSet: (name) => readVectorSet(config.vectorsDir, name),
    }),
    compare: createComparer(tables),
    answerer: createAnswerer({ models, table: tables }),
    engine: ENGINE,
    limits,
    log,
    tracing,
  }
}

/** BullMQ's sandboxed processor. It gets an abort signal only if it declares three parameters. */
export default async function processor(
  job: SandboxedJob,
  _token?: string,
  signal?: AbortSignal,
): Promise<string> {
  const { jobId, trace } = z.object({ jobId: z.string(), trace: z.string().optional() }).parse(job.data)
  const reporter = {
    progress: (progress: object) => job.updateProgress(progress),
    log: async (line: string) => void (await job.log(line)),
  }
  try {
    const parts = await opened
    const run = (attemptReporter: AttemptReporter) =>
      runAttempt(parts, jobId, attemptReporter, signal ?? new AbortController().signal)
    return await (parts.tracing ? traced(parts.tracing, { jobId, trace }, reporter, run) : run(reporter))
  } catch (error) {
    throw error instanceof FitserveError ? withCode(error) : error
  }
}

/** Runs an attempt as a span with one below it for each phase. */
async function traced<State extends string>(
  tracing: Tracing,
  { jobId, trace }: { jobId: string; trace: string | undefined },
  reporter: AttemptReporter,
  run: (reporter: AttemptReporter) => Promise<State>,
): Promise<State> {
  const spans = tracedPhases(tracing, reporter, trace, { 'fitserve.job.id': jobId })
  try {
    const state = await run(spans.reporter)
    spans.end(state, state === 'failed' ? 'The job failed.' : undefined)
    return state
  } catch (error) {
    spans.end(undefined, error instanceof Error ? error.message : String(error))
    throw error
  } finally {
    // Not waited for: the queue hears of the end first, and the process stays for the next job.
    void tracing.flush()
  }
}
