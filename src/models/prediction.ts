/** The answer to one row: of a classifier with its probabilities, a row's labels, or a regression's value in its unit. */
export type Prediction =
  | {
      label: string
      /** Probability of the positive class; with more than two classes, of the label. */
      score: number
      /** Probability of the label. */
      confidence: number
      probabilities: Record<string, number>
    }
  | {
      /** The labels that are answered, the likeliest first; each with its probability. */
      labels: { label: string; score: number }[]
      /** Probability of each label. */
      probabilities: Record<string, number>
    }
  | { value: number }
  /** Value of each target, in its own unit. */
  | { values: Record<string, number> }
