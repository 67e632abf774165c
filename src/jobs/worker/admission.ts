import { z } from 'zod'
import type { Store } from '../../store/contract.ts'
import { numbered } from '../../store/numbered.ts'
import { seal } from '../../store/sealed.ts'
import { readSealed } from '../../store/sealed-values.ts'
import type { JobQueue } from '../queue/contract.ts'
import type { JobRecords } from '../records/records.ts'

/** Dependencies and settings of `createAdmission`. */
export interface AdmissionDependencies {
  store: Store
  records: Pick<JobRecords, 'find'>
  queue: Pick<JobQueue, 'held'>
  /** Maximum number of jobs of a model that run at once, over all workers. */
  limit: number
}

/** Returns null if the job may begin, or else the milliseconds after which to ask again. */
export type Admit = (id: string) => Promise<number | null>

const Running = z.object({ jobs: z.array(z.string()) })
/** Digits of a list's number in its key, so that names sort by number. */
const DIGITS = 12
/** Older lists that are kept, since another process may be about to read them. */
const KEPT = 8
/** Tries to append a list before the job waits after all: other workers may be faster each time. */
const TRIES = 100
/** Time for which the answer "the model is at its limit" is reused, in ms. */
const FULL_MS = 300
/** Checks a second by all refused jobs of this process together: the more jobs wait, the less often each one asks. */
const ASKS_A_SECOND = 40
/** Shortest time before a refused job asks again, in ms. */
const WAIT_MS = 1_000
/**
 * Time after which a refused job no longer counts as waiting here, in ms: another worker has it, or it was cancelled.
 */
const FORGET_REFUSED_MS = 60_000

/**
 * Limits the number of jobs of a model that run at once; each fold and each trial counts. The running jobs are listed
 * in the store, in numbered lists of which only the newest is valid. A list is created if absent: of two workers the
 * second one reads again. No job signs off: one in the list counts as long as the queue says that a worker has it,
 * which soon ends for a worker that has died.
 */
export function createAdmission({ store, records, queue, limit }: AdmissionDependencies): Admit {
  const fullUntil = new Map<string, number>()
  /** Jobs that were refused here and not admitted since, with the time of the last refusal. */
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
    for (const [other, at] of refused) if (now - at > FORGET_REFUSED_MS) refused.delete(other)
    return WAIT_MS + (refused.size * 1_000) / ASKS_A_SECOND
  }
}

interface RunningList {
  /** 0 if there is no list yet. */
  number: number
  /** Numbers of all lists that are kept, ascending. */
  kept: number[]
  jobs: string[]
}

const listsOf = (store: Store, model: string) => numbered(store, `running/${model}/`, DIGITS)

async function newestOf(store: Store, model: string): Promise<RunningList> {
  const lists = listsOf(store, model)
  const kept = await lists.after(0)
  const number = kept.at(-1)
  if (number === undefined) return { number: 0, kept, jobs: [] }
  // A damaged list counts as empty, so that the model's jobs do not wait forever.
  const running = await readSealed(store, lists.keyOf(number), Running, { onDamage: 'skip' })
  return { number, kept, jobs: running?.jobs ?? [] }
}

/** Appends a list. Returns false if another one came first, also if that one is gone already. */
async function append(store: Store, model: string, previous: RunningList, jobs: string[]): Promise<boolean> {
  const lists = listsOf(store, model)
  const number = previous.number + 1
  if (!(await lists.create(number, seal({ jobs })))) return false
  if ((await lists.after(number)).length > 0) {
    await lists.delete(number)
    return false
  }
  for (const old of previous.kept.slice(0, -KEPT)) await lists.delete(old)
  return true
}
