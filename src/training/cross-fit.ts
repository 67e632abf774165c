import type { EpochValues } from '../evaluation/history.ts'
import { meanLoss, type Scored } from '../evaluation/losses.ts'
import { halfOfRows, takeRows } from '../evaluation/take-rows.ts'
import { type CompleteRecipe, largerIsBetter, validationName } from '../recipe/index.ts'
import type { CrossFitState } from './checkpoints/checkpoints.ts'
import { isProbabilistic } from './engine.ts'
import { byClass } from './ordinal.ts'

/*
 * The best epoch is chosen by the validation rows, so their figures at that epoch are too good. Here each half of the
 * rows, those at even places and those at odd ones, is answered at the epoch that the other half chose (D-191).
 */

/** The network's answers to the validation rows after an epoch. */
export interface EpochAnswers {
  /** With the outputs of the network, not yet those of ordered classes. */
  scored: Scored
  /** The layers' penalties, which are a part of the loss that is monitored. */
  penalty: number
  /** Whether it is the best epoch so far by all rows. */
  improved: boolean
}

/** Keeps answers to validation rows during a fit, each at an epoch that the row itself did not choose. */
export class CrossFit {
  readonly #recipe: CompleteRecipe
  readonly #metricsOf: (scored: Scored) => EpochValues
  readonly #best: [number | null, number | null]
  #logits: Float64Array

  /** @param kept the state that an earlier process left; null: none did */
  constructor(
    recipe: CompleteRecipe,
    metricsOf: (scored: Scored) => EpochValues,
    kept: CrossFitState | null,
  ) {
    this.#recipe = recipe
    this.#metricsOf = metricsOf
    this.#best = kept ? [...kept.best] : [null, null]
    this.#logits = kept?.logits ?? new Float64Array()
  }

  /** Takes the answers of an epoch. */
  epochEnded({ scored, penalty, improved }: EpochAnswers): void {
    const { earlyStopping } = this.#recipe
    const isFirst = this.#logits.length === 0
    // Where the last epoch counts, or the training rows choose, these rows have no say.
    const isChosen = earlyStopping?.restoreBest === true
    const bySelf = isChosen && earlyStopping.monitor.startsWith('val')
    if (isFirst || !isChosen || (!bySelf && improved)) this.#logits = scored.logits.slice()
    if (!bySelf) return
    for (const half of [0, 1] as const) {
      const value = this.#monitored(takeRows(scored, halfOfRows(scored.rows, half)), penalty)
      if (value === null || !this.#isBetter(value, this.#best[half])) continue
      this.#best[half] = value
      this.#copy(scored, halfOfRows(scored.rows, half === 0 ? 1 : 0))
    }
  }

  /** The answers so far, shape [rows, outputs]. */
  get answers(): Float64Array {
    return this.#logits
  }

  /** Returns a copy of the state. */
  state(): CrossFitState {
    return { logits: this.#logits.slice(), best: [...this.#best] }
  }

  #copy({ logits, outputs }: Scored, rows: Uint32Array): void {
    for (const row of rows)
      for (let at = row * outputs; at < (row + 1) * outputs; at++) this.#logits[at] = logits[at] ?? 0
  }

  #isBetter(value: number, best: number | null): boolean {
    if (best === null) return true
    return largerIsBetter(this.#recipe.earlyStopping?.monitor ?? '') ? value > best : value < best
  }

  /** Returns the monitored value of rows; null where they do not define it. */
  #monitored(rows: Scored, penalty: number): number | null {
    const { earlyStopping, loss, rank } = this.#recipe
    const scored = byClass(rows, rank !== null)
    if (scored.rows === 0) return null
    if (earlyStopping?.monitor === validationName('loss'))
      return meanLoss(scored, loss, isProbabilistic(this.#recipe)) + penalty
    const values = Object.entries(this.#metricsOf(scored))
    return values.find(([name]) => validationName(name) === earlyStopping?.monitor)?.[1] ?? null
  }
}
