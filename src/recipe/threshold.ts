import { listQuoted } from '../errors.ts'
import { suggestion } from './names.ts'
import type { AddProblem } from './problems.ts'
import type { CompleteRecipe } from './schema.ts'

/**
 * Checks which of two classes is the positive one, and a rule that chooses the threshold from which it is answered.
 * @param classes of the target; undefined: the description does not tell, and a training checks them
 */
export function checkThreshold(
  { task, positive, threshold, validation }: CompleteRecipe,
  classes: readonly string[] | undefined,
  problem: AddProblem,
): void {
  if (typeof threshold === 'object' && task === 'binary' && validation === null)
    problem(
      '/threshold',
      'Validation rows choose the threshold, and validation is null. Give a number such as 0.5, or validate.',
    )
  if (positive === null) return
  if (task !== 'binary')
    problem('/positive', `One of two classes is the positive one, and the task is ${task}. Remove positive.`)
  else if (classes && !classes.includes(positive)) problem('/positive', positiveFault(positive, classes))
}

/** Says that the positive class is none of the target's. */
export function positiveFault(positive: string, classes: readonly string[]): string {
  return `Unknown class${suggestion(positive, classes)} The target has: ${listQuoted(classes)}.`
}
