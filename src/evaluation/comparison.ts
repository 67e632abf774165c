/** Two versions' values of a metric on the same rows, or the reason, a sentence, why they cannot be compared fairly. */
export type Comparison =
  | {
      fair: true
      /** Id of the data set that the rows come from. */
      dataset: string
      /** Rows that both versions were measured on. */
      rows: number
      /** Value of the new version. */
      candidate: number
      /** Value of the version that is in production. */
      production: number
      /** A sentence about a condition that could not be checked, or null. */
      note: string | null
    }
  | { fair: false; reason: string }
