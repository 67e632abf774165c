import { answerOf, api, type Schemas } from '../../api/client.ts'
import { ProblemError } from '../../api/problem.ts'
import { useAsked } from '../../parts/use-asked.ts'
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
  const { answer: forecast, error, waits } = useAsked(order, dryRun, PAUSE_MS)
  return { forecast, error, waits }
}

function dryRun(body: Order, signal: AbortSignal): Promise<Schemas['DryRun']> {
  return answerOf(api.POST('/dry-run', { body, signal }))
}

/** Returns what is wrong with a part of the order or one inside it. @param place its JSON pointer, as `/recipe/epochs` */
export function faultAt({ error }: Pick<Judgement, 'error'>, place: string): string | undefined {
  if (!(error instanceof ProblemError)) return undefined
  const found = error.faults.filter(({ path }) => path === place || path?.startsWith(`${place}/`))
  return found.length === 0 ? undefined : found.map(({ message }) => message).join(' ')
}
