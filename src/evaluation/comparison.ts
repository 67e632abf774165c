/** Two versions' value of a metric on the same rows, or why there is no fair comparison (a sentence). */
export type Comparison =
  | {
      fair: true
      /** Id of the data set that the rows are of. */
      dataset: string
      rows: number
      candidate: number
      production: number
      /** What could not be made sure of, a sentence, or null. */
      note: string | null
    }
  | { fair: false; reason: string }
