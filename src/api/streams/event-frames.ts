import type { JobEvent } from '../../jobs/contract.ts'

/** Milliseconds after which a client whose stream broke off comes back. */
const RETRY_MS = 2_000

/**
 * Events in the format of server-sent events, with a comment where there is silence, so that nobody between
 * takes the connection for dead. Ends with the events or, at once, with the signal.
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
      const result = await firstOf(next, aborted, heartbeatMs)
      if (result === 'aborted') return
      if (result === 'silence') yield ': still here\n\n'
      else if (result.done) return
      else {
        yield frameOf(result.value)
        next = iterator.next()
      }
    }
  } catch (error) {
    // The client comes back by itself, and asks for what came after the last id it saw.
    if (!signal.aborted) onFailure(error)
  } finally {
    // Where it waits for an event it cannot return yet; the signal has told it to.
    iterator.return?.().catch(() => undefined)
  }
}

async function firstOf<T>(
  next: Promise<T>,
  aborted: Promise<'aborted'>,
  milliseconds: number,
): Promise<T | 'aborted' | 'silence'> {
  let timer: NodeJS.Timeout | undefined
  const silence = new Promise<'silence'>((resolve) => {
    timer = setTimeout(resolve, milliseconds, 'silence')
  })
  try {
    return await Promise.race([next, aborted, silence])
  } finally {
    clearTimeout(timer)
  }
}

function frameOf({ id, event, data }: JobEvent): string {
  return `id: ${id.replace(/[\r\n\0]/g, '')}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`
}
