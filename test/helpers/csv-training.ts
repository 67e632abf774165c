import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { pino } from 'pino'
import { createDatasets } from '../../src/datasets/datasets.ts'
import { DatasetName } from '../../src/datasets/identity.ts'
import { keptTables } from '../../src/datasets/kept-tables.ts'
import { readOptions } from '../../src/datasets/read-options.ts'
import { Evaluation } from '../../src/evaluation/schema.ts'
import { runAttempt } from '../../src/jobs/attempt/attempt.ts'
import { NO_LIMITS } from '../../src/jobs/records/limits.ts'
import { JobRecords } from '../../src/jobs/records/records.ts'
import { createJobs } from '../../src/jobs/service.ts'
import { loadPredictor } from '../../src/models/predictor.ts'
import { createModelRegistry } from '../../src/registry/registry.ts'
import { createComparer } from '../../src/training/compare.ts'
import { readHeldOut } from '../../src/training/held-out.ts'
import { createTrainer } from '../../src/training/trainer.ts'
import { createEvaluations } from '../../src/versions/evaluations.ts'
import { FakeQueue, noAnswerer, noWebhooks } from '../jobs/fixture.ts'
import { temporaryRegistry } from './registry.ts'

/** Uploads CSV files and trains on them in this process, from the order to the version's files. */
export async function csvTraining(name: string) {
  const { store, models } = await temporaryRegistry(name)
  const datasets = createDatasets({
    store,
    maxUploadBytes: 1e8,
    inUse: async () => null,
    log: pino({ level: 'silent' }),
  })
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
    dataset: (dataset) => datasets.get(dataset),
    workers: 1,
    engine: 'test',
    versionExists: async () => false,
  })
  const trainer = createTrainer(tables)
  const parts = {
    store,
    records,
    models,
    trainer,
    compare: createComparer(tables),
    answerer: noAnswerer,
    engine: {},
    limits: NO_LIMITS,
  }
  const evaluations = createEvaluations({
    store,
    models,
    dataset: (dataset) => datasets.get(dataset),
    table: tables,
    program: fileURLToPath(new URL('../../src/programs/evaluate-version.ts', import.meta.url)),
  })
  const run = (id: string) =>
    runAttempt(parts, id, { progress: async () => {}, log: async () => {} }, new AbortController().signal)
  return {
    /** Uploads a CSV file, whose values may be written as a reader of it would. */
    upload: (dataset: string, csv: string) =>
      datasets.upload({
        name: DatasetName.parse(dataset),
        body: Readable.from([Buffer.from(csv)]),
        gzip: false,
        options: readOptions({ format: 'csv' }),
      }),
    dryRun: (dataset: string, recipe: object) => jobs.dryRun({ model: 'm', dataset, recipe }),
    /** Trains a model's next version; a k-fold runs its folds first. */
    async train(model: string, dataset: string, recipe: object) {
      const { id } = await jobs.submit({ body: { model, dataset, recipe }, by: null, idempotencyKey: null })
      for (const child of (await records.find(id))?.children ?? []) await run(child)
      const state = await run(id)
      const outcome = await records.outcome(id)
      if (state !== 'completed') throw new Error(`The job is ${state}: ${JSON.stringify(outcome)}`)
      const entry = await models.entry(model, (await records.outcome(id))?.version ?? 1)
      const file = (name: string) => models.readArtifact(model, entry, name)
      const bytes = async (name: string) => (await file(name)) ?? Buffer.alloc(0)
      const heldOut = await file('held-out.json')
      return {
        version: entry.version,
        manifest: await models.manifest(model, entry),
        evaluation: Evaluation.parse(JSON.parse(String(await bytes('evaluation.json')))),
        heldOut: heldOut && readHeldOut(heldOut),
        predictor: loadPredictor({
          encoder: await bytes('encoder.json'),
          model: await bytes('model.json'),
          weights: await bytes('weights.bin'),
        }),
      }
    },
    evaluate: (model: string, version: number, dataset: string) =>
      evaluations.evaluate(model, version, dataset),
    async close() {
      evaluations.close()
      await datasets.close()
      await store.close()
    },
  }
}
