import { z } from 'zod'
import type { FindDataset } from '../datasets/contract.ts'
import type { OpenTable } from '../datasets/kept-tables.ts'
import { FitserveError } from '../errors.ts'
import { Evaluation } from '../evaluation/schema.ts'
import { validationFaults } from '../recipe/index.ts'
import type { VersionEntry } from '../registry/model-log.ts'
import type { ModelRegistry } from '../registry/registry.ts'
import { VersionManifest } from '../registry/version-files.ts'
import { inParallel } from '../runtime/in-parallel.ts'
import type { Store } from '../store/contract.ts'
import { seal } from '../store/sealed.ts'
import { readSealed } from '../store/sealed-values.ts'
import { answeringFiles, versionHelper } from './version-helper.ts'

/** An evaluation of a version on another data set than its own, kept once computed. */
const KeptEvaluation = z.object({
  dataset: z.object({ id: z.string(), name: z.string() }),
  evaluatedAt: z.iso.datetime(),
  evaluation: Evaluation,
})

/** Kept evaluations that are read at the same time. */
const READS_AT_ONCE = 10

/** The figures of an evaluation, as they are listed beside the manifest. */
export interface EvaluationSummary {
  dataset: { id: string; name: string }
  evaluatedAt: string
  rows: number
  loss: number
  metrics: Record<string, number | null>
}

/** Evaluations of versions on further data sets. */
export interface Evaluations {
  /**
   * Returns loss, metrics and curves on all rows that have a target. The same data set again returns the kept result.
   * @throws FitserveError `unknown-model`, `unknown-version`, `unknown-alias`, `invalid-job` with `/dataset`,
   *   `corrupt-artifact`, `overloaded`, `not-ready`
   */
  evaluate(model: string, version: string | number, dataset: string): Promise<Evaluation>
  /** Returns the evaluations of a version, newest first. */
  list(entry: VersionEntry): Promise<EvaluationSummary[]>
  /** Ends the running evaluation and refuses further ones. */
  close(): void
}

/** Dependencies of `createEvaluations`. */
export interface EvaluationDependencies {
  store: Store
  models: Pick<ModelRegistry, 'entry' | 'manifest'>
  dataset: FindDataset
  /** Returns the local copy of a data set; undefined if it is not there. */
  table: OpenTable
  /** Path of the child's program; `.ts` is run by tsx. */
  program: string
}

const Reply = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('done'), evaluation: Evaluation }),
  z.object({
    kind: z.literal('refused'),
    code: z.enum(['corrupt-artifact', 'invalid-job']),
    message: z.string(),
  }),
  z.object({ kind: z.literal('failed'), message: z.string() }),
])

/** Creates the evaluations. */
export function createEvaluations(dependencies: EvaluationDependencies): Evaluations {
  const { store, models } = dependencies
  const pool = versionHelper(dependencies.program, 'Too many evaluations are waiting for their turn.')

  /**
   * Runs a task when its turn has come. It is made only then: files of a remote store stay on this disk for minutes.
   */
  const run = async (task: () => Promise<object>): Promise<Evaluation> => {
    try {
      const reply = Reply.parse(await pool.ask(task))
      if (reply.kind === 'done') return reply.evaluation
      if (reply.kind === 'refused' && reply.code === 'invalid-job') throw badDataset([reply.message])
      if (reply.kind === 'refused') throw new FitserveError(reply.code, reply.message)
      throw new Error(reply.message)
    } catch (cause) {
      if (cause instanceof FitserveError) throw cause
      throw new FitserveError('internal', 'The version could not be evaluated.', { cause })
    }
  }

  return {
    async evaluate(model, version, name) {
      const entry = await models.entry(model, version)
      const dataset = await findDataset(dependencies.dataset, name)
      const key = keyOf(entry, dataset.id)
      const kept = await readKept(store, key)
      if (kept) return kept.evaluation
      const evaluation = await run(() => taskOf(dependencies, model, entry, dataset.id))
      const { id } = dataset
      const content = {
        dataset: { id, name: dataset.name },
        evaluatedAt: new Date().toISOString(),
        evaluation,
      }
      // Of two at the same moment one is kept; both have the same figures.
      await store.create(key, seal(content))
      return evaluation
    },
    async list(entry) {
      const names = await store.children(`${entry.artifacts}evaluations/`)
      const summaries: EvaluationSummary[] = []
      await inParallel(names, READS_AT_ONCE, async (name) => {
        const kept = await readKept(store, `${entry.artifacts}evaluations/${name}`)
        if (kept) summaries.push(summaryOf(kept))
      })
      return summaries.sort((a, b) => Date.parse(b.evaluatedAt) - Date.parse(a.evaluatedAt))
    },
    close: () => pool.close(),
  }
}

/** The members of a manifest that an evaluation needs. */
const Known = VersionManifest.pick({ recipe: true, classes: true })

const keyOf = (entry: VersionEntry, dataset: string) => `${entry.artifacts}evaluations/${dataset}.json`

/** Returns a kept evaluation; undefined if it is absent or damaged, and then it can be computed again. */
function readKept(store: Store, key: string) {
  return readSealed(store, key, KeptEvaluation, { onDamage: 'skip' })
}

function summaryOf({ dataset, evaluatedAt, evaluation }: z.infer<typeof KeptEvaluation>): EvaluationSummary {
  const { rows, loss, metrics } = evaluation
  return { dataset, evaluatedAt, rows, loss, metrics }
}

async function findDataset(find: FindDataset, name: string) {
  try {
    return await find(name)
  } catch (error) {
    if (error instanceof FitserveError && error.code === 'unknown-dataset') throw badDataset([error.message])
    throw error
  }
}

async function taskOf(
  { store, models, table }: EvaluationDependencies,
  model: string,
  entry: VersionEntry,
  datasetId: string,
): Promise<object> {
  const { files, ...about } = await models.manifest(model, entry)
  const known = Known.parse({ files, ...about })
  const kept = await table(datasetId)
  if (!kept) throw badDataset(['The data set no longer exists.'])
  const faults = validationFaults(known.recipe, known.classes, kept.description)
  if (faults.length > 0) throw badDataset(faults)
  const answering = await answeringFiles({ store, model, entry, files })
  const { rows, columns } = kept.description
  return { recipe: known.recipe, ...answering, table: kept.file, description: { rows, columns } }
}

function badDataset(messages: readonly string[]): FitserveError {
  const problems = messages.map((message) => ({ path: '/dataset', message }))
  return new FitserveError('invalid-job', `The version cannot be evaluated on it. ${messages[0]}`, {
    problems,
  })
}
