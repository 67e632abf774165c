import { answerOf, api, type Schemas } from '../api/client.ts'
import { firstFound } from './first-found.ts'

interface JobsQuery {
  limit: number
  cursor?: string
  state?: Schemas['JobState']
  model?: string
}

/** Loads a page of the jobs that a query asks for, or the first one after it that has any. */
export function foundJobs({ cursor, ...query }: JobsQuery, signal: AbortSignal) {
  return firstFound(
    (at) =>
      answerOf(api.GET('/jobs', { params: { query: { ...query, ...(at && { cursor: at }) } }, signal })),
    cursor,
  )
}
