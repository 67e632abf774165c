import { useEffect, useState } from 'preact/hooks'
import { answerOf, api, type Schemas } from '../api/client.ts'
import { eventsOf } from '../api/events.ts'
import { errorOf, UnreachableError } from '../api/problem.ts'

export type AnyJob = Schemas['AnyJob']

/** Milliseconds after which a lost stream of events is asked for again. */
const AGAIN_MS = 1000

/** Tells whether a job goes on. */
export function isOpen({ state }: Pick<AnyJob, 'state'>): boolean {
  return state === 'queued' || state === 'active' || state === 'cancelling'
}

interface Followed {
  job: AnyJob | undefined
  error: Error | undefined
  /** Looks at the job again, for example after it was ordered once more. */
  again: () => void
}

/** Follows a job by its events until it ends. After a lost connection it goes on by itself. */
export function useJob(id: string): Followed {
  const [job, setJob] = useState<AnyJob>()
  const [error, setError] = useState<Error>()
  const [turn, setTurn] = useState(0)
  useEffect(() => {
    const aborter = new AbortController()
    const { signal } = aborter
    const look = async () => {
      const found = await answerOf(api.GET('/jobs/{id}', { params: { path: { id } }, signal }))
      setError(undefined)
      setJob(found)
      return found
    }
    const follow = async () => {
      while (!signal.aborted) {
        try {
          if (!isOpen(await look())) return
          for await (const { name, data } of eventsOf(`/jobs/${id}/events`, signal)) {
            if (name === 'progress' && isProgress(data))
              setJob((before) => before && withProgress(before, data))
          }
        } catch (cause) {
          if (signal.aborted) return
          setError(errorOf(cause))
          if (!(cause instanceof UnreachableError) && !isBroken(cause)) return
        }
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS))
      }
    }
    void follow()
    return () => aborter.abort()
  }, [id, turn])
  return { job: job?.id === id ? job : undefined, error, again: () => setTurn((before) => before + 1) }
}

function isProgress(value: unknown): value is Schemas['Progress'] {
  return typeof value === 'object' && value !== null && 'phase' in value && 'epoch' in value
}

function withProgress(job: AnyJob, progress: Schemas['Progress']): AnyJob {
  return { ...job, progress, state: job.state === 'queued' ? 'active' : job.state }
}

/** Tells whether a stream broke off in the middle: the browser says so by a type error. */
function isBroken(cause: unknown): boolean {
  return cause instanceof TypeError
}
