import { createHash } from 'node:crypto'
import { pipeline } from 'node:stream/promises'
import { findDeletion, resultKey } from '../../jobs/predictions/files.ts'
import type { JobOutcome, PredictionRecord } from '../../jobs/records/records.ts'
import type { Store } from '../../store/contract.ts'
import type { Findings } from './findings.ts'

/** Checks that a completed prediction has its result, unless that was deleted, and that it is what was stored. */
export async function checkPrediction(
  store: Store,
  { id, parent, format }: PredictionRecord,
  { state, attempt, answered }: JobOutcome,
  findings: Findings,
): Promise<void> {
  const key = `jobs/${id}/`
  if (state !== 'completed') return
  if (!answered) return findings.add(key, 'It has completed, and does not say what became of its rows.')
  if (parent !== null || (await findDeletion(store, id))) return
  const file = resultKey(id, attempt, format)
  const stream = await store.stream(file)
  if (!stream) return findings.add(key, `It has completed, and its result ${file} is missing.`)
  const hash = createHash('sha256')
  await pipeline(stream, hash)
  if (hash.digest('hex') !== answered.file?.sha256) findings.add(file, 'It is not what was stored.')
}
