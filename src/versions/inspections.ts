import { z } from 'zod'
import type { KeptTable, OpenTable } from '../datasets/kept-tables.ts'
import { type ErrorCode, FitserveError } from '../errors.ts'
import { AnsweredRows, type RowsQuestion } from '../evaluation/answered-rows.ts'
import { VersionExplanation } from '../evaluation/explanation.ts'
import type { CompleteRecipe } from '../recipe/index.ts'
import type { VersionEntry } from '../registry/model-log.ts'
import type { ModelRegistry } from '../registry/registry.ts'
import { VersionManifest } from '../registry/version-files.ts'
import type { Store } from '../store/contract.ts'
import { seal } from '../store/sealed.ts'
import { readSealed } from '../store/sealed-values.ts'
import { HELD_OUT_FILE } from '../training-contract.ts'
import { answeringFiles, localFile, type StoredVersion, versionHelper } from './version-helper.ts'

/** Explains the metrics of a version: its answers to held-out rows, and the importance of its inputs. */
export interface Inspections {
  /**
   * Returns rows that a version held out, with its answers by networks that have not seen them.
   * @throws FitserveError `unknown-model`, `unknown-version`, `unknown-alias`, `invalid-query` where its task has no such
   *   rows, `not-found` where it held out none or its data set is gone, `corrupt-artifact`, `overloaded`, `not-ready`
   */
  rows(model: string, version: string | number, question: RowsQuestion): Promise<AnsweredRows>
  /** Returns what counts for a version. It is computed once and kept. @throws FitserveError as `rows` */
  explanation(model: string, version: string | number): Promise<VersionExplanation>
  /** Ends the running work and refuses more. */
  close(): void
}

/** Dependencies of `createInspections`. */
export interface InspectionDependencies {
  store: Store
  models: Pick<ModelRegistry, 'entry' | 'manifest'>
  /** Returns the local copy of a data set; undefined if it is not there. */
  table: OpenTable
  /** Path of the child's program; `.ts` is run by tsx. */
  program: string
}

const REFUSALS = ['corrupt-artifact', 'invalid-query', 'not-found'] as const satisfies readonly ErrorCode[]
const Reply = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('done'), result: z.unknown() }),
  z.object({
    kind: z.literal('refused'),
    code: z.enum(REFUSALS),
    message: z.string(),
    problems: z.array(z.object({ path: z.string(), message: z.string() })),
  }),
  z.object({ kind: z.literal('failed'), message: z.string() }),
])

/** Tells whether a version, by the files in its manifest, holds answers to rows, without which nothing can be inspected. */
export function hasHeldRows(files: Readonly<Record<string, unknown>>): boolean {
  return files[HELD_OUT_FILE] !== undefined
}

/** The members of a manifest that are needed. */
const Known = VersionManifest.pick({ recipe: true, dataset: true })

/** Creates the inspections. */
export function createInspections(dependencies: InspectionDependencies): Inspections {
  const { store, models } = dependencies
  const pool = versionHelper(
    dependencies.program,
    'Too many requests for rows and explanations are waiting for their turn.',
  )
  const ask = async <T>(
    schema: z.ZodType<T>,
    model: string,
    entry: VersionEntry,
    question: object,
  ): Promise<T> => {
    try {
      const reply = Reply.parse(
        await pool.ask(async () => ({ version: await versionOf(dependencies, model, entry), question })),
      )
      if (reply.kind === 'done') return schema.parse(reply.result)
      if (reply.kind === 'failed') throw new Error(reply.message)
      throw new FitserveError(reply.code, reply.message, { problems: reply.problems })
    } catch (cause) {
      if (cause instanceof FitserveError) throw cause
      throw new FitserveError('internal', 'The version could not be inspected.', { cause })
    }
  }
  return {
    async rows(model, version, question) {
      const entry = await models.entry(model, version)
      return ask(AnsweredRows, model, entry, { ask: 'rows', rows: question })
    },
    async explanation(model, version) {
      const entry = await models.entry(model, version)
      const key = `${entry.artifacts}explanation.json`
      const kept = await readSealed(store, key, VersionExplanation, { onDamage: 'skip' })
      if (kept) return kept
      const explanation = await ask(VersionExplanation, model, entry, { ask: 'explanation' })
      // Of two at the same moment one is kept; both are the same.
      await store.create(key, seal(explanation))
      return explanation
    },
    close: () => pool.close(),
  }
}

/** Returns what the child needs to know of a version: its files and its data set, all on this machine. */
async function versionOf(
  { store, models, table }: InspectionDependencies,
  model: string,
  entry: VersionEntry,
): Promise<object> {
  const { files, ...about } = await models.manifest(model, entry)
  const { recipe, dataset } = Known.parse({ files, ...about })
  const name = `Version ${entry.version} of "${model}"`
  if (!hasHeldRows(files))
    throw new FitserveError(
      'not-found',
      `${name} has no rows that it held out of its own data set. Train with a validation split or k-fold.`,
    )
  const kept = await table(dataset.id)
  if (!kept) throw new FitserveError('not-found', `The data set of ${name} no longer exists.`)
  return inspectedVersion({ store, model, entry, files }, recipe, kept)
}

/** Copies a version, its held-out rows and its data set to this machine. @throws FitserveError `corrupt-artifact` */
export async function inspectedVersion(version: StoredVersion, recipe: CompleteRecipe, kept: KeptTable) {
  const { rows, columns } = kept.description
  return {
    recipe,
    ...(await answeringFiles(version)),
    heldOut: await localFile(version, HELD_OUT_FILE),
    table: kept.file,
    description: { rows, columns },
  }
}
