import { checkpointFolder, type JobOutcome, type JobRecord, JobRecords } from '../../jobs/records/records.ts'
import { createModelRegistry } from '../../registry/registry.ts'
import type { Store } from '../../store/contract.ts'
import type { Published } from './check-models.ts'
import { checkPrediction } from './check-predictions.ts'
import { countsFromOne, type Findings } from './findings.ts'

/** The jobs of a store, folds and trials included. */
export interface CheckedJobs {
  /** Ids of jobs with an outcome. */
  ended: string[]
  /** Ids of jobs without an outcome: they run, wait, or were lost by the queue. */
  open: string[]
}

/** Checks every job: its record, rounds, attempts and outcome, and the version that it made. */
export async function checkJobs(
  store: Store,
  published: readonly Published[],
  findings: Findings,
): Promise<CheckedJobs> {
  const records = new JobRecords(store, createModelRegistry(store))
  const versions = new Map(published.map((it) => [it.job, it]))
  const known = new Set(await store.children('jobs/'))
  const found: CheckedJobs = { ended: [], open: [] }
  for (const id of known) {
    const key = `jobs/${id}/`
    await findings.attempt(key, async () => {
      const record = await records.find(id)
      if (!record) return findings.add(key, 'It has no record.')
      const outcome = await records.outcome(id)
      found[outcome ? 'ended' : 'open'].push(id)
      await checkRounds(store, id, await records.round(id), findings)
      if (outcome) await checkEnd(store, { record, outcome, version: versions.get(id) }, findings)
      await checkFamily(records, record, outcome, findings)
    })
  }
  for (const { model, version, job, trainedHere } of published)
    if (trainedHere && !known.has(job))
      findings.add(`models/${model}/`, `Version ${version} belongs to no job.`)
  return found
}

/** Checks that attempts and retries count from 1, and that every round but the last has its outcome. */
async function checkRounds(store: Store, id: string, round: number, findings: Findings): Promise<void> {
  const key = `jobs/${id}/`
  for (const folder of ['attempts/', 'retries/']) {
    const names = await store.children(`${key}${folder}`)
    if (!countsFromOne(names)) findings.add(`${key}${folder}`, `There is a gap: ${names.join(', ')}.`)
  }
  const outcomes = (await store.children(key)).filter((name) => name.startsWith('outcome'))
  const expected = Array.from(
    { length: round },
    (_, index) => `outcome${index === 0 ? '' : `-${index + 1}`}.json`,
  )
  for (const name of expected.slice(0, -1))
    if (!outcomes.includes(name)) findings.add(key, `It was retried, but ${name} is missing.`)
  for (const name of outcomes) if (!expected.includes(name)) findings.add(key, `${name} belongs to no round.`)
}

async function checkEnd(
  store: Store,
  job: { record: JobRecord; outcome: JobOutcome; version: Published | undefined },
  findings: Findings,
): Promise<void> {
  const { record, outcome, version } = job
  const key = `jobs/${record.id}/`
  const left = await store.children(checkpointFolder(record.id))
  if (left.length > 0) findings.add(key, `It has ended and left ${left.length} checkpoints.`)
  if (record.kind === 'prediction') await checkPrediction(store, record, outcome, findings)
  const wanted = outcome.state === 'completed' && record.parent === null && record.kind === 'training'
  if (wanted && (version?.version !== outcome.version || version?.model !== record.model))
    findings.add(key, `It has completed as version ${outcome.version}, which the model's log does not know.`)
  if (!wanted && version) findings.add(key, `It has ${outcome.state}, and made version ${version.version}.`)
  if (outcome.state === 'completed' && outcome.error) findings.add(key, 'It has completed with an error.')
  if (outcome.state !== 'completed' && !outcome.error) findings.add(key, 'It has ended without a reason.')
}

/** Checks that all parts of a job exist, and that a completed job has no open part. */
async function checkFamily(
  records: JobRecords,
  record: JobRecord,
  outcome: JobOutcome | undefined,
  findings: Findings,
): Promise<void> {
  const key = `jobs/${record.id}/`
  for (const child of record.children) {
    const part = await records.find(child)
    if (part?.parent !== record.id) findings.add(key, `Its part ${child} is missing.`)
    else if (outcome?.state === 'completed' && !(await records.hasEnded(child)))
      findings.add(key, `It has completed before its part ${child}.`)
  }
}
