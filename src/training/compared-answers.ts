import type { Table } from '../datasets/table.ts'
import { binaryMetric, multiclassMetric, multiLabelMetric, regressionMetric } from '../evaluation/metrics.ts'
import { severalMetric } from '../evaluation/several-targets.ts'
import type { EncoderFile } from '../models/files/files.ts'
import type { Member } from '../models/network/network.ts'
import { costsOf, decisionShiftsOf, isOrdinal, scoresOf, type TargetState } from '../models/target.ts'
import { inNfc } from '../normal-form.ts'
import { type CompleteRecipe, labelsOf, type Metric, targetNames } from '../recipe/index.ts'
import { calibratedScores } from './calibration/calibrate.ts'
import { encodeExamples, ownTruth } from './data/examples.ts'
import { columnOf } from './data/tables.ts'
import { ownAnswers } from './evaluate.ts'
import type { HeldOut } from './held-out.ts'
import { byClass } from './ordinal.ts'
import { score } from './score.ts'

/** A version that can answer rows. */
export interface AnsweringVersion {
  recipe: CompleteRecipe
  encoder: EncoderFile
  members: Member[]
  /** Answers to rows that its network was trained on; null: there are none. */
  heldOut: HeldOut | null
}

/** A version's answers to rows: a classifier's logits, or a regression's values in the target's own unit. */
export interface Answers {
  target: TargetState
  outputs: number
  values: Float64Array
}

/**
 * Answers rows.
 * @param places of each row that the version was trained on, the place of its held-out answer
 */
export async function answersTo(
  { recipe, encoder, members, heldOut }: AnsweringVersion,
  table: Table,
  rows: Uint32Array,
  places: ReadonlyMap<number, number>,
): Promise<Answers> {
  const { target } = encoder
  const fresh = rows.filter((row) => !places.has(row))
  const outputs = scoresOf(target)
  const values = new Float64Array(rows.length * outputs)
  const copy = (from: Float64Array, place: number, at: number) =>
    values.set(from.subarray(place * outputs, (place + 1) * outputs), at * outputs)
  if (fresh.length > 0) {
    const examples = await encodeExamples(encoder, targetNames(recipe), table, fresh, () => undefined)
    const { logits } = calibratedScores(target, byClass(score(members, examples), isOrdinal(target)))
    const own = ownAnswers(target, logits)
    let next = 0
    for (const [at, row] of rows.entries()) if (!places.has(row)) copy(own, next++, at)
  }
  for (const [at, row] of rows.entries()) {
    const place = places.get(row)
    if (place !== undefined && heldOut) copy(heldOut.values, place, at)
  }
  return { target, outputs, values }
}

/**
 * Returns the metric of each of two versions' answers to the same rows; null where they do not define it. Where classes
 * differ, a row of a class that a version does not know counts against it; then only accuracy and topK have a value.
 * @param versions answers of both, of one target
 */
export function measuredBoth(
  metric: Metric,
  targets: readonly string[],
  { table, rows, weights }: { table: Table; rows: Uint32Array; weights?: Float64Array | undefined },
  versions: readonly [Answers, Answers],
): [number | null, number | null] {
  const [{ target }] = versions
  if (target.task === 'severalNumbers') {
    const truth = ownTruth(target, targets, table, rows) ?? new Float64Array()
    const options = { targets: targets.length, weights }
    const of = ({ values }: Answers) => severalMetric(metric, values, truth, options)
    return [of(versions[0]), of(versions[1])]
  }
  if (target.task === 'regression') {
    const truth = ownTruth(target, targets, table, rows) ?? new Float64Array()
    const of = ({ values }: Answers) => regressionMetric(metric, values, truth, weights)
    return [of(versions[0]), of(versions[1])]
  }
  const cell = columnOf(table, targets[0] ?? '')
  if (target.task === 'multiLabel') {
    const ofRow = (row: number) => labelsOf(String(cell(row)), target.separator)
    return measuredLabels(metric, { labels: Array.from(rows, ofRow), weights }, versions)
  }
  const labels = Array.from(rows, (row) => inNfc(String(cell(row))))
  const all = [...new Set([...versions.flatMap(classesOf), ...labels])]
  const positions = new Map(all.map((name, at) => [name, at]))
  const truth = Float64Array.from(labels, (label) => positions.get(label) ?? -1)
  const alike = versions.every((version) => JSON.stringify(classesOf(version)) === JSON.stringify(all))
  const of = (answers: Answers) => {
    if (!alike) {
      const logits = spread(answers, positions, rows.length)
      return multiclassMetric(metric, { rows: rows.length, outputs: all.length, logits, truth, weights })
    }
    const costs = costsOf(answers.target)
    const scored = {
      rows: rows.length,
      outputs: answers.outputs,
      logits: answers.values,
      truth,
      weights,
      costs,
      decisionShifts: decisionShiftsOf(answers.target),
    }
    return answers.target.task === 'binary'
      ? binaryMetric(metric, scored, answers.target.threshold)
      : multiclassMetric(metric, scored)
  }
  return [of(versions[0]), of(versions[1])]
}

/** Does the same for rows with any number of labels. A label that a version does not know is never answered by it. */
function measuredLabels(
  metric: Metric,
  { labels, weights }: { labels: readonly string[][]; weights: Float64Array | undefined },
  versions: readonly [Answers, Answers],
): [number | null, number | null] {
  const all = [...new Set([...versions.flatMap(classesOf), ...labels.flat()])]
  const positions = new Map(all.map((name, at) => [name, at]))
  const truth = new Float64Array(labels.length * all.length)
  for (const [row, own] of labels.entries())
    for (const label of own) truth[row * all.length + (positions.get(label) ?? 0)] = 1
  const of = (answers: Answers) => {
    const { target } = answers
    if (target.task !== 'multiLabel') return null
    const thresholds = all.map(() => 0.5)
    for (const [at, name] of classesOf(answers).entries())
      thresholds[positions.get(name) ?? 0] = target.thresholds[at] ?? 0.5
    const logits = spread(answers, positions, labels.length)
    const scored = { rows: labels.length, outputs: all.length, logits, truth, weights }
    return multiLabelMetric(metric, scored, thresholds)
  }
  return [of(versions[0]), of(versions[1])]
}

function classesOf({ target }: Answers): readonly string[] {
  return 'classes' in target ? target.classes.map(inNfc) : []
}

/**
 * Returns logits for each of all classes: −∞ for those that the version does not know, and the largest of those of which
 * it knows several spellings.
 */
function spread(answers: Answers, positions: ReadonlyMap<string, number>, rows: number): Float64Array {
  const { target, outputs, values } = answers
  const size = positions.size
  const logits = new Float64Array(rows * size).fill(Number.NEGATIVE_INFINITY)
  for (let row = 0; row < rows; row++)
    for (const [label, name] of classesOf(answers).entries()) {
      const at = row * size + (positions.get(name) ?? 0)
      const known = logits[at] ?? Number.NEGATIVE_INFINITY
      if (target.task !== 'binary') logits[at] = Math.max(known, values[row * outputs + label] ?? 0)
      // The negative class has the logit of the threshold, from which on the other one is answered.
      else if (label === 0) logits[at] = Math.log(target.threshold / (1 - target.threshold))
      else logits[at] = Math.max(known, values[row] ?? 0)
    }
  return logits
}
