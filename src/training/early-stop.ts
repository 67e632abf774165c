import type { EpochValues } from '../evaluation/history.ts'
import type { EarlyStopping } from '../recipe/index.ts'
import { largerIsBetter } from '../recipe/index.ts'

/**
 * Returns whether a fit has ended before its last epoch though early stopping had not ended it: its time was over.
 * @param epochs values of the epochs that are done
 * @param wanted number of epochs of the fit
 */
export function endedByTime(
  options: EarlyStopping | null,
  epochs: readonly EpochValues[],
  wanted: number,
): boolean {
  const stop = new EarlyStop(options)
  return epochs.length < wanted && !epochs.some((values) => stop.epochEnded(values).stop)
}

/** Watches one column of the history, as Keras's EarlyStopping does. */
export class EarlyStop {
  readonly #options: EarlyStopping | null
  #best: number | null = null
  #waited = 0

  constructor(options: EarlyStopping | null) {
    this.#options = options
  }

  /** Takes an epoch's values; returns whether it is the best so far, and whether training stops after it. */
  epochEnded(values: EpochValues): { improved: boolean; stop: boolean } {
    if (!this.#options) return { improved: false, stop: false }
    const { monitor, patience } = this.#options
    const value = values[monitor] ?? null
    const better =
      value !== null &&
      (this.#best === null || (largerIsBetter(monitor) ? value > this.#best : value < this.#best))
    if (better) {
      this.#best = value
      this.#waited = 0
      return { improved: true, stop: false }
    }
    this.#waited += 1
    return { improved: false, stop: patience !== null && this.#waited >= Math.max(1, patience) }
  }
}
