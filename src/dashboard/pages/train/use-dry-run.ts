import { useEffect, useState } from 'preact/hooks'
import { answerOf, api, type Schemas } from '../../api/client.ts'
import { errorOf, ProblemError } from '../../api/problem.ts'
import type { Order } from './order.ts'

/** Milliseconds without typing after which an order is checked. */
const PAUSE_MS = 350

/** What the service says to an order. What it said to the one before stays until then. */
export interface Judgement {
  forecast: Schemas['DryRun'] | undefined
  error: Error | undefined
  /** Whether the newest order is still being checked. */
  waits: boolean
}

/** Lets the service check an order while it is being written. */
export function useDryRun(order: Order): Judgement {
  const [judgement, setJudgement] = useState<Judgement>({
    forecast: undefined,
    error: undefined,
    waits: true,
  })
  const key = JSON.stringify(order)
  useEffect(() => {
    const aborter = new AbortController()
    setJudgement((before) => ({ ...before, waits: true }))
    const timer = setTimeout(async () => {
      try {
        const forecast = await answerOf(api.POST('/dry-run', { body: order, signal: aborter.signal }))
        setJudgement({ forecast, error: undefined, waits: false })
      } catch (cause) {
        if (aborter.signal.aborted) return
        const error = errorOf(cause)
        setJudgement((before) => ({ forecast: before.forecast, error, waits: false }))
      }
    }, PAUSE_MS)
    return () => {
      clearTimeout(timer)
      aborter.abort()
    }
  }, [key])
  return judgement
}

/** Returns what is wrong with a field of the recipe or one inside it. */
export function faultOf({ error }: Judgement, field: string): string | undefined {
  if (!(error instanceof ProblemError)) return undefined
  const place = `/recipe/${field}`
  const found = error.faults.filter(({ path }) => path === place || path?.startsWith(`${place}/`))
  return found.length === 0 ? undefined : found.map(({ message }) => message).join(' ')
}
