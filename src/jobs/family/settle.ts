import { cancelledError, endedOutside } from '../records/outcomes.ts'
import type { JobOutcome, JobRecord, JobRecords, Part } from '../records/records.ts'

/**
 * Returns the name of a part without which its job has no result, for messages: "Fold 3". Undefined for a trial, since
 * another one may win.
 */
export function neededPart(part: Part): string | undefined {
  switch (part.kind) {
    case 'fold':
      return `Fold ${part.number}`
    case 'rows':
      return `Part ${part.number} (rows ${part.from + 1} to ${part.to})`
    case 'trial':
      return undefined
  }
}

/**
 * Carries the end of a part over to its parent. A needed part that failed or was cancelled ends the whole job at once,
 * and the other parts notice that; a job that is being cancelled ends when its last part has ended.
 * @param partRound the round of the part that has ended
 */
export async function settleParent(
  records: JobRecords,
  { id: partId, parent: id, part }: JobRecord,
  outcome: JobOutcome,
  partRound: number,
): Promise<void> {
  if (id === null) return
  // A retry begins the next rounds of the parts before that of the job. So if this part's round is still the newest
  // after the job's was read, the job's is the one in which the part ran.
  const round = await records.round(id)
  if ((await records.round(partId)) !== partRound || (await records.outcomeOf(id, round))) return
  if (await records.cancelRequested(id)) return settleCancelled(records, id, round)
  const name = part ? neededPart(part) : undefined
  if (name === undefined || outcome.state === 'completed') return
  if (outcome.state === 'cancelled') {
    const error = cancelledError(`${name} was cancelled.`)
    await records.end(id, endedOutside('cancelled', error), round)
  } else if (outcome.error) {
    const error = { ...outcome.error, detail: `${name}: ${outcome.error.detail}` }
    await records.end(id, endedOutside('failed', error), round)
  }
}

/** Ends a round of a job that is to be cancelled, if all its parts have ended. */
export async function settleCancelled(records: JobRecords, id: string, round: number): Promise<void> {
  const record = await records.find(id)
  if (!record) return
  for (const child of record.children) if (!(await records.hasEnded(child))) return
  await records.end(id, endedOutside('cancelled', cancelledError('The job was cancelled.')), round)
}
