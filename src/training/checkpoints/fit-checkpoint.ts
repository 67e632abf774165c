import { createHash } from 'node:crypto'
import type { CompleteRecipe } from '../../recipe/index.ts'
import { ENGINE } from '../../version.ts'
import type { Examples, LayerPlan } from '../engine.ts'
import { ARITHMETIC, chooseEngine, type EngineName } from '../engines.ts'
import type { FitCheckpoint, RunCheckpoints } from './checkpoints.ts'

/** Recipe, layers and rows of a fit, which its checkpoint must match. */
export interface FitShape {
  recipe: CompleteRecipe
  plan: readonly LayerPlan[]
  training: Examples
  validation: Examples | null
  epochs: number
  /** Keeps the state of the run, and finds that of an earlier process. Default: none is kept. */
  checkpoints?: Pick<RunCheckpoints, 'next'> | undefined
}

/** Returns the run's next checkpoint, which is this fit's; null if none are kept. */
export function checkpointOf(fit: FitShape): FitCheckpoint | null {
  const { checkpoints, recipe, plan, training } = fit
  return checkpoints?.next(keyOf(fit, chooseEngine(recipe, plan, training))) ?? null
}

/** Returns a key that is equal for fits that give the same weights. */
function keyOf({ recipe, plan, training, validation, epochs }: FitShape, engine: EngineName): string {
  const sizes = [training, validation].map((examples) => examples && [examples.rows.rows, examples.inputs])
  const all = JSON.stringify([ENGINE, ARITHMETIC, engine, recipe, plan, epochs, sizes])
  return createHash('sha256').update(all).digest('hex')
}
