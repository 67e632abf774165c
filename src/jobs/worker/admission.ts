import { z } from 'zod'
import { unlessDamaged } from '../../errors.ts'
import type { Store } from '../../store/contract.ts'
import { seal, unseal } from '../../store/sealed.ts'
import type { JobQueue } from '../queue/contract.ts'
import type { JobRecords } from '../records/records.ts'

export interface AdmissionDependencies {
  store: Store
  records: Pick<JobRecords, 'find'>
  queue: Pick<JobQueue, 'held'>
  /** Jobs of a model that may run at once, over all workers. */
  limit: number
}

/** Whether a job may begin: null, or after how many milliseconds it is to ask again. */
export type Admit = (id: string) => Promise<number | null>

const Running = z.object({ jobs: z.array(z.string()) })
const DIGITS = 12
/** Older lists that are left for those who are about to read them. */
const KEPT = 8
const TRIES = 100
/** How long a model that had no room is taken to have none without another look. */
const FULL_MS = 300
/** Of a model with many waiting jobs, so many ask in a second. */
const ASKS_A_SECOND = 40
const WAIT_MS = 1_000

/**
 * Lets at most so many jobs of a model run at once. Which do stands in the store, as a row of lists of which the
 * newest counts, each created if absent: who comes second reads again. Nobody signs off: a job of the list counts
 * while the queue has it as some worker's, and one whose worker has died is not for long. Folds and trials count each.
 */
export function createAdmission({ store, records, queue, limit }: AdmissionDependencies): Admit {
  const fullUntil = new Map<string, number>()
  /** Jobs that were refused here and not admitted since, with when. */
  const refused = new Map<string, number>()

  const take = async (model: string, id: string): Promise<boolean> => {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const newest = await newestOf(store, model)
      const others: string[] = []
      for (const other of newest.jobs) if (other !== id && (await queue.held(other))) others.push(other)
      if (others.length >= limit) return false
      if (await append(store, model, newest, [...others, id])) return true
    }
    return false
  }

  return async (id) => {
    const record = await records.find(id)
    if (!record) return null
    const { model } = record
    const now = performance.now()
    if (now >= (fullUntil.get(model) ?? 0)) {
      if (await take(model, id)) {
        refused.delete(id)
        return null
      }
      fullUntil.set(model, performance.now() + FULL_MS)
    }
    refused.set(id, now)
    for (const [other, at] of refused) if (now - at > 60_000) refused.delete(other)
    return WAIT_MS + (refused.size * 1_000) / ASKS_A_SECOND
  }
}

interface RunningList {
  number: number
  names: string[]
  jobs: string[]
}

const folder = (model: string) => `running/${model}/`
const nameOf = (number: number) => `${String(number).padStart(DIGITS, '0')}.json`

async function newestOf(store: Store, model: string): Promise<RunningList> {
  const names = await store.children(folder(model))
  const last = names.at(-1)
  if (last === undefined) return { number: 0, names, jobs: [] }
  const bytes = await unlessDamaged(() => store.read(`${folder(model)}${last}`))
  return { number: Number.parseInt(last, 10), names, jobs: bytes ? readJobs(bytes) : [] }
}

/** A list that is damaged is taken for an empty one, so that the model's jobs do not wait for ever. */
function readJobs(bytes: Uint8Array): string[] {
  try {
    return Running.parse(unseal(bytes)).jobs
  } catch {
    return []
  }
}

/** False where another list came first, also where that one is gone already. */
async function append(store: Store, model: string, before: RunningList, jobs: string[]): Promise<boolean> {
  const name = nameOf(before.number + 1)
  const key = `${folder(model)}${name}`
  if (!(await store.create(key, seal({ jobs })))) return false
  if ((await store.children(folder(model), { after: name })).length > 0) {
    await store.delete(key)
    return false
  }
  for (const old of before.names.slice(0, -KEPT)) await store.delete(`${folder(model)}${old}`)
  return true
}
