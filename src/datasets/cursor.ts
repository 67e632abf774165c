import { z } from 'zod'
import { FitserveError } from '../errors.ts'
import type { PageRequest } from '../page.ts'

/** Entries of one page at most. */
const MAX_LIMIT = 1_000

/** Writes and reads cursors of one kind. A cursor is opaque to clients, and checked when it comes back. */
export interface CursorOf<T> {
  /** Returns the cursor of a position. */
  write(position: T): string
  /**
   * Returns the position at which a page begins; undefined for the first page.
   * @throws FitserveError `invalid-query` for a cursor that this service did not write, or a limit outside of 1 to
   *   1,000
   */
  read(page: PageRequest): T | undefined
}

/** Makes cursors whose positions have this schema. */
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
        throw refusal('/cursor', 'Expected the value of "next" in an earlier page')
      }
    },
  }
}

/** Cursors into a file: `offset` is the number of entries before the page. */
export const offsetCursor: CursorOf<{ offset: number }> = cursorOf(
  z.strictObject({ offset: z.int().nonnegative() }),
)

function refusal(path: string, message: string): FitserveError {
  return new FitserveError('invalid-query', 'Invalid page', { problems: [{ path, message }] })
}
