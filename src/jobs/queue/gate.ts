import { setTimeout as sleep } from 'node:timers/promises'

/** Something that is tried until it has been done once, and what waits for it. */
export interface Gate {
  /** Settles after the first try: rejects where that failed for good. */
  tried: Promise<void>
  /** Resolves once it is done; never, where the gate was closed before. */
  passed: Promise<void>
  /** The same, but rejects when the signal is aborted. */
  wait(signal: AbortSignal): Promise<void>
  close(): void
}

export interface GateOptions {
  /** The error to end with where trying again is of no use; asked after the first try only. */
  lasting(error: unknown): Error | undefined
  onError(error: Error): void
  LONGEST_WAIT_MS: number
}

/** Tries at once, and in the background with growing waits for as long as it fails. */
export function openGate(
  work: () => Promise<void>,
  { lasting, onError, LONGEST_WAIT_MS }: GateOptions,
): Gate {
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
  const goOn = async (first: unknown) => {
    let error = first
    for (
      let wait = 100;
      error !== undefined && !closed.signal.aborted;
      wait = Math.min(2 * wait, LONGEST_WAIT_MS)
    ) {
      onError(error as Error)
      await sleep(wait, undefined, { signal: closed.signal, ref: false }).catch(() => {})
      if (!closed.signal.aborted) error = await attempt()
    }
  }
  const tried = attempt().then((error) => {
    const end = error === undefined ? undefined : lasting(error)
    if (end) throw end
    void goOn(error)
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
