import { FitserveError } from './errors.ts'

/** One page of a list, newest first. `next` is what `cursor` must say for the following page. */
export interface Page<T> {
  items: T[]
  next: string | null
}

export interface PageRequest {
  limit: number
  cursor?: string | undefined
}

/** What a list says of a cursor that it has not given. */
export function badCursor(): FitserveError {
  const message = 'The cursor is none that a list has answered.'
  return new FitserveError('invalid-query', message, { problems: [{ path: '/cursor', message }] })
}
