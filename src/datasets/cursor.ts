import { z } from 'zod'
import { FitserveError } from '../errors.ts'
import type { PageRequest } from '../page.ts'

const MAX_LIMIT = 1_000

/** What a cursor says: opaque to clients, checked when it comes back. */
export interface CursorOf<T> {
  write(position: T): string
  /** @throws FitserveError `invalid-query` for a cursor that was not written here, or a wrong limit */
  read(page: PageRequest): T | undefined
}

export function cursorOf<T>(schema: z.ZodType<T>): CursorOf<T> {
  return {
    write: (position) => Buffer.from(JSON.stringify(position)).toString('base64url'),
    read({ cursor, limit }) {
      if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
        throw refusal('/limit', `Expected a whole number from 1 to ${MAX_LIMIT}`)
      }
      if (cursor === undefined) return undefined
      try {
        return schema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')))
      } catch {
        throw refusal('/cursor', 'Expected what "next" said on the page before')
      }
    },
  }
}

/** A place in a file: how many entries are before it. */
export const offsetCursor: CursorOf<{ offset: number }> = cursorOf(
  z.strictObject({ offset: z.int().nonnegative() }),
)

function refusal(path: string, message: string): FitserveError {
  return new FitserveError('invalid-query', 'The page cannot be found', { problems: [{ path, message }] })
}
