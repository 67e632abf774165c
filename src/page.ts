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

/** Characters of a page's items as JSON. */
const MAX_PAGE_JSON = 8 * 2 ** 20

/** The room of one page, whose items may be large: a page with fewer items than its limit is valid. */
export class PageRoom {
  #left = MAX_PAGE_JSON
  #isEmpty = true

  /** Takes room for an item; returns false where the page is full. The first item always has room. */
  takes(item: unknown): boolean {
    this.#left -= JSON.stringify(item).length
    const hasRoom = this.#isEmpty || this.#left >= 0
    this.#isEmpty = false
    return hasRoom
  }
}
