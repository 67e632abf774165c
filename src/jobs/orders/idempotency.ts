import { createHash } from 'node:crypto'
import { z } from 'zod'
import { FitserveError } from '../../errors.ts'
import type { Store } from '../../store/contract.ts'
import { seal } from '../../store/sealed.ts'
import { readSealed } from '../../store/sealed-values.ts'

const Entry = z.object({ job: z.string(), body: z.string(), at: z.iso.datetime() })

/** Time for which a key answers with the job that it made, in milliseconds: 24 hours, as the API promises. */
const LIFETIME_MS = 24 * 60 * 60 * 1000

/** A damaged entry must not let its key begin a second job. */
const DAMAGE = {
  onDamage: 'throw',
  message: 'What was kept of this Idempotency-Key is damaged. Use a new key.',
} as const

/**
 * Returns the job id for an `Idempotency-Key`: `fresh` the first time, and the first one's id afterwards. Of requests
 * at the same moment one wins, and all get its id.
 * @param request.owner name of the API key; null without keys. Equal keys of two clients do not meet
 * @param request.body hash of the request's body
 * @param fresh the id that a new job is to have
 * @throws FitserveError `idempotency-key-reused` for another body
 */
export async function idempotentId(
  store: Store,
  request: { key: string; owner: string | null; body: string },
  fresh: string,
): Promise<string> {
  const hash = createHash('sha256')
    .update(`${request.owner ?? ''}\n${request.key}`)
    .digest('hex')
  const key = `idempotency/${hash}.json`
  const entry = seal({ job: fresh, body: request.body, at: new Date().toISOString() })
  for (;;) {
    if (await store.create(key, entry)) return fresh
    const known = await readSealed(store, key, Entry, DAMAGE)
    if (!known) continue
    if (Date.parse(known.at) + LIFETIME_MS < Date.now()) await store.delete(key)
    else if (known.body === request.body) return known.job
    else
      throw new FitserveError(
        'idempotency-key-reused',
        'This Idempotency-Key was used for another body within the last 24 hours. Use a new key.',
      )
  }
}
