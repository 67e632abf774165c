import type { SparseRows } from '../models/encoders/sparse-row.ts'
import type { CompleteRecipe } from '../recipe/index.ts'
import { type Engine, type EngineInput, type Examples, type LayerPlan, mostlyFilled } from './engine.ts'
import { createTypedEngine } from './typed/engine.ts'
import { MAX_BYTES } from './typed/kernels.ts'

/** Name of the code that computes training steps. */
export type EngineName = 'tensorflow' | 'typed'

/**
 * Revision of the arithmetic of both engines and of the weights that they begin with. Raise it by one with every change
 * after which the same input gives weights of other bits, be it the order of a sum or the formula of a kernel
 * (test/training/arithmetic.test.ts notices): a fit that an earlier build left half done is then begun anew, not
 * continued with other steps.
 */
export const ARITHMETIC: number = 2

/** Opens an engine by name. TensorFlow is loaded when it is first asked for: some 400 MB. */
export async function openEngine(name: EngineName, input: EngineInput): Promise<Engine> {
  if (name === 'typed') return createTypedEngine(input)
  const { createTensorFlowEngine } = await import('./tensorflow/engine.ts')
  return createTensorFlowEngine(input)
}

/** Multiplications of a step's forward pass that take as long in the kernels as TensorFlow's dispatch. */
const DISPATCH = 20_000_000

/**
 * Chooses the engine of a recipe: the one that it names, or for `auto` the faster one. `auto` looks at shapes alone, so
 * that the choice is the same on every machine and in every run.
 *
 * TensorFlow takes 1 to 2 ms for a step of any size and 0.07 ns for a multiplication of the forward pass (with its
 * gradients); the kernels of the typed engine take 0.01 ms and 0.13 ns, and half of that behind relu, since they leave
 * out what is 0. A mostly empty first layer is summed by both, and faster by the typed engine; of a curve it takes two
 * inputs. Milliseconds of processor time for a step of rmsprop with one thread:
 *
 * | hidden layers | inputs | batch | full multiplications | typed | TensorFlow |
 * | --- | --- | --- | --- | --- | --- |
 * | 64-64 | 13 | 1 | 5 thousand | 0.007 | 1.0 |
 * | 64-64 | 13 | 512 | 2.5 million | 0.8 | 4.0 |
 * | 256-256 | 500 | 1 | 0.2 million | 0.2 | 2.4 |
 * | 256-256 | 500 | 64 | 13 million | 1.7 | 4 |
 * | 256-256 | 500 | 256 | 50 million | 6.0 | 4.9 |
 * | 512-512-512 | 30 | 128 | 69 million | 7.5 | 9 |
 * | 256-256 | 8 curves of 64 and 5 more | 256 | 18 million, for TensorFlow 50 | 1.9 | 5.1 |
 * | 16-16 | 10,000, of which 130 filled | 512 | 0.1 million | 0.5 | 10 |
 * | 256-64 | 10,000, of which 130 filled | 512 | 8.4 million | 7 | 61 |
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
  const curved = (inputs.curves ?? []).reduce((sum, { length }) => sum + length - 2, 0)
  let full = mostlyFilled(rows) ? batch * (rows.width - curved) * first : 0
  const empty = mostlyFilled(rows) ? 0 : (batch * rows.indices.length * first) / rows.rows
  for (const [index, { units }] of plan.entries())
    if (index > 0) full += batch * (plan[index - 1]?.units ?? 0) * units
  return full < DISPATCH + empty && fits(plan, rows, batch) ? 'typed' : 'tensorflow'
}

/**
 * Numbers that the kernels hold for each weight: the weight, its gradient, the optimizer's memory and some to spare.
 */
const WEIGHT_NUMBERS = 6
/** Numbers that the kernels hold for each output of a layer and row of a step. */
const OUTPUT_NUMBERS = 5

/** Returns whether a network and a step of its rows fit into the kernels' memory. */
function fits(plan: readonly LayerPlan[], rows: SparseRows, batch: number): boolean {
  let numbers = 2 * Math.min(rows.indices.length, batch * rows.width)
  let inputs = rows.width
  for (const { units } of plan) {
    numbers += (inputs + 1) * units * WEIGHT_NUMBERS + batch * units * OUTPUT_NUMBERS
    inputs = units
  }
  return numbers * Float32Array.BYTES_PER_ELEMENT < MAX_BYTES
}
