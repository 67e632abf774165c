// What a child process of bench/scaling/worker.ts does for a job: all that a training process does, on a slow store, with a
// small table; and then it waits instead of computing, so that more workers than cores can be measured.

import { setTimeout as wait } from 'node:timers/promises'
import type { SandboxedJob } from 'bullmq'
import { z } from 'zod'
import { createAnswerer } from '../../src/batch/answerer.ts'
import { openStore } from '../../src/compose.ts'
import { loadConfig } from '../../src/config/config.ts'
import { keptTables } from '../../src/datasets/kept-tables.ts'
import { runAttempt } from '../../src/jobs/attempt/attempt.ts'
import { JobRecords } from '../../src/jobs/records/records.ts'
import { createModelRegistry } from '../../src/registry/registry.ts'
import { createComparer } from '../../src/training/compare.ts'
import { createTrainer } from '../../src/training/trainer.ts'
import type { Trainer } from '../../src/training-contract.ts'
import { ENGINE } from '../../src/version.ts'
import { slowStore } from './slow-store.ts'

const Settings = z.object({ STORE_MS: z.coerce.number(), WAIT_MS: z.coerce.number() })
const opened = open()

async function open() {
  const { STORE_MS, WAIT_MS } = Settings.parse(process.env)
  const config = loadConfig(process.env)
  const store = slowStore(await openStore(config), STORE_MS)
  const tables = keptTables(store)
  const models = createModelRegistry(store, { keepVersions: config.keepVersions })
  const train = createTrainer(tables, { checkpointSeconds: config.jobs.checkpointSeconds, threads: 1 })
  const trainer: Trainer = async (input) => {
    const trained = await train(input)
    await wait(WAIT_MS, undefined, { signal: input.signal })
    return trained
  }
  return {
    store,
    records: new JobRecords(store, models),
    models,
    trainer,
    compare: createComparer(tables),
    answerer: createAnswerer({ models, table: tables }),
    engine: ENGINE,
    limits: config.jobs.limits,
  }
}

export default async function processor(job: SandboxedJob, _token?: string, signal?: AbortSignal) {
  const { jobId } = z.object({ jobId: z.string() }).parse(job.data)
  const reporter = {
    progress: (progress: object) => job.updateProgress(progress),
    log: async (line: string) => void (await job.log(line)),
  }
  return runAttempt(await opened, jobId, reporter, signal ?? new AbortController().signal)
}
