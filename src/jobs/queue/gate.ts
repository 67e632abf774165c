import { setTimeout as sleep } from 'node:timers/promises'

/** Work that is tried until it has succeeded once, such as to connect, and the promises that wait for it. */
export interface Gate {
  /** Settles after the first try. Rejects if that failed for good. */
  tried: Promise<void>
  /** Resolves once the work has succeeded; never, if the gate was closed before. */
  passed: Promise<void>
  /** Waits for `passed`, but rejects when the signal is aborted. */
  wait(signal: AbortSignal): Promise<void>
  /** Ends the tries. */
  close(): void
}

/** Options of `openGate`. */
export interface GateOptions {
  /** Returns the error to end with if another try is pointless. Asked after the first try only. */
  lasting(error: unknown): Error | undefined
  /** Called after each failed try. */
  onError(error: Error): void
  /** Limit on the growing wait between two tries, in ms. */
  longestWaitMs: number
}

/** Tries the work at once, and as long as it fails again in the background, with waits that double from 100 ms on. */
export function openGate(work: () => Promise<void>, { lasting, onError, longestWaitMs }: GateOptions): Gate {
  const closed = new AbortController()
  let pass = () => {}
  const passed = new Promise<void>((resolve) => {
    pass = resolve
  })
  const attempt = async (): Promise<unknown> => {
    try {
      await work()
      pass()
      return undefined
    } catch (error) {
      return error ?? new Error('unknown')
    }
  }
  const retry = async (first: unknown) => {
    let error = first
    for (
      let wait = 100;
      error !== undefined && !closed.signal.aborted;
      wait = Math.min(2 * wait, longestWaitMs)
    ) {
      onError(error as Error)
      await sleep(wait, undefined, { signal: closed.signal, ref: false }).catch(() => {
        // A closed gate ends the wait, and the loop.
      })
      if (!closed.signal.aborted) error = await attempt()
    }
  }
  const tried = attempt().then((error) => {
    const end = error === undefined ? undefined : lasting(error)
    if (end) throw end
    void retry(error)
  })
  return {
    tried,
    passed,
    wait: (signal) =>
      new Promise((resolve, reject) => {
        const aborted = () => reject(new Error('Not connected'))
        if (signal.aborted) return aborted()
        signal.addEventListener('abort', aborted, { once: true })
        passed.then(() => {
          signal.removeEventListener('abort', aborted)
          resolve()
        }, reject)
      }),
    close: () => closed.abort(),
  }
}
