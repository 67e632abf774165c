import { KEPT_SHARE, recipeNotes } from '../../recipe/index.ts'
import type { DryRun } from '../contract.ts'
import { checkOrder, type OrderChecks } from './order.ts'

/**
 * Checks an order and estimates its cost.
 * @param workers processes that folds and trials are spread over
 * @throws FitserveError `invalid-job` with every problem
 */
export async function dryRun(checks: OrderChecks, body: unknown, workers: number): Promise<DryRun> {
  const { recipe, parts, dataset, warnings, cost } = await checkOrder(checks, body)
  const { whole, partSeconds, memoryMb } = cost
  const sideBySide = partSeconds / Math.max(1, Math.min(workers, parts.length))
  // After the folds the job trains them once more, one after the other, for as many epochs as the version.
  const again = recipe.search === null ? partSeconds : 0
  const seconds = whole.seconds + sideBySide + again * KEPT_SHARE
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

function rounded(seconds: number): number {
  return seconds < 10 ? Math.round(seconds * 10) / 10 : Math.round(seconds)
}
