import { END_EVENT_ID, type JobEvent, type JobView } from '../contract.ts'
import type { JobQueue } from '../queue/contract.ts'
import { Progress } from '../records/records.ts'

const ENDS = new Set(['completed', 'failed', 'cancelled'])
/** Queue events may be lost while a connection is away: so often the job is looked at all the same. */
const LOOK_MS = 1_000
/** Summing up the parts takes some reading: they tell of every epoch. */
const PARTS_MS = 400

/**
 * A job's progress as it comes, then its end. Event ids are positions in the job's life: `<attempt>.<epoch>`
 * and `end`; progress that a client has seen (`lastEventId`) is not sent again.
 */
export async function* jobEvents(options: {
  id: string
  /** Jobs that are parts of it, of whose progress its own is summed up. */
  parts: ReadonlySet<string>
  queue: Pick<JobQueue, 'subscribe'>
  view: () => Promise<JobView>
  lastEventId: string | null
  signal: AbortSignal
}): AsyncIterable<JobEvent> {
  const { id, parts, queue, view, signal } = options
  let seen = options.lastEventId
  let newest: Progress | null = null
  let rangAt = 0
  const bell = new Bell()
  const unsubscribe = queue.subscribe((event) => {
    if (parts.has(event.id) && Date.now() - rangAt > PARTS_MS) {
      rangAt = Date.now()
      bell.ring()
    }
    if (event.id !== id) return
    const progress = event.type === 'progress' ? Progress.safeParse(event.progress) : undefined
    if (progress?.success) newest = progress.data
    bell.ring()
  })
  const onAbort = () => bell.ring()
  signal.addEventListener('abort', onAbort)
  try {
    let current = await view()
    let lookedAt = Date.now()
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
      const rang = await bell.wait(LOOK_MS)
      // Progress comes with the event; the job itself is looked at when something else may have happened.
      if (!rang || newest === null || Date.now() - lookedAt > LOOK_MS) {
        current = await view()
        lookedAt = Date.now()
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

/** Wakes one waiter; a ring that nobody waits for is kept. */
class Bell {
  #rung = false
  #wake: (() => void) | undefined

  ring(): void {
    this.#rung = true
    this.#wake?.()
  }

  /** True when it rang, false after so many milliseconds without. */
  async wait(milliseconds: number): Promise<boolean> {
    if (!this.#rung) {
      let timer: NodeJS.Timeout | undefined
      await new Promise<void>((resolve) => {
        this.#wake = resolve
        timer = setTimeout(resolve, milliseconds)
      })
      clearTimeout(timer)
      this.#wake = undefined
    }
    const rang = this.#rung
    this.#rung = false
    return rang
  }
}
