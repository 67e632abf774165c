import { Signal } from '../../runtime/signal.ts'
import { END_EVENT_ID, type JobEvent, type JobView } from '../contract.ts'
import type { JobQueue } from '../queue/contract.ts'
import { Progress } from '../records/records.ts'

const ENDS = new Set(['completed', 'failed', 'cancelled'])
/** Longest interval between two checks of a job, in ms: events are lost while the queue's connection is down. */
const CHECK_MS = 1_000
/** Shortest time between two sums over the parts, in milliseconds: parts report every epoch, and a sum reads much. */
const PARTS_MS = 400

/**
 * Yields a job's progress as it comes, then its end. Event ids are positions in the job's life,
 * `<attempt>.<phase>.<fold>.<epoch>.<seconds left>`, and `end`; progress that a client has seen (`lastEventId`) is not
 * sent again.
 */
export async function* jobEvents(options: {
  id: string
  /** Ids of its folds or trials, from whose progress its own is summed up. */
  parts: ReadonlySet<string>
  queue: Pick<JobQueue, 'subscribe'>
  view: () => Promise<JobView>
  lastEventId: string | null
  signal: AbortSignal
}): AsyncIterable<JobEvent> {
  const { id, parts, queue, view, signal } = options
  let seen = options.lastEventId
  let newest: Progress | null = null
  let summedAt = 0
  const changed = new Signal()
  const unsubscribe = queue.subscribe((event) => {
    if (parts.has(event.id) && Date.now() - summedAt > PARTS_MS) {
      summedAt = Date.now()
      changed.raise()
    }
    if (event.id !== id) return
    const progress = event.type === 'progress' ? Progress.safeParse(event.progress) : undefined
    if (progress?.success) newest = progress.data
    changed.raise()
  })
  const onAbort = () => changed.raise()
  signal.addEventListener('abort', onAbort)
  try {
    let current = await view()
    let checkedAt = Date.now()
    for (;;) {
      if (signal.aborted) return
      if (ENDS.has(current.state)) {
        yield {
          id: END_EVENT_ID,
          event: current.state as 'completed' | 'failed' | 'cancelled',
          data: current,
        }
        return
      }
      const progress = newest ?? current.progress
      newest = null
      if (progress) {
        const position = positionOf(current, progress)
        if (position !== seen) yield { id: position, event: 'progress', data: progress }
        seen = position
      }
      const wasRaised = await changed.wait(CHECK_MS)
      // Progress comes with the event; the job itself is read when something else may have happened.
      if (!wasRaised || newest === null || Date.now() - checkedAt > CHECK_MS) {
        current = await view()
        checkedAt = Date.now()
      }
    }
  } finally {
    unsubscribe()
    signal.removeEventListener('abort', onAbort)
  }
}

function positionOf(view: JobView, progress: Progress): string {
  const { phase, fold, epoch, etaSeconds } = progress
  return `${view.attempt}.${phase}.${fold ?? 0}.${epoch ?? 0}.${etaSeconds ?? ''}`
}
