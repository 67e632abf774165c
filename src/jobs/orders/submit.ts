import { v7 as uuidv7 } from 'uuid'
import type { FindDataset } from '../../datasets/contract.ts'
import { FitserveError } from '../../errors.ts'
import type { Store } from '../../store/contract.ts'
import type { JobSubmission } from '../contract.ts'
import { queueJob } from '../family/queue-job.ts'
import type { JobQueue } from '../queue/contract.ts'
import { refusedOutcome } from '../records/outcomes.ts'
import type { JobRecord, JobRecords } from '../records/records.ts'
import { awaitWebhook } from '../webhooks/marks.ts'
import { fingerprintOf } from './fingerprint.ts'
import { idempotentId } from './idempotency.ts'
import { checkOrder, type Order, type OrderChecks } from './order.ts'

export interface SubmitDependencies {
  store: Store
  records: JobRecords
  queue: Pick<JobQueue, 'add' | 'addFlow'>
  dataset: FindDataset
  /** What is wrong with the address of a webhook, or undefined. */
  webhookFault: OrderChecks['webhookFault']
  /** Whether a finished job's version still stands. */
  versionStands: (model: string, job: string) => Promise<boolean>
  /** Versions of everything that decides what a recipe trains to. */
  engine: string
}

/**
 * Checks an order, keeps its record and those of its parts, then queues them. Nothing is acknowledged that is not
 * in the store and in the queue.
 * @returns the record, and whether it is one that was there before with an equal outcome
 */
export async function submit(
  dependencies: SubmitDependencies,
  submission: JobSubmission,
): Promise<{ record: JobRecord; reused: boolean }> {
  const { store, records } = dependencies
  const before = submission.id === undefined ? undefined : await records.find(submission.id)
  if (before) return { record: before, reused: false }
  const order = await checkOrder(dependencies, submission.body)
  let id: string = submission.id ?? uuidv7()
  if (submission.idempotencyKey !== null) {
    const request = {
      key: submission.idempotencyKey,
      owner: submission.by,
      body: fingerprintOf(submission.body),
    }
    id = await idempotentId(store, request, id)
    const known = await records.find(id)
    if (known) {
      // The request that made it may not have come so far, or its queue may have been wiped since. Or it runs, so that a
      // queue that is away does not end it.
      if (!(await records.hasEnded(id))) await queueJob(dependencies.queue, records, known)
      return { record: known, reused: false }
    }
  }
  const { body, dataset, recipe } = order
  const fingerprint = fingerprintOf({
    model: body.model,
    dataset: dataset.id,
    recipe,
    engine: dependencies.engine,
  })
  const equal = body.force ? undefined : await finishedEqual(dependencies, body.model, fingerprint)
  if (equal) return { record: equal, reused: true }
  const { record, parts } = recordsOf(order, { id, fingerprint, createdBy: submission.by })
  // The job comes last: parts without one are taken for what a process left behind that died here.
  for (const part of parts) await records.create(part)
  if (record.webhook) await awaitWebhook(store, { job: id, round: 1 })
  const created = await records.create(record)
  // Two requests with one key at the same moment: both answer with what was kept.
  if (!created) await records.discard(record.children)
  const kept = created ? record : ((await records.find(id)) ?? record)
  // Nobody waits for the answer: what the queue did not take it is given again.
  if (submission.id !== undefined) await queueJob(dependencies.queue, records, kept).catch(() => {})
  else await enqueue(dependencies, kept)
  return { record: kept, reused: false }
}

function recordsOf(
  { body, dataset, recipe, parts, warnings }: Order,
  own: Pick<JobRecord, 'id' | 'fingerprint' | 'createdBy'>,
): { record: JobRecord; parts: JobRecord[] } {
  const record: JobRecord = {
    ...own,
    model: body.model,
    dataset: dataset.id,
    datasetName: dataset.name,
    promote: body.promote,
    recipe,
    warnings,
    createdAt: new Date().toISOString(),
    limits: { seconds: body.limits?.seconds ?? null, memoryMb: body.limits?.memoryMb ?? null },
    priority: body.priority ?? null,
    webhook: body.webhook ?? null,
    parent: null,
    part: null,
    children: parts.map((): string => uuidv7()),
  }
  const partRecords = parts.map(({ part, recipe: partRecipe }, index) => ({
    ...record,
    id: record.children[index] ?? '',
    parent: record.id,
    part,
    recipe: partRecipe,
    warnings: [],
    children: [],
    webhook: null,
  }))
  return { record, parts: partRecords }
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

/**
 * Queues what was ordered just now. Where that fails it ends at once: its client is told, and must not find it run all
 * the same. What runs already, since the queue took it and only its answer was lost, is no failure.
 */
export async function enqueue(
  { queue, records }: Pick<SubmitDependencies, 'queue' | 'records'>,
  record: JobRecord,
): Promise<void> {
  try {
    await queueJob(queue, records, record)
  } catch (cause) {
    const detail = 'The job could not be queued.'
    await records.end(record.id, refusedOutcome(detail))
    if ((await records.outcome(record.id))?.refused === false) return
    for (const child of record.children) await records.end(child, refusedOutcome(detail))
    throw cause instanceof FitserveError ? cause : new FitserveError('queue-unavailable', detail, { cause })
  }
}
