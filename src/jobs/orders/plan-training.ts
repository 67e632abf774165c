import { v7 as uuidv7 } from 'uuid'
import { unlessDamaged } from '../../errors.ts'
import type { JobSubmission } from '../contract.ts'
import type { JobRecord, JobRecords, TrainingRecord } from '../records/records.ts'
import { fingerprintOf } from './fingerprint.ts'
import { checkOrder, type Order, type OrderChecks } from './order.ts'
import { runningFields } from './running-fields.ts'
import type { OwnFields, Plan } from './submit.ts'

/** Dependencies of `planTraining`. */
export interface TrainingPlanDependencies extends OrderChecks {
  records: JobRecords
  /** Tells whether the version that a finished job published still exists. */
  versionExists: (model: string, job: string) => Promise<boolean>
  /** Versions of everything on which the result of a recipe depends, as one text; part of the fingerprint. */
  engine: string
}

/** Checks an order to train, and plans its job and the parts. @throws FitserveError `invalid-job` */
export async function planTraining(
  dependencies: TrainingPlanDependencies,
  { body: input, contract }: Pick<JobSubmission, 'body' | 'contract'>,
): Promise<Plan> {
  const order = await checkOrder(dependencies, input, contract)
  const { body, dataset, recipe } = order
  const fingerprint = fingerprintOf({
    model: body.model,
    dataset: dataset.id,
    recipe,
    engine: dependencies.engine,
  })
  return {
    equal: body.force ? undefined : await finishedEqual(dependencies, body.model, fingerprint),
    recordsOf: (own) => recordsOf(order, fingerprint, own),
  }
}

/** Returns the records of a job and of its parts. */
function recordsOf(
  { body, dataset, recipe, parts, warnings }: Order,
  fingerprint: string,
  own: OwnFields,
): { record: TrainingRecord; parts: TrainingRecord[] } {
  const record: TrainingRecord = {
    ...own,
    kind: 'training',
    fingerprint,
    model: body.model,
    dataset: dataset.id,
    datasetName: dataset.name,
    promote: body.promote,
    allowInputChanges: body.allowInputChanges,
    recipe,
    warnings,
    createdAt: new Date().toISOString(),
    ...runningFields(body),
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

/** Returns the newest completed job with the same fingerprint whose version still exists. */
async function finishedEqual(
  { records, versionExists }: TrainingPlanDependencies,
  model: string,
  fingerprint: string,
): Promise<JobRecord | undefined> {
  for (const id of await records.equals(fingerprint)) {
    if (!(await versionExists(model, id))) continue
    // A damaged job cannot be shown, so the order makes a new one.
    const record = await unlessDamaged(async () => (await records.outcome(id)) && records.find(id))
    if (record) return record
  }
  return undefined
}
