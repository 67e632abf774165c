import { createHash } from 'node:crypto'
import { z } from 'zod'
import { FitserveError } from '../../errors.ts'
import type { Store } from '../../store/contract.ts'
import { seal, unseal } from '../../store/sealed.ts'

const Entry = z.object({ job: z.string(), body: z.string(), at: z.iso.datetime() })

/** How long a key answers with the job that it made. */
const LIFETIME_MS = 24 * 60 * 60 * 1000

/**
 * Gives the job id for an `Idempotency-Key`: `fresh` the first time, the first one's afterwards. Of requests at
 * the same moment one wins, and all get its id.
 * @param owner name of the API key: keys of two clients never meet
 * @param body hash of the request's body
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
    const bytes = await store.read(key)
    if (!bytes) continue
    const known = readEntry(bytes)
    if (Date.parse(known.at) + LIFETIME_MS < Date.now()) await store.delete(key)
    else if (known.body === request.body) return known.job
    else
      throw new FitserveError(
        'idempotency-key-reused',
        'This Idempotency-Key was used for another body within the last 24 hours. Use a new key.',
      )
  }
}

/** A key whose entry is damaged must not begin a second job. */
function readEntry(bytes: Uint8Array): z.infer<typeof Entry> {
  try {
    return Entry.parse(unseal(bytes))
  } catch (cause) {
    const message = 'What was kept of this Idempotency-Key is damaged. Use a new key.'
    throw new FitserveError('corrupt-artifact', message, { cause })
  }
}
