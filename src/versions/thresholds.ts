import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import type { OpenTable } from '../datasets/kept-tables.ts'
import { FitserveError } from '../errors.ts'
import { EVALUATION_FILE } from '../evaluation/schema.ts'
import { CompleteRecipe, type Threshold } from '../recipe/index.ts'
import { artifactsOf, writeArtifacts } from '../registry/artifacts.ts'
import type { VersionEntry } from '../registry/model-log.ts'
import type { ModelRegistry, Promotion } from '../registry/registry.ts'
import { readAllFiles, VERSION_FILES, VersionManifest } from '../registry/version-files.ts'
import { serial } from '../runtime/serial.ts'
import type { Store } from '../store/contract.ts'
import { isTablesFile } from '../tables-file-name.ts'
import { hasHeldRows, inspectedVersion } from './inspections.ts'
import { localFile, versionHelper } from './version-helper.ts'

/** Order of a version with another threshold. */
export interface ThresholdOrder {
  threshold: Threshold
  promote: 'always' | 'never'
  /** Name of the API key; null without one. */
  by: string | null
}

/** Makes versions with other thresholds from binary classifiers, without training. */
export interface Thresholds {
  /**
   * Publishes a new version with the network of another one, which answers the positive class from another threshold on.
   * @returns the new version, and the threshold
   * @throws FitserveError `unknown-model`, `unknown-version`, `unknown-alias`, `invalid-request` where the version has no
   *   threshold, `not-found` where a rule has no held-out answers to choose from, `corrupt-artifact`, `overloaded`,
   *   `not-ready`
   */
  set(
    model: string,
    version: string | number,
    order: ThresholdOrder,
  ): Promise<{ entry: VersionEntry; from: number; threshold: number }>
  /** Ends the running work and refuses more. */
  close(): void
}

/** Dependencies of `createThresholds`. */
export interface ThresholdDependencies {
  store: Store
  models: Pick<ModelRegistry, 'entry' | 'manifest' | 'readArtifact' | 'publish'>
  /** Returns the local copy of a data set; undefined if it is not there. */
  table: OpenTable
  /** Path of the child's program; `.ts` is run by tsx. */
  program: string
}

const Figures = z.record(z.string(), z.number().nullable())
const Reply = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('done'),
    threshold: z.number(),
    recipe: CompleteRecipe,
    evaluation: z
      .object({
        loss: z.number(),
        metrics: Figures,
        interval95: z.record(z.string(), z.unknown()).optional(),
      })
      .nullable(),
  }),
  z.object({
    kind: z.literal('refused'),
    code: z.enum(['corrupt-artifact', 'not-found']),
    message: z.string(),
  }),
  z.object({ kind: z.literal('failed'), message: z.string() }),
])
type Done = Extract<z.infer<typeof Reply>, { kind: 'done' }>

/** The members of a manifest that are needed. */
const Known = VersionManifest.pick({ recipe: true, job: true, classes: true, dataset: true })

/** Creates the part of the service that sets thresholds. */
export function createThresholds(dependencies: ThresholdDependencies): Thresholds {
  const { store, models } = dependencies
  const pool = versionHelper(dependencies.program, 'Too many thresholds are waiting for their turn.')
  /** One after the other, since all files of a version are read into memory. */
  const oneAtATime = serial()

  const ask = async (task: () => Promise<object>): Promise<Done> => {
    try {
      const reply = Reply.parse(await pool.ask(task))
      if (reply.kind === 'done') return reply
      if (reply.kind === 'refused') throw new FitserveError(reply.code, reply.message)
      throw new Error(reply.message)
    } catch (cause) {
      if (cause instanceof FitserveError) throw cause
      throw new FitserveError('internal', 'The threshold could not be set.', { cause })
    }
  }

  return {
    async set(model, version, order) {
      const entry = await models.entry(model, version)
      const known = Known.parse(await models.manifest(model, entry))
      if (known.recipe.task !== 'binary') throw withoutThreshold(known.recipe.task)
      const folder = await store.scratchFolder()
      try {
        const done = await ask(() => taskOf(dependencies, { model, entry, order, folder }))
        const published = await oneAtATime(() =>
          publishWith(dependencies, { model, entry, order, folder, done, job: known.job }),
        )
        return { entry: published, from: entry.version, threshold: done.threshold }
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    },
    close: () => pool.close(),
  }
}

function withoutThreshold(task: string): FitserveError {
  const message = `Only a version of two classes has one threshold, and this one's task is ${task}.`
  return new FitserveError('invalid-request', message, { problems: [{ path: '/threshold', message }] })
}

interface Wanted {
  model: string
  entry: VersionEntry
  order: ThresholdOrder
  /** Where the child writes the files that differ. */
  folder: string
}

async function taskOf(
  { store, models, table }: ThresholdDependencies,
  { model, entry, order: { threshold }, folder }: Wanted,
): Promise<object> {
  const { files, ...about } = await models.manifest(model, entry)
  const { recipe, dataset } = Known.parse({ files, ...about })
  const stored = { store, model, entry, files }
  const kept = hasHeldRows(files) ? await table(dataset.id) : undefined
  return {
    version: { recipe, encoder: await localFile(stored, VERSION_FILES.encoder) },
    held: kept ? await inspectedVersion(stored, recipe, kept) : null,
    evaluation: Object.hasOwn(files, EVALUATION_FILE) ? await localFile(stored, EVALUATION_FILE) : null,
    threshold,
    folder,
  }
}

/** Publishes a version with the files of another one, except those that the child has written anew. */
async function publishWith(
  { store, models }: ThresholdDependencies,
  { model, entry, order, folder, done, job: source }: Wanted & { done: Done; job: string },
): Promise<VersionEntry> {
  const { manifest, files } = await readAllFiles(models, model, entry)
  const { files: _files, ...about } = manifest
  const { threshold, recipe, evaluation } = done
  // The tables of the old encoder would not be read beside the new one.
  for (const name of files.keys()) if (isTablesFile(name)) files.delete(name)
  for (const name of await readdir(folder)) files.set(name, await readFile(join(folder, name)))
  // Figures of another threshold would be wrong, and those of this one are not known.
  if (!evaluation) files.delete(EVALUATION_FILE)
  const id = uuidv7()
  const artifacts = artifactsOf(id, 1)
  const kept = await writeArtifacts(store, artifacts, files, {
    ...about,
    model,
    job: id,
    attempt: 1,
    createdAt: new Date().toISOString(),
    recipe,
    metrics: evaluation && { loss: evaluation.loss, ...evaluation.metrics },
    interval95: evaluation?.interval95 ?? null,
    linearBaseline: null,
    ...(evaluation ? {} : { baseline: null }),
    derivedFrom: { version: entry.version, job: source, threshold },
  })
  const publication = { job: id, attempt: 1, artifacts, manifest: kept }
  const promote = promotion(order, entry.version, threshold)
  return models.publish(model, { ...publication, promote }, order.by)
}

function promotion(order: ThresholdOrder, version: number, threshold: number): Promotion {
  const rule = typeof order.threshold === 'number' ? '' : `, chosen by ${JSON.stringify(order.threshold)}`
  const reason = `Version ${version} with the threshold ${threshold}${rule}.`
  return () => ({ promote: order.promote === 'always', reason })
}
