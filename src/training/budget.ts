/** The time that a training has for its fits, by the clock of its process. */
export class TimeLimit {
  readonly #end: number

  /** @param ms milliseconds from now on */
  constructor(ms: number) {
    this.#end = performance.now() + ms
  }

  /** Returns the milliseconds that are left; 0 once the time is over. */
  leftMs(): number {
    return Math.max(0, this.#end - performance.now())
  }

  isOver(): boolean {
    return this.leftMs() === 0
  }

  /** Returns the limit of the next of several fits. @param part its part of the time that is left, from 0 to 1 */
  share(part: number): TimeLimit {
    return new TimeLimit(this.leftMs() * part)
  }
}

/** What a training left out because its time was over. */
export interface BudgetCut {
  /**
   * Epochs of the fit on the training rows, of the folds that choose the number of epochs, of the folds that measure the
   * version, or of the last fit on all rows; candidates that were compared, or those of them that did all their epochs.
   */
  what: 'epochs' | 'foldEpochs' | 'measuredEpochs' | 'lastFitEpochs' | 'candidates' | 'wholeCandidates'
  done: number
  of: number
  /** Those of the network or fold that had to leave out the least, where several were cut. Absent: `done`. */
  most?: number
}

/** Returns what was left out with its name, as a list; empty: nothing was. */
export function cutsOf(what: BudgetCut['what'], cut: Omit<BudgetCut, 'what'> | null): BudgetCut[] {
  return cut ? [{ ...cut, what }] : []
}

/** Returns one cut for several networks or folds: that which left the least, and how far others like it came; null for none. */
export function joinCuts<Cut extends Omit<BudgetCut, 'what'>>(cuts: readonly Cut[]): Cut | null {
  const least = cuts.reduce<Cut | null>(
    (least, cut) => (least === null || cut.done / cut.of < least.done / least.of ? cut : least),
    null,
  )
  if (least === null) return null
  const alike = cuts.filter(({ of }) => of === least.of)
  const most = Math.max(...alike.map((cut) => cut.most ?? cut.done))
  return most > least.done ? { ...least, most } : least
}
