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

type Counted = Pick<Evaluation, 'classes' | 'thresholds' | 'confusionMatrix' | 'weightedMatrix'>

/** Returns the positive class of a model that has a threshold, with the counts by threshold; undefined without either. */
export function countsOf({ classes = [], thresholds }: Counted) {
  const [, positive, ...others] = classes
  return positive === undefined || others.length > 0 || !thresholds ? undefined : { positive, ...thresholds }
}

/**
 * Returns what a threshold does, by the counts that the evaluation has for some 200 thresholds: exactly at these, and within
 * a few rows between them.
 * @param own the version's own threshold, whose counts are those of the confusion matrix
 * @returns undefined for a model that has no threshold, or an evaluation without such counts
 */
export function pointAt(evaluation: Counted, threshold: number, own: number): ThresholdPoint | undefined {
  const counts = countsOf(evaluation)
  if (!counts) return undefined
  const { positive, positives, negatives, thresholds } = counts
  // They fall: the last one that is not below the threshold stands for the rows that are answered as positive.
  const at = thresholds.findLastIndex((each) => each >= threshold)
  const matrix = threshold === own ? (evaluation.weightedMatrix ?? evaluation.confusionMatrix) : undefined
  const truePositives = matrix?.[1]?.[1] ?? counts.truePositives[at] ?? 0
  const falsePositives = matrix?.[0]?.[1] ?? counts.falsePositives[at] ?? 0
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
