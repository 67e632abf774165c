import { type CompleteRecipe, type Estimate, estimateCost, recipeNotes } from '../../recipe/index.ts'
import { inTurns, type Steps } from '../../runtime/steps.ts'
import type { DryRun } from '../contract.ts'
import { checkOrder, type Order, type OrderChecks } from './order.ts'

/** Share of the epochs that the version is trained for after k-fold: the best of them may be any. */
const KEPT_SHARE = 0.5
/** Time to hand a part to a running process, in seconds. */
const PART_SECONDS = 0.2

/**
 * Checks an order and estimates its cost.
 * @param workers processes that folds and trials are spread over
 * @throws FitserveError `invalid-job` with every problem
 */
export async function dryRun(checks: OrderChecks, body: unknown, workers: number): Promise<DryRun> {
  const { recipe, parts, dataset, warnings } = await checkOrder(checks, body)
  const whole = estimateCost(recipe, dataset)
  const all = await inTurns(estimates(parts, dataset))
  const workersUsed = Math.max(1, Math.min(workers, parts.length))
  const inTurn = all.reduce((sum, each) => sum + partSeconds(recipe, each), 0)
  const sideBySide = inTurn / workersUsed
  // After the folds the job trains them once more, one after the other, for as many epochs as the version.
  const again = recipe.search === null ? inTurn : 0
  const seconds = whole.seconds + sideBySide + again * KEPT_SHARE
  const memoryMb = Math.max(whole.memoryMb, ...all.map((each) => each.memoryMb))
  const { inputs, parameters } = whole
  return {
    recipe,
    inputs,
    parameters,
    warnings,
    notes: recipeNotes(recipe, dataset),
    estimated: { seconds: rounded(seconds), memoryMb: Math.ceil(memoryMb / 10) * 10 },
  }
}

/** Estimates each fold or trial. A search has hundreds, and a wide table takes some time for each. */
function* estimates(parts: Order['parts'], dataset: Order['dataset']): Steps<Estimate[]> {
  const all: Estimate[] = []
  for (const { recipe } of parts) {
    yield
    all.push(estimateCost(recipe, dataset))
  }
  return all
}

/**
 * Returns the time of one fold or trial, in seconds. A fold trains on all rows but its own; by time, on the rows before it,
 * on average half of all.
 */
function partSeconds(
  { search, validation, time }: CompleteRecipe,
  { seconds, startSeconds }: Estimate,
): number {
  const { kFold } = validation ?? {}
  const work = seconds - startSeconds
  if (search || kFold === undefined) return PART_SECONDS + work
  return PART_SECONDS + work * (time === null ? 1 - 1 / kFold : 0.5)
}

function rounded(seconds: number): number {
  return seconds < 10 ? Math.round(seconds * 10) / 10 : Math.round(seconds)
}
