import type { JobEvent } from '../../jobs/contract.ts'
import { Signal } from '../../runtime/signal.ts'

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
  const { signal, halfClosed, heartbeatMs, onFailure } = options
  yield `retry: ${RETRY_MS}\n\n`
  const iterator = events[Symbol.asyncIterator]()
  // Not by Promise.race: a promise that lasts as long as the stream keeps something of each race that it takes part in.
  const wake = new Signal()
  const raise = () => wake.raise()
  signal.addEventListener('abort', raise, { once: true })
  halfClosed.addEventListener('abort', raise, { once: true })
  let arrived: IteratorResult<JobEvent> | undefined
  let failure: { error: unknown } | undefined
  const request = () =>
    iterator
      .next()
      .then(
        (result) => {
          arrived = result
        },
        (error: unknown) => {
          failure = { error }
        },
      )
      .then(raise)
  try {
    void request()
    for (;;) {
      if (!signal.aborted) await wake.wait(halfClosed.aborted ? HALF_CLOSED_MS : heartbeatMs)
      if (failure) throw failure.error
      if (arrived?.done || (!arrived && signal.aborted)) return
      if (!arrived) yield ': still here\n\n'
      else {
        const event = arrived.value
        arrived = undefined
        yield frameOf(event)
        void request()
      }
    }
  } catch (error) {
    // The client reconnects by itself, and asks for the events after the last id that it has received.
    if (!signal.aborted) onFailure(error)
  } finally {
    signal.removeEventListener('abort', raise)
    halfClosed.removeEventListener('abort', raise)
    // While it waits for an event it cannot return yet. The signal ends it, and its errors have been reported.
    iterator.return?.().catch(() => undefined)
  }
}

function frameOf({ id, event, data }: JobEvent): string {
  return `id: ${id.replace(/[\r\n\0]/g, '')}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`
}
