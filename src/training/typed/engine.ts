import {
  type Engine,
  type EngineInput,
  type Examples,
  isProbabilistic,
  mostlyFilled,
  rowWeight,
  widthOfTargets,
} from '../engine.ts'
import { forward, INFERENCE_ROWS, infer, placeScratch, type Step } from './forward.ts'
import { type InputPlan, placeInputs, planInputs } from './inputs.ts'
import { Layout } from './kernels.ts'
import { addPenaltyGradients, penaltyOf, placeNetwork, sizeOf } from './layers.ts'
import { createLoss } from './losses.ts'
import { placeOptimizer } from './optimizers.ts'
import { placeUpdates } from './updates.ts'

/** Filled inputs of a step, as a share of all inputs, from which one pass over all weights is faster. */
const LAZY_SHARE = 0.5

/**
 * The engine for stacks of dense layers: forward pass, gradients and optimizer in 32-bit floats, by the kernels of
 * kernels/. A step allocates nothing to speak of. It runs in one thread, so its weights do not depend on the number of
 * cores.
 */
export function createTypedEngine(input: EngineInput): Engine {
  if (input.initial.fronts.length > 0) throw new RangeError('the typed engine has no embeddings')
  const { recipe, plan, initial, training, classWeights, dropout } = input
  const { memory, layers, output, inputs, updates, scratch } = open(input)
  const step: Step = { memory, layers, inputs, scratch }
  const width = widthOfTargets(training)
  const batch = Math.min(recipe.batchSize, training.rows.rows)
  const targets = new Float32Array(batch * width)
  const weights = classWeights || training.weights ? new Float64Array(batch) : null
  const logits = memory.floats(output.sums)
  const lossOf = createLoss(
    recipe.loss,
    { outputs: output.units, logits, targets, weights, gradient: memory.floats(output.gradient) },
    { probabilistic: isProbabilistic(recipe), ordinal: recipe.rank !== null },
  )
  const views = layers.map(({ inputs, units, kernel, bias }, index) => {
    const activation = plan[index]?.activation ?? 'linear'
    return { inputs, units, activation, kernel: memory.floats(kernel), bias: memory.floats(bias) }
  })
  const restore: Engine['restore'] = (weights) => {
    for (const [index, { kernel, bias }] of weights.layers.entries()) {
      views[index]?.kernel.set(kernel)
      views[index]?.bias.set(bias)
    }
    inputs.weightsChanged()
  }
  restore(initial)
  return {
    step(chosen, learningRate) {
      const count = inputs.choose(training, chosen, 0)
      for (let row = 0; row < count; row++) {
        const number = chosen[row] ?? 0
        if (width === 1) targets[row] = training.targets[number] ?? 0
        else targets.set(training.targets.subarray(number * width, (number + 1) * width), row * width)
        if (weights) weights[row] = rowWeight(training, classWeights, number)
      }
      forward(step, count, dropout)
      const loss = lossOf(count) + penaltyOf(layers, memory)
      backward(step, count)
      addPenaltyGradients(layers, memory)
      updates.apply(learningRate)
      inputs.weightsChanged()
      return { loss, logits: logits.subarray(0, count * output.units) }
    },
    weights: () => ({ fronts: [], layers: views }),
    logits: (examples) => infer(step, examples),
    penalty: () => penaltyOf(layers, memory),
    restore,
    optimizerState: updates.state,
    restoreOptimizer: updates.restore,
    dispose() {},
  }
}

/** Lays out the memory and opens it. */
function open({ recipe, plan, initial, training }: EngineInput) {
  const layout = new Layout()
  const batch = Math.min(recipe.batchSize, training.rows.rows)
  const rows = Math.max(batch, INFERENCE_ROWS)
  const [first] = initial.layers
  const inputPlan = planInputs(training, rows, first?.units ?? 1, sizeOf(initial.layers))
  const network = placeNetwork(layout, plan, initial.layers, { rows, beside: inputPlan.beside })
  const optimizer = placeOptimizer(layout, recipe.optimizer, network.weights, network.gradients)
  const inputsOf = placeInputs(layout, inputPlan)
  const updatesOf = placeUpdates(
    layout,
    network,
    optimizer,
    touchedInputs(training, inputPlan, batch, plan[0]),
  )
  const { layers, output } = network
  const scratch = placeScratch(layout, layers, rows)
  const memory = layout.open()
  const [firstLayer = output] = layers
  const inputs = inputsOf(memory, firstLayer, training)
  return { memory, layers, output, inputs, scratch, updates: updatesOf(memory, inputs) }
}

/** Most inputs that a step touches, where these are few of all; null where every weight has a gradient. */
function touchedInputs(
  { rows }: Examples,
  { curves }: InputPlan,
  batch: number,
  first: { l1: number; l2: number } | undefined,
): number | null {
  // A penalty gives every weight a gradient.
  if (mostlyFilled(rows) || curves.length > 0 || (first && first.l1 + first.l2 > 0)) return null
  const touched = (rows.indices.length / rows.rows) * batch
  return touched < LAZY_SHARE * rows.width ? rows.width : null
}

/** Derivatives of the loss by every weight, from those by the output layer's sums. */
function backward({ memory: { kernels }, layers, inputs, scratch }: Step, rows: number): void {
  const { list, transposed } = scratch
  for (let index = layers.length - 1; index >= 0; index--) {
    const layer = layers[index]
    const before = layers[index - 1]
    if (!layer) break
    const { gradient, biasGradient, kernelGradient, kernel, units } = layer
    kernels.addAllRows(gradient.at, rows, units, biasGradient.at)
    if (!before) {
      inputs.addGradient(rows)
      break
    }
    const given = before.dropout > 0 ? before.dropped : before.outputs
    kernels.addLayerGradients(given.at, rows, layer.inputs, gradient.at, kernelGradient.at, units, list.at)
    const into = before.gradient.at
    kernels.gradientOfInputs(gradient.at, rows, layer.inputs, kernel.at, into, units, list.at, transposed.at)
    const count = rows * before.units
    if (before.dropout > 0) kernels.multiply(into, before.mask.at, into, count)
    if (before.activation >= 0)
      kernels.timesDerivative(before.activation, into, before.outputs.at, before.sums.at, count)
  }
}
