import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { errorOf } from '../api/problem.ts'

/** What is known of something that is loaded. An error does not remove what was loaded before it. */
export interface Loaded<Value> {
  value: Value | undefined
  error: Error | undefined
  /** Loads again now. */
  reload: () => void
}

/** Seconds after which a failed load is tried again. */
const RETRY_SECONDS = 2

/**
 * Loads something when a part of the page appears, and again when `keys` change.
 * @param load gives the value; its signal is aborted when the part disappears
 * @param keys what the value depends on
 * @param everySeconds how often it is loaded again while the page is visible; absent: never
 */
export function useLoad<Value>(
  load: (signal: AbortSignal) => Promise<Value>,
  keys: readonly unknown[],
  everySeconds?: number,
): Loaded<Value> {
  const [state, setState] = useState<{ value?: Value; error?: Error; key?: string }>({})
  const [turn, setTurn] = useState(0)
  const key = JSON.stringify(keys)
  const loading = useRef(load)
  loading.current = load

  useEffect(() => {
    const aborter = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    const again = (seconds: number | undefined) => {
      if (seconds !== undefined && !aborter.signal.aborted) timer = setTimeout(look, seconds * 1000)
    }
    const look = async () => {
      if (document.hidden && everySeconds !== undefined) return again(everySeconds)
      try {
        const value = await loading.current(aborter.signal)
        if (!aborter.signal.aborted) setState({ value, key })
        again(everySeconds)
      } catch (cause) {
        if (aborter.signal.aborted) return
        const error = errorOf(cause)
        setState((before) => (before.key === key ? { ...before, error } : { error, key }))
        again(everySeconds === undefined && error.name !== 'UnreachableError' ? undefined : RETRY_SECONDS)
      }
    }
    void look()
    return () => {
      aborter.abort()
      clearTimeout(timer)
    }
  }, [key, turn, everySeconds])

  const reload = useCallback(() => setTurn((before) => before + 1), [])
  const isCurrent = state.key === key
  return { value: isCurrent ? state.value : undefined, error: isCurrent ? state.error : undefined, reload }
}
