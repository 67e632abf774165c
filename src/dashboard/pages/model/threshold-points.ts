import type { components } from '../../api/openapi.ts'

type Evaluation = components['schemas']['Evaluation']

/** What an answer from a threshold on would do to the rows of the evaluation. */
export interface ThresholdPoint {
  /** The class that is answered from the threshold on. */
  positive: string
  precision: number
  recall: number
  accuracy: number
  /** Rows, or their weights where rows have such. */
  falsePositives: number
  falseNegatives: number
}

/**
 * Returns what a threshold does, by the counts that the evaluation has for some 200 thresholds.
 * @returns undefined for a model that has no threshold, or an evaluation without such counts
 */
export function pointAt(
  { classes = [], thresholds: counts }: Pick<Evaluation, 'classes' | 'thresholds'>,
  threshold: number,
): ThresholdPoint | undefined {
  const [, positive, ...others] = classes
  if (positive === undefined || others.length > 0 || !counts) return undefined
  const { positives, negatives, thresholds } = counts
  // They fall: the last one that is not below the threshold stands for the rows that are answered as positive.
  const at = thresholds.findLastIndex((each) => each >= threshold)
  const truePositives = counts.truePositives[at] ?? 0
  const falsePositives = counts.falsePositives[at] ?? 0
  const answered = truePositives + falsePositives
  const all = positives + negatives
  return {
    positive,
    precision: answered === 0 ? 0 : truePositives / answered,
    recall: positives === 0 ? 0 : truePositives / positives,
    accuracy: all === 0 ? 0 : (truePositives + negatives - falsePositives) / all,
    falsePositives,
    falseNegatives: positives - truePositives,
  }
}
