import { z } from 'zod'
import type { FieldProblem } from './errors.ts'

// What a client may ask for beside an answer, in a request, a stream and an order of a batch prediction alike.

/** Smallest and largest share of rows for which an interval or a set can be asked for. */
export const LEVELS = { least: 0.5, most: 0.99 } as const

const Level = z.number().min(LEVELS.least).max(LEVELS.most)

/** The fields of the options. */
export const UNCERTAINTY_OPTIONS = {
  interval: Level.describe(
    'Regression: level of the prediction `interval`, the share of rows whose true value it contains, from 0.5 to 0.99.',
  ).optional(),
  set: Level.describe(
    'Classifier: level of the prediction set in `labels`, the share of rows whose true class it contains, from 0.5 to 0.99.',
  ).optional(),
  abstain: z
    .number()
    .gt(0)
    .max(1)
    .describe('Classifier: `abstained` is true if the `confidence` is below this.')
    .optional(),
}

/** What is asked for beside the answer to a row. */
export interface UncertaintyOptions {
  interval?: number | undefined
  set?: number | undefined
  abstain?: number | undefined
}

/** The largest level that a version answers an interval and a set for; null: none. */
export interface AnswerableLevels {
  interval: number | null
  set: number | null
}

/** Returns whether anything is asked for. */
export function asksForUncertainty({ interval, set, abstain }: UncertaintyOptions): boolean {
  return interval !== undefined || set !== undefined || abstain !== undefined
}

/**
 * Returns why a version cannot give what is asked for, with the paths of the options.
 * @param task the version's @param levels absent: an earlier release trained the version
 */
export function uncertaintyFaults(
  options: UncertaintyOptions,
  task: string,
  levels: AnswerableLevels | undefined,
): FieldProblem[] {
  const problems: FieldProblem[] = []
  const { interval, set, abstain } = options
  const oneClass = task === 'binary' || task === 'multiclass'
  if (interval !== undefined) {
    const message =
      task === 'regression'
        ? levelFault(interval, levels?.interval)
        : `Only a regression has intervals, and this version has the task ${task}.${oneClass ? ' Use "set" instead.' : ''}`
    if (message !== undefined) problems.push({ path: '/interval', message })
  }
  if (set !== undefined) {
    const message = oneClass
      ? levelFault(set, levels?.set)
      : `Only a classifier with one class per row has sets, and this version has the task ${task}.${task === 'regression' ? ' Use "interval" instead.' : ''}`
    if (message !== undefined) problems.push({ path: '/set', message })
  }
  if (abstain !== undefined && !oneClass)
    problems.push({
      path: '/abstain',
      message: `Only a classifier with one class per row can abstain, and this version has the task ${task}. Leave "abstain" out.`,
    })
  return problems
}

function levelFault(level: number, most: number | null | undefined): string | undefined {
  if (most === undefined || most === null)
    return 'The version keeps no errors of rows that it was not trained on: it has none, or an earlier release trained it. Train a version with validation rows.'
  if (level <= most) return undefined
  return `The version was measured on too few rows for this level. It answers levels up to ${most}.`
}
