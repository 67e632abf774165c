import type { Random } from '../../evaluation/random.ts'
import type { Engine, EngineInput } from '../engine.ts'
import { score } from '../score.ts'
import { activateInto, timesDerivative } from './activations.ts'
import { createInputs, type StepInputs } from './inputs.ts'
import { addPenaltyGradients, createFlatNetwork, penaltyOf, type TypedLayer } from './layers.ts'
import { createLoss } from './losses.ts'
import { createFlatOptimizer } from './optimizers.ts'
import { addProduct, setProductTransposed } from './products.ts'
import { createUpdates } from './updates.ts'

/**
 * The engine for stacks of dense layers in typed arrays: forward pass, gradients and optimizer in plain loops
 * over 32-bit floats. A step allocates nothing to speak of. It runs in one thread, so its weights do not depend
 * on the number of cores.
 */
export function createTypedEngine(input: EngineInput): Engine {
  if (input.initial.fronts.length > 0) throw new RangeError('the typed engine has no embeddings')
  const { recipe, plan, initial, training, classWeights, dropout } = input
  const rows = Math.min(recipe.batchSize, training.rows.rows)
  const network = createFlatNetwork(plan, initial.layers, rows)
  const { layers, output } = network
  const inputs = createInputs(training.rows, rows)
  const updates = createUpdates(
    network,
    createFlatOptimizer(recipe.optimizer, network.weights, network.gradients),
    // A penalty gives every weight a gradient.
    layers[0] && layers[0].l1 + layers[0].l2 > 0 ? null : inputs.sparse,
    rows,
  )
  const targets = new Float32Array(rows)
  const lossOf = createLoss(
    recipe.loss,
    { outputs: output.units, logits: output.sums, targets, gradient: output.gradient },
    classWeights,
    recipe.task === 'binary',
  )
  const weights = () => ({
    fronts: [],
    layers: layers.map(({ inputs, units, kernel, bias }, index) => {
      return { inputs, units, activation: plan[index]?.activation ?? 'linear', kernel, bias }
    }),
  })
  return {
    step(chosen, learningRate) {
      const count = chosen.length
      inputs.choose(chosen)
      for (let row = 0; row < count; row++) targets[row] = training.targets[chosen[row] ?? 0] ?? 0
      forward(layers, inputs, count, dropout)
      const loss = lossOf(count) + penaltyOf(layers)
      backward(layers, inputs, count)
      addPenaltyGradients(layers)
      updates.apply(chosen, learningRate)
      return { loss, logits: output.sums.subarray(0, count * output.units) }
    },
    weights,
    logits: (examples) => score([weights()], examples).logits,
    penalty: () => penaltyOf(layers),
    restore(weights) {
      for (const [index, { kernel, bias }] of weights.layers.entries()) {
        layers[index]?.kernel.set(kernel)
        layers[index]?.bias.set(bias)
      }
    },
    optimizerState: updates.state,
    restoreOptimizer: updates.restore,
    dispose() {},
  }
}

/** Sums and outputs of every layer for the chosen rows. */
function forward(layers: readonly TypedLayer[], inputs: StepInputs, rows: number, random: Random): void {
  let before: TypedLayer | undefined
  for (const layer of layers) {
    const { sums, bias, units, kernel } = layer
    for (let row = 0; row < rows; row++) sums.set(bias, row * units)
    if (before) addProduct(before.straight, kernel, sums, rows, layer.inputs, units)
    else inputs.addSums(kernel, sums, units)
    activateInto(layer.activation, sums, layer.outputs, rows * units)
    if (layer.dropout > 0) drop(layer, rows * units, random)
    before = layer
  }
}

/** Inverted dropout (Srivastava et al. 2014): kept outputs are scaled so that their expected sum stays. */
function drop({ dropout, mask, outputs, dropped }: TypedLayer, count: number, random: Random): void {
  const scale = 1 / (1 - dropout)
  for (let at = 0; at < count; at++) {
    const factor = random.next() < dropout ? 0 : scale
    mask[at] = factor
    dropped[at] = (outputs[at] ?? 0) * factor
  }
}

/** Derivatives of the loss by every weight, from those by the output layer's sums. */
function backward(layers: readonly TypedLayer[], inputs: StepInputs, rows: number): void {
  for (let index = layers.length - 1; index >= 0; index--) {
    const [layer, before] = [layers[index], layers[index - 1]]
    if (!layer) break
    const { gradient, biasGradient, kernelGradient, kernel, units } = layer
    for (let row = 0, at = 0; row < rows; row++)
      for (let unit = 0; unit < units; unit++, at++)
        biasGradient[unit] = (biasGradient[unit] ?? 0) + (gradient[at] ?? 0)
    if (!before) {
      inputs.addGradient(gradient, kernelGradient, units)
      break
    }
    addProduct(before.transposed, gradient, kernelGradient, layer.inputs, rows, units)
    setProductTransposed(gradient, kernel, before.gradient, rows, units, layer.inputs)
    if (before.dropout > 0)
      for (let at = 0; at < rows * before.units; at++)
        before.gradient[at] = (before.gradient[at] ?? 0) * (before.mask[at] ?? 0)
    timesDerivative(before.activation, before.gradient, before.outputs, before.sums, rows * before.units)
  }
}
