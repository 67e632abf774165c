import type { CompleteRecipe } from '../recipe/index.ts'
import { type Engine, type EngineInput, type Examples, type LayerPlan, mostlyFilled } from './engine.ts'
import { createTypedEngine } from './typed/engine.ts'

export type EngineName = 'tensorflow' | 'typed'

/** Opens an engine by name. TensorFlow is loaded when it is first asked for: some 400 MB. */
export async function openEngine(name: EngineName, input: EngineInput): Promise<Engine> {
  if (name === 'typed') return createTypedEngine(input)
  const { createTensorFlowEngine } = await import('./tensorflow/engine.ts')
  return createTensorFlowEngine(input)
}

/** Multiplications of a step's forward pass that take as long in typed arrays as TensorFlow's dispatch. */
const DISPATCH = 1_000_000

/**
 * The engine of a recipe: what it names, and for `auto` the faster one by shapes alone, so that it is the same
 * on every machine and in every run.
 *
 * TensorFlow takes 1.5 to 2 ms for a step of any size and next to nothing for a multiplication; typed arrays take
 * 0.02 ms and 1.1 ns for each of the forward pass (with its gradients). A mostly empty first layer is summed in
 * typed arrays by both, and faster by the typed engine. Milliseconds of processor time for a step of
 * rmsprop, on one 2-core machine:
 *
 * | hidden layers | inputs | batch | full multiplications | typed | TensorFlow |
 * | --- | --- | --- | --- | --- | --- |
 * | 64-64 | 13 | 1 | 5 thousand | 0.024 | 1.8 |
 * | 64-64 | 13 | 128 | 0.6 million | 1.2 | 1.7 |
 * | 64-64 | 13 | 512 | 2.5 million | 4.6 | 2.2 |
 * | 256-256 | 500 | 1 | 0.2 million | 1.2 | 2.5 |
 * | 256-256 | 500 | 8 | 1.6 million | 2.9 | 2.4 |
 * | 256-256 | 500 | 256 | 50 million | 52 | 4.2 |
 * | 16-16 | 10,000, of which 130 filled | 512 | 0.1 million | 2.7 | 7.7 |
 * | 256-64 | 10,000, of which 130 filled | 512 | 8.4 million | 83 | 137 |
 */
export function chooseEngine(
  recipe: Pick<CompleteRecipe, 'engine' | 'batchSize'>,
  plan: readonly LayerPlan[],
  { rows, inputs }: Examples,
): EngineName {
  if (recipe.engine !== 'auto') return recipe.engine
  if (inputs.sequences.length > 0) return 'tensorflow'
  const batch = Math.min(recipe.batchSize, rows.rows)
  const first = plan[0]?.units ?? 0
  let full = mostlyFilled(rows) ? batch * rows.width * first : 0
  const empty = mostlyFilled(rows) ? 0 : (batch * rows.indices.length * first) / rows.rows
  for (const [index, { units }] of plan.entries())
    if (index > 0) full += batch * (plan[index - 1]?.units ?? 0) * units
  return full < DISPATCH + empty ? 'typed' : 'tensorflow'
}
