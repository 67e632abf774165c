import { v7 as uuidv7 } from 'uuid'
import type { NamedDataset } from '../datasets/contract.ts'
import { type FieldProblem, FitserveError } from '../errors.ts'
import { completeRecipe, JobBody, problemsOf } from '../recipe/index.ts'
import type { Store } from '../store/contract.ts'
import { fingerprintOf } from './fingerprint.ts'
import { idempotentId } from './idempotency.ts'
import type { JobQueue } from './queue.ts'
import type { JobRecord, JobRecords } from './records.ts'

/** What is ordered, and by whom. */
export interface JobSubmission {
  /** The body of `POST /jobs` as it came: it is checked here, against the data set too. */
  body: unknown
  /** Name of the API key, or null. */
  by: string | null
  idempotencyKey: string | null
}

export interface SubmitDependencies {
  store: Store
  records: JobRecords
  queue: Pick<JobQueue, 'add'>
  /** @throws FitserveError `unknown-dataset` */
  dataset: (idOrName: string) => Promise<NamedDataset>
  /** Whether a finished job's version still stands. */
  versionStands: (model: string, job: string) => Promise<boolean>
  /** Versions of everything that decides what a recipe trains to. */
  engine: string
}

/**
 * Checks an order, keeps its record, then queues it. Nothing is acknowledged that is not in the store and in
 * the queue.
 * @returns the record, and whether it is one that was there before with an equal outcome
 */
export async function submit(
  dependencies: SubmitDependencies,
  submission: JobSubmission,
): Promise<{ record: JobRecord; reused: boolean }> {
  const { store, records } = dependencies
  const { body, dataset, recipe, warnings } = await checked(dependencies, submission.body)
  let id: string = uuidv7()
  if (submission.idempotencyKey !== null) {
    const request = {
      key: submission.idempotencyKey,
      owner: submission.by,
      body: fingerprintOf(submission.body),
    }
    id = await idempotentId(store, request, id)
    const known = await records.find(id)
    if (known) return { record: known, reused: false }
  }
  const fingerprint = fingerprintOf({
    model: body.model,
    dataset: dataset.id,
    recipe,
    engine: dependencies.engine,
  })
  const equal = body.force ? undefined : await finishedEqual(dependencies, body.model, fingerprint)
  if (equal) return { record: equal, reused: true }
  const record: JobRecord = {
    ...{ id, model: body.model, dataset: dataset.id, datasetName: dataset.name, promote: body.promote },
    ...{ recipe, warnings, fingerprint, createdAt: new Date().toISOString(), createdBy: submission.by },
  }
  const created = await records.create(record)
  await enqueue(dependencies, record)
  // Two requests with one key at the same moment: both answer with what was kept.
  return { record: created ? record : ((await records.find(id)) ?? record), reused: false }
}

async function checked({ dataset: find }: SubmitDependencies, input: unknown) {
  const parsed = JobBody.safeParse(input)
  if (!parsed.success) throw invalid(problemsOf(parsed.error, JobBody))
  const body = parsed.data
  if (body.promote === 'ifBetter')
    throw invalid([{ path: '/promote', message: 'ifBetter is not supported yet. Use always or never.' }])
  const dataset = await find(body.dataset).catch((error: unknown) => {
    if (error instanceof FitserveError && error.code === 'unknown-dataset')
      throw invalid([{ path: '/dataset', message: error.message }])
    throw error
  })
  const { recipe, warnings, problems } = completeRecipe(body.recipe, dataset)
  if (!recipe) throw invalid(problems)
  return { body, dataset, recipe, warnings }
}

function invalid(problems: readonly FieldProblem[]): FitserveError {
  const [first] = problems
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : ''
  return new FitserveError(
    'invalid-job',
    `The job cannot be run. ${first?.path || '/'}: ${first?.message}${more}`,
    { problems },
  )
}

async function finishedEqual(
  { records, versionStands }: SubmitDependencies,
  model: string,
  fingerprint: string,
): Promise<JobRecord | undefined> {
  for (const id of await records.equals(fingerprint))
    if (await versionStands(model, id)) return records.find(id)
  return undefined
}

/** A job that could not be queued ends at once: its client is told, and must not find it run all the same. */
async function enqueue({ queue, records }: SubmitDependencies, record: JobRecord): Promise<void> {
  try {
    await queue.add({ id: record.id, data: { jobId: record.id } })
  } catch (cause) {
    const detail = 'The job could not be queued.'
    await records.end(record.id, {
      ...{
        state: 'failed',
        attempt: 0,
        startedAt: null,
        finishedAt: new Date().toISOString(),
        version: null,
      },
      error: { type: 'urn:fitserve:queue-unavailable', title: 'Queue unavailable', detail },
      ...{ warnings: [], progress: null, history: null },
    })
    throw cause instanceof FitserveError ? cause : new FitserveError('queue-unavailable', detail, { cause })
  }
}
