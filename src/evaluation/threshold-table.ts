import { sigmoid } from '../numbers.ts'
import type { ThresholdRule } from '../recipe/index.ts'
import type { Scored } from './losses.ts'
import type { ThresholdTable } from './schema.ts'

/** Thresholds of a table: enough to be within half a percent of any wanted recall. */
const MOST_THRESHOLDS = 200

/**
 * Counts what a binary classifier answers from each of some thresholds on, by the rows' weights; undefined where one class
 * has no row. A threshold lies halfway between two neighbouring scores, so that rounding moves no row across it.
 */
export function thresholdTable({ rows, logits, truth, weights }: Scored): ThresholdTable | undefined {
  const order = Uint32Array.from({ length: rows }, (_, row) => row)
  order.sort((a, b) => (logits[b] ?? 0) - (logits[a] ?? 0))
  const scoreAt = (at: number) => sigmoid(logits[order[at] ?? 0] ?? 0)
  const thresholds: number[] = []
  const truePositives: number[] = []
  const falsePositives: number[] = []
  let right = 0
  let wrong = 0
  for (let at = 0; at < rows; at++) {
    const row = order[at] ?? 0
    if (truth[row] === 1) right += weights?.[row] ?? 1
    else wrong += weights?.[row] ?? 1
    const score = scoreAt(at)
    const below = at + 1 < rows ? scoreAt(at + 1) : 0
    if (!(below < score)) continue
    thresholds.push((score + below) / 2)
    truePositives.push(right)
    falsePositives.push(wrong)
  }
  if (right === 0 || wrong === 0) return undefined
  const kept = thinned(thresholds.length)
  const table = {
    positives: right,
    negatives: wrong,
    thresholds: kept.map((at) => thresholds[at] ?? 0),
    truePositives: kept.map((at) => truePositives[at] ?? 0),
    falsePositives: kept.map((at) => falsePositives[at] ?? 0),
  }
  const best = bestPlace(table, (at) => figuresAt(table, at).f1)
  return { ...table, bestF1: { threshold: table.thresholds[best] ?? 0.5, ...figuresAt(table, best) } }
}

/** Returns some of the places of a list, its ends among them. */
function thinned(length: number): number[] {
  const count = Math.min(length, MOST_THRESHOLDS)
  if (count <= 1) return Array.from({ length: count }, (_, at) => at)
  return Array.from({ length: count }, (_, at) => Math.round((at * (length - 1)) / (count - 1)))
}

type Counts = Omit<ThresholdTable, 'bestF1'>

/** Returns precision, recall and F1 of the positive class at a threshold, by its place. */
export function figuresAt(
  { positives, truePositives, falsePositives }: Counts,
  at: number,
): { precision: number; recall: number; f1: number } {
  const right = truePositives[at] ?? 0
  const wrong = falsePositives[at] ?? 0
  return {
    precision: right + wrong > 0 ? right / (right + wrong) : 0,
    recall: right / positives,
    f1: (2 * right) / (positives + right + wrong),
  }
}

/** Returns the place of the threshold that a rule chooses: of equally good ones the highest. */
export function placeOfRule(table: Counts, rule: ThresholdRule): number {
  if ('metric' in rule) return bestPlace(table, (at) => figuresAt(table, at).f1)
  if ('recall' in rule) {
    const first = table.thresholds.findIndex((_, at) => figuresAt(table, at).recall >= rule.recall)
    return first < 0 ? table.thresholds.length - 1 : first
  }
  if ('precision' in rule) {
    const enough = (_: number, at: number) => figuresAt(table, at).precision >= rule.precision
    const last = table.thresholds.findLastIndex(enough)
    // Where none is as precise, the most precise one comes nearest.
    return last < 0 ? bestPlace(table, (at) => figuresAt(table, at).precision) : last
  }
  const { fp, fn } = rule.costs
  const { positives, truePositives, falsePositives } = table
  return bestPlace(
    table,
    (at) => -(fp * (falsePositives[at] ?? 0) + fn * (positives - (truePositives[at] ?? 0))),
  )
}

function bestPlace({ thresholds }: Pick<Counts, 'thresholds'>, value: (at: number) => number): number {
  let best = 0
  for (const at of thresholds.keys()) if (value(at) > value(best)) best = at
  return best
}
