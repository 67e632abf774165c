import type { FieldProblem } from '../../errors.ts'
import type { OrderCost } from './order-cost.ts'

/** Largest number of networks that one job fits: a search of 500 recipes, each an ensemble of 10 in 10 folds. */
const MAX_NETWORKS = 50_000
/** Limit on the estimated time of all trainings of a job, in seconds: a year, as `limits.seconds` at most. */
const MAX_SECONDS = 31_536_000
/** An estimate of memory is wrong by a factor of three at most, so that more than this many times a limit is too much. */
const SURE = 4

/** Memory that a process of a job has, in MB, and what says so: a field of the order, a setting, or the machine. */
export interface MemoryLimit {
  mb: number
  source: string
}

/**
 * Returns what is too large about an order, with the number and its limit. A recipe's own sizes are checked with the
 * recipe: here is what its parts make of it together.
 * @param memory the limits that its processes have
 */
export function tooLarge(
  { whole, partSeconds, memoryMb, networks }: OrderCost,
  memory: readonly MemoryLimit[],
): FieldProblem[] {
  const problems: FieldProblem[] = []
  if (networks > MAX_NETWORKS)
    problems.push({
      path: '/recipe',
      message: `The job would fit ${roundedUp(networks)} networks in all (members of ensembles × candidates × folds × trials), and a job fits at most ${roundedUp(MAX_NETWORKS)}. Use fewer of one of these.`,
    })
  const seconds = whole.seconds + partSeconds
  if (seconds > MAX_SECONDS)
    problems.push({
      path: '/recipe/epochs',
      message: `The trainings of the job are estimated at ${roundedUp(seconds)} s in all, more than the limit of ${roundedUp(MAX_SECONDS)} s. Use fewer epochs, folds or trials, larger batches or smaller layers.`,
    })
  for (const { mb, source } of memory)
    if (memoryMb > SURE * mb)
      problems.push({
        path: '/recipe',
        message: `A training of the job is estimated at ${roundedUp(memoryMb)} MB, more than ${SURE} times the ${roundedUp(mb)} MB of ${source}. Use fewer words or rows, or smaller layers or batches.`,
      })
  return problems
}

function roundedUp(count: number): string {
  return Math.ceil(count).toLocaleString('en')
}
