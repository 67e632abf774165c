import { listQuoted, quoted } from '../errors.ts'
import { suggestion } from './names.ts'
import type { Cost } from './parts.ts'
import { type AddProblem, pointer } from './problems.ts'
import type { CompleteRecipe } from './schema.ts'

/** Classes above which there are no costs: each answer would take the square of their number. */
const MOST_CLASSES = 200

/** What it costs to answer one class where another is true: lines are the true classes, columns the answered ones. */
export type CostMatrix = readonly (readonly number[])[]

/**
 * Returns the costs as a matrix in the order of the classes. What the recipe leaves out costs 0 where the answer is right,
 * else 1.
 */
export function costMatrix(cost: Cost, classes: readonly string[]): number[][] {
  return classes.map((truth, at) => {
    const line = Object.hasOwn(cost, truth) ? (cost[truth] ?? {}) : {}
    return classes.map((answer, other) =>
      Object.hasOwn(line, answer) ? (line[answer] ?? 0) : at === other ? 0 : 1,
    )
  })
}

/**
 * Returns the probability of the second of two classes from which on it is the cheaper answer (Elkan 2001).
 * @param costs such that each mistake costs more than the right answer for the same class
 */
export function costThreshold(costs: CostMatrix): number {
  const falsePositive = extra(costs, 0, 1)
  const falseNegative = extra(costs, 1, 0)
  return falsePositive / (falsePositive + falseNegative)
}

/**
 * Returns the class whose expected cost is the least, of equal ones the likelier.
 * @param probabilityOf gives the probability of a class, by its number
 */
export function cheapestClass(costs: CostMatrix, probabilityOf: (label: number) => number): number {
  let best = 0
  let least = Number.POSITIVE_INFINITY
  for (let answer = 0; answer < costs.length; answer++) {
    let cost = 0
    for (let truth = 0; truth < costs.length; truth++)
      cost += probabilityOf(truth) * (costs[truth]?.[answer] ?? 0)
    if (cost < least || (cost === least && probabilityOf(answer) > probabilityOf(best))) {
      least = cost
      best = answer
    }
  }
  return best
}

/** What a mistake costs beyond the right answer. */
function extra(costs: CostMatrix, truth: number, answer: number): number {
  return (costs[truth]?.[answer] ?? 0) - (costs[truth]?.[truth] ?? 0)
}

/** A fault of the costs, at a path of class names below `/recipe/cost`. */
export interface CostFault {
  path: readonly string[]
  message: string
}

/** Returns what is wrong with costs of these classes. */
export function costFaults(
  cost: Cost,
  task: CompleteRecipe['task'],
  classes: readonly string[],
): CostFault[] {
  if (classes.length > MOST_CLASSES)
    return [
      {
        path: [],
        message: `The target has ${classes.length} classes, and at most ${MOST_CLASSES} can have costs. Remove cost.`,
      },
    ]
  const known = new Set(classes)
  const unknown = Object.entries(cost).flatMap(([truth, line]) =>
    known.has(truth)
      ? Object.keys(line).flatMap((answer) =>
          known.has(answer) ? [] : [{ path: [truth, answer], name: answer }],
        )
      : [{ path: [truth], name: truth }],
  )
  if (unknown.length > 0)
    return unknown.map(({ path, name }) => ({
      path,
      message: `Unknown class${suggestion(name, classes)} The target has: ${listQuoted(classes)}.`,
    }))
  if (task !== 'binary') return []
  const costs = costMatrix(cost, classes)
  return classes.flatMap((truth, at) => {
    const other = classes[1 - at] ?? ''
    if (extra(costs, at, 1 - at) > 0) return []
    return [
      {
        path: Object.hasOwn(cost, truth) ? [truth] : [],
        message: `Answering ${quoted(other)} where ${quoted(truth)} is true costs no more than the right answer, so ${quoted(other)} would always be answered. Let the mistake cost more.`,
      },
    ]
  })
}

/** Checks the costs of a recipe. @param classes of the target; undefined: the description does not tell */
export function checkCosts(
  { task, cost, classWeights, threshold }: CompleteRecipe,
  classes: readonly string[] | undefined,
  problem: AddProblem,
): void {
  if (cost === null) return
  if (task === 'multiLabel') {
    problem('/cost', 'A row has any number of labels, and costs are of one answered class. Remove cost.')
    return
  }
  if (task === 'regression') {
    problem(
      '/cost',
      'A regression answers no classes, so that no mistake between them can cost anything. Remove cost.',
    )
    return
  }
  if (classWeights !== null)
    problem(
      '/cost',
      'Costs are weighed by probabilities, which class weights shift, so that they would count twice. Remove cost or classWeights.',
    )
  if (threshold !== 0.5)
    problem(
      '/threshold',
      'The costs already say from which probability a class is answered. Remove threshold or cost.',
    )
  if (classes)
    for (const { path, message } of costFaults(cost, task, classes)) problem(`/cost${pointer(path)}`, message)
}
