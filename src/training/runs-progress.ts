import type { TrainingProgress } from '../training-contract.ts'
import type { RunInput } from './runs.ts'

/** Reports the progress of several runs one after the other. */
export class RunsProgress {
  readonly #onProgress: RunInput['onProgress']
  readonly #count: number
  readonly #started = performance.now()
  #done = -1

  /** @param count number of runs */
  constructor(onProgress: RunInput['onProgress'], count: number) {
    this.#onProgress = onProgress
    this.#count = count
  }

  /** Returns what takes the next run's progress. @param isShown whether its epochs and folds are those of the job */
  next(isShown: boolean): RunInput['onProgress'] {
    this.#done += 1
    const done = this.#done
    return (progress: TrainingProgress) => {
      const etaSeconds = progress.etaSeconds === null ? null : this.#rest(done, progress.etaSeconds)
      const told = isShown ? progress : { ...progress, epochEnded: false, foldValues: null }
      return this.#onProgress({ ...told, etaSeconds })
    }
  }

  /** Returns the seconds left, if each run takes as long as those so far. */
  #rest(done: number, running: number): number {
    const spent = (performance.now() - this.#started) / 1000
    const rest = running + ((spent + running) / (done + 1)) * (this.#count - 1 - done)
    return Math.round(rest * 10) / 10
  }
}
