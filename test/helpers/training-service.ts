import { Readable } from 'node:stream'
import { pino } from 'pino'
import { createDatasets } from '../../src/datasets/datasets.ts'
import { DatasetName } from '../../src/datasets/identity.ts'
import { keptTables } from '../../src/datasets/kept-tables.ts'
import { readOptions } from '../../src/datasets/read-options.ts'
import { FitserveError } from '../../src/errors.ts'
import { runAttempt } from '../../src/jobs/attempt/attempt.ts'
import { NO_LIMITS } from '../../src/jobs/records/limits.ts'
import { JobRecords } from '../../src/jobs/records/records.ts'
import { createJobs } from '../../src/jobs/service.ts'
import type { WordVectors } from '../../src/models/encoders/word-vectors.ts'
import { createModelRegistry } from '../../src/registry/registry.ts'
import { createComparer } from '../../src/training/compare.ts'
import { createTrainer } from '../../src/training/trainer.ts'
import { FakeQueue, noAnswerer, noWebhooks } from '../jobs/fixture.ts'
import { temporaryRegistry } from './registry.ts'

/** Sets of word vectors by name. */
export interface InstalledVectors {
  sets?: Readonly<Record<string, WordVectors>>
  read?: Readonly<Record<string, WordVectors>>
}

/**
 * The rooms between an upload and a trained version, in this process, over a store of their own.
 * @param vectors the sets of word vectors that are installed: where orders are taken, and, unless said otherwise, where jobs
 *   run
 */
export async function trainingService(name: string, vectors: InstalledVectors = {}) {
  const { sets = {}, read = sets } = vectors
  const vectorSet = async (wanted: string) => {
    const set = read[wanted]
    if (!set) throw new FitserveError('training-failed', `${wanted} is not installed.`)
    return set
  }
  const { folder, store, models } = await temporaryRegistry(name)
  const log = pino({ level: 'silent' })
  const datasets = createDatasets({ store, maxUploadBytes: 1e8, inUse: async () => null, log })
  const tables = keptTables(store)
  const records = new JobRecords(store, createModelRegistry(store))
  const jobs = createJobs({
    datasetStands: (id) => datasets.stands(id),
    store,
    records,
    models,
    queue: new FakeQueue(),
    webhooks: noWebhooks,
    webhookFault: () => undefined,
    vectorSets: async () => Object.keys(sets).sort(),
    dataset: (dataset) => datasets.get(dataset),
    workers: 1,
    maxWaitingJobs: 10_000,
    engine: 'test',
    versionExists: async () => false,
  })
  const parts = {
    store,
    records,
    models,
    trainer: createTrainer(tables, { vectorSet }),
    compare: createComparer(tables),
    answerer: noAnswerer,
    engine: {},
    limits: NO_LIMITS,
  }
  const reporter = { progress: async () => {}, log: async () => {} }
  return {
    folder,
    store,
    models,
    datasets,
    tables,
    records,
    jobs,
    /** Uploads a CSV file, whose values may be written as a reader of it would. */
    upload: (dataset: string, csv: string, query: object = {}) =>
      datasets.upload({
        name: DatasetName.parse(dataset),
        body: Readable.from([Buffer.from(csv)]),
        gzip: false,
        options: readOptions({ format: 'csv', ...query }),
      }),
    /** Carries out a job that was ordered, and returns how it ended. */
    run: (id: string) => runAttempt(parts, id, reporter, new AbortController().signal),
    async close() {
      await datasets.close()
      await store.close()
    },
  }
}
