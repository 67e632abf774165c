import type { EpochValues } from '../evaluation/history.ts'
import type { CompleteRecipe } from '../recipe/index.ts'

/** The learning rate of each step. */
export interface LearningRates {
  next(): number
  /** Passes over steps that were done before. */
  skip(steps: number): void
  epochEnded(values: EpochValues): void
}

/**
 * The recipe's schedule: `cosine` falls along half a cosine to `alpha` times the rate over all steps
 * (Loshchilov and Hutter 2017), `reduceOnPlateau` multiplies by `factor` after `patience` epochs in which
 * validation loss (training loss without validation rows) was no better, as Keras's callback does.
 */
export function learningRates(recipe: CompleteRecipe, steps: number): LearningRates {
  const schedule = recipe.learningRateSchedule
  let rate = recipe.optimizer.learningRate
  let step = 0
  let best = Number.POSITIVE_INFINITY
  let waited = 0
  return {
    next() {
      step += 1
      if (schedule?.type !== 'cosine') return rate
      const falling = 0.5 * (1 + Math.cos((Math.PI * (step - 1)) / steps))
      return rate * ((1 - schedule.alpha) * falling + schedule.alpha)
    },
    skip(steps) {
      step += steps
    },
    epochEnded(values) {
      if (schedule?.type !== 'reduceOnPlateau') return
      const loss = values['valLoss'] ?? values['loss'] ?? Number.POSITIVE_INFINITY
      // Keras's min_delta.
      if (loss < best - 1e-4) {
        best = loss
        waited = 0
        return
      }
      waited += 1
      if (waited < schedule.patience) return
      rate = Math.max(rate * schedule.factor, schedule.minLearningRate)
      waited = 0
    },
  }
}
