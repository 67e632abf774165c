import { z } from 'zod'
import type { ResultFormat } from '../../prediction-contract.ts'
import type { Store } from '../../store/contract.ts'
import { seal } from '../../store/sealed.ts'
import { readSealed } from '../../store/sealed-values.ts'

// The files of a prediction are below `predictions/<job>/`: `part-<number>` with the answers of a part, until the
// prediction has completed, and `result-<attempt>.<format>`, of which that of the attempt in the outcome counts.

/** Prefix of the keys of all predictions. */
export const PREDICTIONS = 'predictions/'

/** Returns the key of the file with a part's answers. @param job id of the whole prediction */
export function partKey(job: string, number: number): string {
  return `${PREDICTIONS}${job}/part-${number}`
}

/** Returns the key of the file that an attempt has made of all answers. */
export function resultKey(job: string, attempt: number, format: ResultFormat): string {
  return `${PREDICTIONS}${job}/result-${attempt}.${format}`
}

/** When the result of a prediction was deleted, and by whom. */
export const ResultDeletion = z.object({
  at: z.iso.datetime(),
  /** Name of the API key; null without keys, and where the time of the result was over. */
  by: z.string().nullable(),
  expired: z.boolean(),
})
export type ResultDeletion = z.infer<typeof ResultDeletion>

const deletionKey = (job: string) => `jobs/${job}/result-deleted.json`

/** Notes that the result of a prediction is deleted. Called before it is, so that its absence is no damage. */
export async function noteDeletion(store: Store, job: string, deletion: ResultDeletion): Promise<void> {
  await store.create(deletionKey(job), seal(deletion))
}

/** Returns the note on the deletion of a result; undefined where it was not deleted. */
export function findDeletion(store: Store, job: string): Promise<ResultDeletion | undefined> {
  const message = "The job's file result-deleted.json is damaged."
  return readSealed(store, deletionKey(job), ResultDeletion, { onDamage: 'throw', message })
}
