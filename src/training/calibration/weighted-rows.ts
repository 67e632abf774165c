/** Log-odds of a class for some rows, whether each row is of the class (1) or not (0), and how much each counts. */
export interface BinaryRows {
  logits: ArrayLike<number>
  truth: ArrayLike<number>
  /** Absent: all count alike. */
  weights?: ArrayLike<number> | undefined
}

/** Returns the sum of the weights of the rows of the class, and that of the others. */
export function classTotals({ truth, weights }: Omit<BinaryRows, 'logits'>): {
  positives: number
  negatives: number
} {
  let positives = 0
  let negatives = 0
  for (let row = 0; row < truth.length; row++) {
    if (truth[row] === 1) positives += weights?.[row] ?? 1
    else negatives += weights?.[row] ?? 1
  }
  return { positives, negatives }
}
