import type { JobEvent } from '../../jobs/contract.ts'
import { withTimeout } from '../../runtime/with-timeout.ts'

/** Milliseconds after which a client reconnects when its stream has broken off. */
const RETRY_MS = 2_000

/**
 * Formats events as server-sent events. Sends a comment after `heartbeatMs` milliseconds of silence, so that no proxy
 * takes the connection for dead. Ends after the last event, or at once when the signal is aborted.
 */
export async function* eventFrames(
  events: AsyncIterable<JobEvent>,
  options: { signal: AbortSignal; heartbeatMs: number; onFailure: (error: unknown) => void },
): AsyncGenerator<string> {
  const { signal, heartbeatMs, onFailure } = options
  yield `retry: ${RETRY_MS}\n\n`
  const iterator = events[Symbol.asyncIterator]()
  const aborted = new Promise<'aborted'>((resolve) => {
    if (signal.aborted) resolve('aborted')
    signal.addEventListener('abort', () => resolve('aborted'), { once: true })
  })
  try {
    let next = iterator.next()
    for (;;) {
      const result = await withTimeout(Promise.race([next, aborted]), heartbeatMs, () => 'silence' as const)
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
