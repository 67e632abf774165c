import type { JobEvent } from '../../jobs/contract.ts'
import { withTimeout } from '../../runtime/with-timeout.ts'

/** Milliseconds after which a client reconnects when its stream has broken off. */
const RETRY_MS = 2_000
/** Milliseconds between two comments to a client that has closed its side: the second fails if it has gone away. */
const HALF_CLOSED_MS = 1_000

/**
 * Formats events as server-sent events. Sends a comment after `heartbeatMs` milliseconds of silence, so that no proxy
 * takes the connection for dead. Ends after the last event, or at once when the signal is aborted.
 * @param options.halfClosed is aborted when the client closes its side of the connection. It may be reading on, or gone
 *   away: only sending tells
 */
export async function* eventFrames(
  events: AsyncIterable<JobEvent>,
  options: {
    signal: AbortSignal
    halfClosed: AbortSignal
    heartbeatMs: number
    onFailure: (error: unknown) => void
  },
): AsyncGenerator<string> {
  const { signal, halfClosed, onFailure } = options
  yield `retry: ${RETRY_MS}\n\n`
  const iterator = events[Symbol.asyncIterator]()
  const aborted = new Promise<'aborted'>((resolve) => {
    if (signal.aborted) resolve('aborted')
    signal.addEventListener('abort', () => resolve('aborted'), { once: true })
  })
  const ended = new Promise<'silence'>((resolve) => {
    halfClosed.addEventListener('abort', () => resolve('silence'), { once: true })
  })
  try {
    let next = iterator.next()
    for (;;) {
      const awaited = halfClosed.aborted ? [next, aborted] : [next, aborted, ended]
      const pauseMs = halfClosed.aborted ? HALF_CLOSED_MS : options.heartbeatMs
      const result = await withTimeout(Promise.race(awaited), pauseMs, () => 'silence' as const)
      if (result === 'aborted') return
      if (result === 'silence') yield ': still here\n\n'
      else if (result.done) return
      else {
        yield frameOf(result.value)
        next = iterator.next()
      }
    }
  } catch (error) {
    // The client reconnects by itself, and asks for the events after the last id that it has received.
    if (!signal.aborted) onFailure(error)
  } finally {
    // While it waits for an event it cannot return yet. The signal ends it, and its errors have been reported.
    iterator.return?.().catch(() => undefined)
  }
}

function frameOf({ id, event, data }: JobEvent): string {
  return `id: ${id.replace(/[\r\n\0]/g, '')}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`
}
