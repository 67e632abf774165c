import { createHash } from 'node:crypto'
import type { CompleteRecipe } from '../../recipe/index.ts'
import { ENGINE } from '../../version.ts'
import type { Examples, LayerPlan } from '../engine.ts'
import { ARITHMETIC, chooseEngine, type EngineName } from '../engines.ts'
import type { FitCheckpoint, RunCheckpoints } from './checkpoints.ts'

/** What a fit is of, and where it is kept how far it is. */
export interface FitShape {
  recipe: CompleteRecipe
  plan: readonly LayerPlan[]
  training: Examples
  validation: Examples | null
  epochs: number
  /** Where it is kept how far the run is, and found how far an earlier process came. */
  checkpoints?: Pick<RunCheckpoints, 'next'> | undefined
}

/** The run's next checkpoint, which is this fit's; null where none are kept. */
export function checkpointOf(fit: FitShape): FitCheckpoint | null {
  const { checkpoints, recipe, plan, training } = fit
  return checkpoints?.next(keyOf(fit, chooseEngine(recipe, plan, training))) ?? null
}

/** Equal for fits that give the same weights. */
function keyOf({ recipe, plan, training, validation, epochs }: FitShape, engine: EngineName): string {
  const sizes = [training, validation].map((examples) => examples && [examples.rows.rows, examples.inputs])
  const all = JSON.stringify([ENGINE, ARITHMETIC, engine, recipe, plan, epochs, sizes])
  return createHash('sha256').update(all).digest('hex')
}
