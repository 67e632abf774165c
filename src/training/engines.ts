import type { CompleteRecipe } from '../recipe/index.ts'
import type { Engine, EngineInput, Examples, LayerPlan } from './engine.ts'
import { createTypedEngine } from './typed/engine.ts'

export type EngineName = 'tensorflow' | 'typed'

/** Opens an engine by name. TensorFlow is loaded when it is first asked for: some 400 MB. */
export async function openEngine(name: EngineName, input: EngineInput): Promise<Engine> {
  if (name === 'typed') return createTypedEngine(input)
  const { createTensorFlowEngine } = await import('./tensorflow/engine.ts')
  return createTensorFlowEngine(input)
}

/** Multiplications of a step above which TensorFlow is faster. */
const TYPED_MULTIPLICATIONS = 2_000_000

export function chooseEngine(recipe: CompleteRecipe, plan: readonly LayerPlan[], training: Examples): EngineName {
  if (recipe.engine !== 'auto') return recipe.engine
  return multiplications(recipe, plan, training) < TYPED_MULTIPLICATIONS ? 'typed' : 'tensorflow'
}
