import { fileURLToPath } from 'node:url'
import { Evaluation } from '../../src/evaluation/schema.ts'
import { loadPredictor } from '../../src/models/predictor.ts'
import { readHeldOut } from '../../src/training/held-out.ts'
import { createEvaluations } from '../../src/versions/evaluations.ts'
import { createInspections } from '../../src/versions/inspections.ts'
import { createThresholds } from '../../src/versions/thresholds.ts'
import { type InstalledVectors, trainingService } from './training-service.ts'

/**
 * Uploads CSV files and trains on them in this process, from the order to the version's files.
 * @param vectors the sets of word vectors that are installed. Default: none is
 */
export async function csvTraining(name: string, vectors: InstalledVectors = {}) {
  const service = await trainingService(name, vectors)
  const { store, models, datasets, tables, records, jobs, run } = service
  const evaluations = createEvaluations({
    store,
    models,
    dataset: (dataset) => datasets.get(dataset),
    table: tables,
    program: fileURLToPath(new URL('../../src/programs/evaluate-version.ts', import.meta.url)),
  })
  const inspections = createInspections({
    store,
    models,
    table: tables,
    program: fileURLToPath(new URL('../../src/programs/inspect-version.ts', import.meta.url)),
  })
  const thresholds = createThresholds({
    store,
    models,
    table: tables,
    program: fileURLToPath(new URL('../../src/programs/set-threshold.ts', import.meta.url)),
  })
  /** Returns what a version holds. */
  const version = async (model: string, number: number) => {
    const entry = await models.entry(model, number)
    const file = (name: string) => models.readArtifact(model, entry, name)
    const bytes = async (name: string) => (await file(name)) ?? Buffer.alloc(0)
    const evaluation = await file('evaluation.json')
    const heldOut = await file('held-out.json')
    return {
      version: entry.version,
      manifest: await models.manifest(model, entry),
      evaluation: evaluation ? Evaluation.parse(JSON.parse(String(evaluation))) : null,
      heldOut: heldOut && readHeldOut(heldOut),
      /** Returns the bytes of a file of the version. */
      bytes,
      predictor: loadPredictor({
        encoder: await bytes('encoder.json'),
        model: await bytes('model.json'),
        weights: await bytes('weights.bin'),
      }),
    }
  }
  return {
    inspections,
    thresholds,
    models,
    store,
    datasets,
    version,
    tables,
    upload: service.upload,
    dryRun: (dataset: string, recipe: object) => jobs.dryRun({ model: 'm', dataset, recipe }),
    /** Trains a model's next version; a k-fold runs its folds first. */
    async train(model: string, dataset: string, recipe: object) {
      const { id } = await jobs.submit({ body: { model, dataset, recipe }, by: null, idempotencyKey: null })
      for (const child of (await records.find(id))?.children ?? []) await run(child)
      const state = await run(id)
      const outcome = await records.outcome(id)
      if (state !== 'completed') throw new Error(`The job is ${state}: ${JSON.stringify(outcome)}`)
      const made = await version(model, (await records.outcome(id))?.version ?? 1)
      if (!made.evaluation) throw new Error('The version has no evaluation')
      return { ...made, evaluation: made.evaluation }
    },
    evaluate: (model: string, version: number, dataset: string) =>
      evaluations.evaluate(model, version, dataset),
    async close() {
      evaluations.close()
      inspections.close()
      thresholds.close()
      await service.close()
    },
  }
}
