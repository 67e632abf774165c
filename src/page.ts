/** One page of a list, newest first. `next` is what `cursor` must say for the following page. */
export interface Page<T> {
  items: T[]
  next: string | null
}

export interface PageRequest {
  limit: number
  cursor?: string | undefined
}
