import { listQuoted, quoted } from '../errors.ts'
import { suggestion } from './names.ts'
import type { AddProblem } from './problems.ts'
import type { CompleteRecipe } from './schema.ts'

/** Classes below which an order says nothing that the two classes alone do not. */
const FEWEST_CLASSES = 3

/**
 * Checks the order of a recipe's classes.
 * @param classes of the target; undefined: the description does not tell, and a training checks them
 */
export function checkRank(
  { rank, task }: CompleteRecipe,
  classes: readonly string[] | undefined,
  problem: AddProblem,
): void {
  if (rank === null) return
  if (task !== 'multiclass') {
    problem(
      '/rank',
      `Only the classes of the task multiclass have an order, and this task is ${task}. Remove rank.`,
    )
    return
  }
  const fault = classes ? rankFault(rank, classes) : listFault(rank)
  if (fault !== undefined) problem('/rank', fault)
}

function repeatedIn(rank: readonly string[]): string | undefined {
  const twice = rank.find((name, at) => rank.indexOf(name) < at)
  return twice === undefined ? undefined : `The class ${quoted(twice)} is listed twice. Remove one.`
}

/** Returns what is wrong with a list, whatever the classes are. */
function listFault(rank: NonNullable<CompleteRecipe['rank']>): string | undefined {
  if (rank === true) return undefined
  const repeated = repeatedIn(rank)
  if (repeated !== undefined) return repeated
  return rank.length < FEWEST_CLASSES
    ? `The list has ${rank.length} classes, and ranks need at least ${FEWEST_CLASSES}. Remove rank.`
    : undefined
}

/** Returns why classes cannot be ranked as a recipe says, as a sentence with the remedy; undefined if they can. */
export function rankFault(
  rank: NonNullable<CompleteRecipe['rank']>,
  classes: readonly string[],
): string | undefined {
  if (classes.length < FEWEST_CLASSES)
    return `The target has ${classes.length} classes, and ranks need at least ${FEWEST_CLASSES}. Remove rank.`
  if (rank === true) {
    const word = classes.find((name) => name.trim() === '' || !Number.isFinite(Number(name)))
    if (word === undefined) return undefined
    return `The class ${quoted(word)} is no number, so that the order of the classes is not known. Give rank as a list of all classes, the lowest first.`
  }
  const unknown = rank.find((name) => !classes.includes(name))
  if (unknown !== undefined)
    return `Unknown class${suggestion(unknown, classes)} The target has: ${listQuoted(classes)}.`
  const repeated = repeatedIn(rank)
  if (repeated !== undefined) return repeated
  const missing = classes.filter((name) => !rank.includes(name))
  return missing.length === 0
    ? undefined
    : `The list lacks classes of the target: ${listQuoted(missing)}. Add them.`
}
