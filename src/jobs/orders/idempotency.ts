import { createHash } from 'node:crypto'
import { z } from 'zod'
import { FitserveError } from '../../errors.ts'
import type { Store } from '../../store/contract.ts'
import { seal } from '../../store/sealed.ts'
import { readSealed } from '../../store/sealed-values.ts'

// An entry of a key is `idempotency/<hash>-<day>.json`: the key's name with the day (UTC) on which it was made. Entries
// are created and never deleted by a request, so a key that has expired gets a new entry beside the old one (D-91).
// Version 0.1 kept one entry for each key, `idempotency/<hash>.json`, which is still read.

const Entry = z.object({
  /** The job that the key answers with; null in the entry of a day that is closed, on which the key made no job. */
  job: z.string().nullable(),
  /** Whether the job was there before the key, because an equal order had made it. */
  reused: z.boolean().default(false),
  /** Hash of the request's body. */
  body: z.string(),
  at: z.iso.datetime(),
})
type Entry = z.infer<typeof Entry>

/** The job that a key answers with. */
export interface KeyedJob {
  id: string
  /** Whether another order made it, before the key was used. */
  reused: boolean
}

/** An order with an `Idempotency-Key`. */
export interface KeyedRequest {
  key: string
  /** Name of the API key; null without keys. Equal keys of two clients do not meet. */
  owner: string | null
  /** Hash of the request's body. */
  body: string
}

/** Time for which a key answers with the same job, in milliseconds: 24 hours, as the API promises. */
const LIFETIME_MS = 24 * 60 * 60 * 1000
/**
 * Length of a day in milliseconds. It is not less than `LIFETIME_MS`, so two days' entries hold all that may be valid.
 */
const DAY_MS = 24 * 60 * 60 * 1000

/** A damaged entry must not let its key begin a second job. */
const DAMAGE = {
  onDamage: 'throw',
  message: 'The stored entry of this Idempotency-Key is damaged. Use a new key.',
} as const

/**
 * Returns the job that a key answers with; undefined where it has none, or an expired one.
 * @throws FitserveError `idempotency-key-reused` for another body
 */
export async function findKeyed(store: Store, request: KeyedRequest): Promise<KeyedJob | undefined> {
  const hash = hashOf(request)
  const before = await readEntry(store, `idempotency/${hash}.json`)
  const kept = before && answerOf(before, request)
  if (kept) return kept
  const today = Math.floor(Date.now() / DAY_MS)
  for (let day = today - 1; ; day += 1) {
    const entry = await readEntry(store, keyOf(hash, day))
    const answer = entry && answerOf(entry, request)
    if (answer) return answer
    if (!entry && day >= today) return undefined
  }
}

/**
 * Claims a key for a job, unless it has one. Of requests at the same moment one wins, and all get its job: yesterday is
 * closed before today's entry is created, so requests on both sides of midnight meet at one entry.
 * @param own the job that the key is to answer with
 * @returns the job that the key answers with
 * @throws FitserveError `idempotency-key-reused` for another body
 */
export async function claimKey(store: Store, request: KeyedRequest, own: KeyedJob): Promise<KeyedJob> {
  const hash = hashOf(request)
  const now = Date.now()
  const at = new Date(now).toISOString()
  const claim: Entry = { job: own.id, reused: own.reused, body: request.body, at }
  const closed: Entry = { job: null, reused: false, body: '', at }
  const today = Math.floor(now / DAY_MS)
  let day = today - 1
  for (;;) {
    const key = keyOf(hash, day)
    if (await store.create(key, seal(day < today ? closed : claim))) {
      if (day >= today) return own
      day += 1
      continue
    }
    const entry = await readEntry(store, key)
    // It was deleted as garbage in between.
    if (!entry) continue
    const answer = answerOf(entry, request)
    if (answer) return answer
    day += 1
  }
}

function hashOf({ owner, key }: KeyedRequest): string {
  return createHash('sha256')
    .update(`${owner ?? ''}\n${key}`)
    .digest('hex')
}

function keyOf(hash: string, day: number): string {
  return `idempotency/${hash}-${day}.json`
}

function readEntry(store: Store, key: string): Promise<Entry | undefined> {
  return readSealed(store, key, Entry, DAMAGE)
}

/** Returns the job of an entry; undefined where the entry has expired or is of a closed day. */
function answerOf({ job, reused, body, at }: Entry, request: KeyedRequest): KeyedJob | undefined {
  if (job === null || Date.parse(at) + LIFETIME_MS < Date.now()) return undefined
  if (body === request.body) return { id: job, reused }
  throw new FitserveError(
    'idempotency-key-reused',
    'This Idempotency-Key was used for another body within the last 24 hours. Use a new key.',
  )
}
