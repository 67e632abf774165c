import { argMax } from './probabilities.ts'

/** Probabilities of classes for rows that have a label. */
export interface LabelledProbabilities {
  readonly classes: number
  /** Shape [rows, classes], from networks that have not seen the row. */
  readonly probabilities: Float64Array
  /** Class number of each row's label. */
  readonly labels: ArrayLike<number>
}

/** A row in the order of doubt about its label. */
export interface DoubtedLabel {
  /** Index of the row. */
  readonly row: number
  /** True if confident learning counts the label among the errors. */
  readonly likely: boolean
  /** Probability of the label less that of the likeliest other class: −1 (surely wrong) to 1. */
  readonly margin: number
}

/**
 * Ranks rows by how doubtful their labels are, by confident learning (Northcutt, Jiang and Chuang 2021, "Confident Learning:
 * Estimating Uncertainty in Dataset Labels"). A class has the mean probability that rows of its label have for it as its
 * threshold; a row is confidently of the likeliest class that reaches its threshold. Rows that are confidently of another
 * class than their label are the likely errors. They come first, then all others, each by the normalised margin.
 */
export function doubtedLabels({ classes, probabilities, labels }: LabelledProbabilities): DoubtedLabel[] {
  const thresholds = thresholdsOf({ classes, probabilities, labels })
  const rows = Array.from({ length: labels.length }, (_, row): DoubtedLabel => {
    const own = probabilities.subarray(row * classes, (row + 1) * classes)
    const label = labels[row] ?? 0
    const confident = own.map((probability, each) =>
      probability >= (thresholds[each] ?? 1) ? probability : Number.NEGATIVE_INFINITY,
    )
    const best = argMax(confident)
    const isConfident = (confident[best] ?? 0) >= 0
    const others = own.map((probability, each) => (each === label ? Number.NEGATIVE_INFINITY : probability))
    const margin = (own[label] ?? 0) - (others[argMax(others)] ?? 0)
    return { row, likely: isConfident && best !== label, margin }
  })
  return rows.sort((a, b) => Number(b.likely) - Number(a.likely) || a.margin - b.margin || a.row - b.row)
}

/** Returns each class's mean probability among the rows of its label; 1 for a class that no row has. */
function thresholdsOf({ classes, probabilities, labels }: LabelledProbabilities): Float64Array {
  const sums = new Float64Array(classes)
  const counts = new Float64Array(classes)
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row] ?? 0
    sums[label] = (sums[label] ?? 0) + (probabilities[row * classes + label] ?? 0)
    counts[label] = (counts[label] ?? 0) + 1
  }
  return sums.map((sum, label) => ((counts[label] ?? 0) > 0 ? sum / (counts[label] ?? 1) : 1))
}
