import { useEffect, useState } from 'preact/hooks'

/** Returns a value that the user writes, once it has not changed for a while. @param pauseMs milliseconds of that while */
export function useSettled<Value>(value: Value, pauseMs: number): Value {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), pauseMs)
    return () => clearTimeout(timer)
  }, [value, pauseMs])
  return settled
}
