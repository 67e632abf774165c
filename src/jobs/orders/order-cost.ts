import {
  type CompleteRecipe,
  candidateRecipes,
  type Estimate,
  estimateCost,
  foldCount,
  foldShare,
  type TableDescription,
} from '../../recipe/index.ts'
import type { Steps } from '../../runtime/steps.ts'

/** Time to hand a part to a running process, in seconds. */
const PART_SECONDS = 0.2

/** Estimated cost of an order's trainings, accurate to a factor of two or three. */
export interface OrderCost {
  /** One training of the recipe on all rows. */
  whole: Estimate
  /** Time of all folds or trials, one after the other, in seconds. */
  partSeconds: number
  /** Largest memory of any of its processes, in MB. */
  memoryMb: number
  /** Networks that are fitted in all: members of ensembles, in each candidate, fold and trial. */
  networks: number
}

/**
 * Estimates an order. A search has hundreds of trials, and a wide table takes some time for each, so it goes in steps.
 * @param parts recipes of its folds or trials
 */
export function* orderCost(
  recipe: CompleteRecipe,
  parts: readonly CompleteRecipe[],
  table: TableDescription,
): Steps<OrderCost> {
  const whole = estimateCost(recipe, table)
  // The further points of a learning curve are measured once, and by no fold.
  const fold = recipe.learningCurve ? estimateCost({ ...recipe, learningCurve: false }, table) : whole
  const cost: OrderCost = { whole, partSeconds: 0, memoryMb: whole.memoryMb, networks: 0 }
  for (const part of parts) {
    yield
    // Folds have the recipe itself.
    const estimate = part === recipe ? fold : estimateCost(part, table)
    cost.partSeconds += partSeconds(recipe, estimate)
    cost.memoryMb = Math.max(cost.memoryMb, estimate.memoryMb)
    if (recipe.search !== null) cost.networks += networksOf(part)
  }
  if (recipe.search === null) cost.networks = networksOf(recipe)
  return cost
}

/** Returns the time of one fold or trial, in seconds. */
function partSeconds(
  { search, validation, time }: CompleteRecipe,
  { seconds, startSeconds }: Estimate,
): number {
  const { kFold } = validation ?? {}
  const work = seconds - startSeconds
  if (search || kFold === undefined) return PART_SECONDS + work
  return PART_SECONDS + work * foldShare({ kFold, time })
}

/** Returns the networks that a recipe without a search fits, in all its folds. */
function networksOf(recipe: CompleteRecipe): number {
  const members = candidateRecipes(recipe).map(
    ({ ensemble, otherMembers }) => ensemble * (1 + otherMembers.length),
  )
  return members.reduce((sum, count) => sum + count, 0) * Math.max(1, foldCount(recipe))
}
