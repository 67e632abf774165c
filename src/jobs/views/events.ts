import { Signal } from '../../runtime/signal.ts'
import { END_EVENT_ID, type JobEvent, type JobView } from '../contract.ts'
import type { JobQueue, QueueEvent } from '../queue/contract.ts'
import { Progress } from '../records/records.ts'

const ENDS = new Set(['completed', 'failed', 'cancelled'])
/** Longest interval between two checks of a job, in ms: events are lost while the queue's connection is down. */
const CHECK_MS = 1_000
/** Shortest time between two sums over the parts, in milliseconds: parts report every epoch, and a sum reads much. */
const PARTS_MS = 400

/** State of a job for its followers: its newest view, and the newest progress, which may be newer than the view's. */
interface Seen {
  view: JobView
  progress: Progress | null
}

/** Dependencies of the events of jobs. */
export interface EventSources {
  queue: Pick<JobQueue, 'subscribe'>
  view: (id: string) => Promise<JobView>
}

/** One job's events as one client follows them. */
export interface Following {
  id: string
  /** Ids of its folds or trials, from whose progress its own is summed up. */
  parts: ReadonlySet<string>
  /** Id of the last event that the client has received; null: none. */
  lastEventId: string | null
  signal: AbortSignal
}

/**
 * Returns a function that yields a job's progress as it comes, then its end. Event ids are positions in the job's life,
 * `<attempt>.<phase>.<fold>.<epoch or rows>.<seconds left>`, and `end`; progress that a client has seen (`lastEventId`) is not
 * sent again. All clients that follow a job share one look at it.
 */
export function jobEvents(sources: EventSources): (following: Following) => AsyncIterable<JobEvent> {
  const followed = new Map<string, FollowedJob>()
  return async function* ({ id, parts, lastEventId, signal }) {
    let job = followed.get(id)
    if (!job) {
      job = new FollowedJob(id, parts, sources, () => followed.delete(id))
      followed.set(id, job)
    }
    const wake = job.join()
    const onAbort = () => wake.raise()
    signal.addEventListener('abort', onAbort)
    let seen = lastEventId
    try {
      while (!signal.aborted) {
        const { view, progress } = job.newest() ?? {}
        if (view && ENDS.has(view.state)) {
          yield { id: END_EVENT_ID, event: view.state as 'completed' | 'failed' | 'cancelled', data: view }
          return
        }
        if (view && progress) {
          const position = positionOf(view, progress)
          if (position !== seen) yield { id: position, event: 'progress', data: progress }
          seen = position
        }
        await wake.wait()
      }
    } finally {
      signal.removeEventListener('abort', onAbort)
      job.leave(wake)
    }
  }
}

/** Looks at a job while anyone follows it: at each of its events, and now and then, since events may be lost. */
class FollowedJob {
  readonly #id: string
  readonly #parts: ReadonlySet<string>
  readonly #sources: EventSources
  readonly #followers = new Set<Signal>()
  readonly #changed = new Signal()
  #seen: Seen | undefined
  #failure: { error: unknown } | undefined
  #progress: Progress | null = null
  #summedAt = 0
  #isOver = false
  readonly #unsubscribe: () => void
  readonly #onEnd: () => void

  /** @param onEnd called when it looks no more: the job has ended, nobody follows it, or a look has failed */
  constructor(id: string, parts: ReadonlySet<string>, sources: EventSources, onEnd: () => void) {
    this.#id = id
    this.#parts = parts
    this.#sources = sources
    this.#onEnd = onEnd
    this.#unsubscribe = sources.queue.subscribe((event) => this.#take(event))
    this.#look().catch((error: unknown) => {
      this.#failure = { error }
      this.#end()
    })
  }

  /** Adds a follower. Returns the signal that wakes it when there is something new. */
  join(): Signal {
    const wake = new Signal()
    this.#followers.add(wake)
    return wake
  }

  leave(wake: Signal): void {
    this.#followers.delete(wake)
    if (this.#followers.size === 0) this.#end()
  }

  /** Returns what was seen last; undefined before the first look. @throws the error of a look that failed */
  newest(): Seen | undefined {
    if (this.#failure) throw this.#failure.error
    return this.#seen
  }

  async #look(): Promise<void> {
    let view = await this.#sources.view(this.#id)
    let checkedAt = Date.now()
    while (!this.#isOver) {
      this.#seen = { view, progress: this.#progress ?? view.progress }
      this.#progress = null
      if (ENDS.has(view.state)) return this.#end()
      this.#wakeAll()
      const wasRaised = await this.#changed.wait(CHECK_MS)
      // Progress comes with the event; the job itself is read when something else may have happened.
      if (this.#isOver || (wasRaised && this.#progress !== null && Date.now() - checkedAt <= CHECK_MS))
        continue
      view = await this.#sources.view(this.#id)
      checkedAt = Date.now()
    }
  }

  #end(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#unsubscribe()
    this.#onEnd()
    this.#changed.raise()
    this.#wakeAll()
  }

  #take(event: QueueEvent): void {
    if (this.#parts.has(event.id) && Date.now() - this.#summedAt > PARTS_MS) {
      this.#summedAt = Date.now()
      this.#changed.raise()
    }
    if (event.id !== this.#id) return
    const progress = event.type === 'progress' ? Progress.safeParse(event.progress) : undefined
    if (progress?.success) this.#progress = progress.data
    this.#changed.raise()
  }

  #wakeAll(): void {
    for (const follower of this.#followers) follower.raise()
  }
}

function positionOf(view: JobView, progress: Progress): string {
  const { phase, fold, epoch, etaSeconds, rows } = progress
  return `${view.attempt}.${phase}.${fold ?? 0}.${epoch ?? rows?.done ?? 0}.${etaSeconds ?? ''}`
}
