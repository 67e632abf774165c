import { useEffect, useState } from 'preact/hooks'
import { errorOf } from '../api/problem.ts'

/** What the service says to something that is being written. What it said to the one before stays until then. */
export interface Asked<Answer> {
  answer: Answer | undefined
  error: Error | undefined
  /** Whether the newest question has no answer yet. */
  waits: boolean
}

/**
 * Asks the service whenever a question has changed and nothing was typed for a while.
 * @param question undefined: there is nothing to ask, and no answer
 * @param pauseMs milliseconds without typing after which the question is sent
 */
export function useAsked<Question, Answer>(
  question: Question | undefined,
  ask: (question: Question, signal: AbortSignal) => Promise<Answer>,
  pauseMs: number,
): Asked<Answer> {
  const waits = question !== undefined
  const [asked, setAsked] = useState<Asked<Answer>>({ answer: undefined, error: undefined, waits })
  useEffect(() => {
    if (question === undefined) return setAsked({ answer: undefined, error: undefined, waits: false })
    const aborter = new AbortController()
    setAsked((before) => ({ ...before, waits: true }))
    const timer = setTimeout(async () => {
      try {
        const answer = await ask(question, aborter.signal)
        setAsked({ answer, error: undefined, waits: false })
      } catch (cause) {
        if (aborter.signal.aborted) return
        setAsked((before) => ({ ...before, error: errorOf(cause), waits: false }))
      }
    }, pauseMs)
    return () => {
      clearTimeout(timer)
      aborter.abort()
    }
  }, [JSON.stringify(question)])
  return asked
}
