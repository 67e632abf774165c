import process from 'node:process'
import type { SandboxedJob } from 'bullmq'
import { z } from 'zod'
import { createAnswerer } from '../batch/answerer.ts'
import { openStore } from '../compose.ts'
import { loadConfig } from '../config/config.ts'
import { keptTables } from '../datasets/kept-tables.ts'
import { loadTableReader } from '../datasets/table.ts'
import { FitserveError } from '../errors.ts'
import { runAttempt } from '../jobs/attempt/attempt.ts'
import { withCode } from '../jobs/records/failed-reason.ts'
import { JobRecords } from '../jobs/records/records.ts'
import { createModelRegistry } from '../registry/registry.ts'
import { lowerPriority } from '../runtime/priority.ts'
import { createComparer } from '../training/compare.ts'
import { createTrainer } from '../training/trainer.ts'
import { ENGINE } from '../version.ts'

// The program of a training process: BullMQ starts it and sends it one job after the other.

const opened = open()
// A process is started ahead of its first job. Dropped: the job meets the same failure again, and reports it.
opened.then(loadTableReader).catch(() => undefined)

async function open() {
  const config = loadConfig(process.env)
  lowerPriority(config.jobs.nice)
  const store = await openStore(config)
  const { limits, checkpointSeconds, threads } = config.jobs
  const tables = keptTables(store)
  const models = createModelRegistry(store, { keepVersions: config.keepVersions })
  return {
    store,
    records: new JobRecords(store, models),
    models,
    trainer: createTrainer(tables, { checkpointSeconds, threads }),
    compare: createComparer(tables),
    answerer: createAnswerer({ models, table: tables }),
    engine: ENGINE,
    limits,
  }
}

/** BullMQ's sandboxed processor. It gets an abort signal only if it declares three parameters. */
export default async function processor(
  job: SandboxedJob,
  _token?: string,
  signal?: AbortSignal,
): Promise<string> {
  const { jobId } = z.object({ jobId: z.string() }).parse(job.data)
  const reporter = {
    progress: (progress: object) => job.updateProgress(progress),
    log: async (line: string) => void (await job.log(line)),
  }
  try {
    return await runAttempt(await opened, jobId, reporter, signal ?? new AbortController().signal)
  } catch (error) {
    throw error instanceof FitserveError ? withCode(error) : error
  }
}
