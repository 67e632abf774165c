import { FitserveError } from './errors.ts'

/** One page of a list, newest first. `next` is the `cursor` of the following page; null on the last one. */
export interface Page<T> {
  items: T[]
  next: string | null
}

/** A request for one page of a list. */
export interface PageRequest {
  /** Largest number of items of the page. */
  limit: number
  /** `next` of the page before. Absent: the first page. */
  cursor?: string | undefined
}

/** Returns the error about a cursor that no page of the list has given. */
export function badCursor(): FitserveError {
  const message = 'Invalid cursor. Use the "next" of an earlier page of this list, or leave it out.'
  return new FitserveError('invalid-query', message, { problems: [{ path: '/cursor', message }] })
}
