import { useState } from 'preact/hooks'
import { errorOf } from '../api/problem.ts'

/** Something that a click starts: whether it is running, and what went wrong with it. */
export interface Action<Arguments extends unknown[]> {
  busy: boolean
  error: Error | undefined
  /** Starts it, unless it is running already. */
  run: (...args: Arguments) => Promise<void>
  /** Forgets the error. */
  clear: () => void
}

/** Lets a part start something that takes a while and may fail. */
export function useAction<Arguments extends unknown[]>(
  act: (...args: Arguments) => Promise<unknown>,
): Action<Arguments> {
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<Error>()
  const run = async (...args: Arguments) => {
    if (busy) return
    setBusy(true)
    setError(undefined)
    try {
      await act(...args)
    } catch (cause) {
      if (!isAbort(cause)) setError(errorOf(cause))
    } finally {
      setBusy(false)
    }
  }
  return { busy, error, run, clear: () => setError(undefined) }
}

function isAbort(cause: unknown): boolean {
  return cause instanceof DOMException && cause.name === 'AbortError'
}
