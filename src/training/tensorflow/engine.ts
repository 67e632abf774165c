import {
  type Engine,
  type EngineInput,
  type Examples,
  isProbabilistic,
  mostlyFilled,
  rowWeight,
  type StepResult,
  widthOfTargets,
} from '../engine.ts'
import { score } from '../score.ts'
import { batchLoss, penalty } from './losses.ts'
import { createOptimizer } from './optimizers.ts'
import { createStack, disposeStack, restoreStack, type Stack, trainingLogits, weightsOf } from './stack.ts'
import { type Tensor, tf } from './tf.ts'

/** Makes the engine on TensorFlow, which trains every recipe and is the reference for the typed one. */
export function createTensorFlowEngine(input: EngineInput): Engine {
  const { recipe, plan, training, classWeights, dropout } = input
  const stack = createStack(plan, input.initial)
  const variables = [
    ...stack.embeddings,
    ...plan.flatMap((_, index) => [stack.kernels[index], stack.biases[index]]).filter(isThere),
  ]
  const optimizer = createOptimizer(recipe.optimizer, variables)
  const { rows } = training
  const dense = mostlyFilled(rows)
  return {
    step(chosen, learningRate): StepResult {
      return tf.tidy(() => {
        const targets = targetsOf(training, chosen)
        const weights =
          classWeights || training.weights
            ? tf.tensor1d(Float32Array.from(chosen, (row) => rowWeight(training, classWeights, row)))
            : null
        let logits: Tensor | undefined
        const { value, grads } = tf.variableGrads(() => {
          const output = trainingLogits(stack, { rows, chosen }, dense, dropout)
          logits = tf.keep(output.clone())
          const loss = batchLoss(recipe.loss, output, tf.tensor1d(targets), weights, {
            probabilistic: isProbabilistic(recipe),
            ordinal: recipe.rank !== null,
          })
          const extra = penalty(plan, stack.kernels)
          return (extra ? loss.add(extra) : loss).asScalar()
        }, variables)
        const gradients = variables.map((variable) => grads[variable.name] ?? tf.zerosLike(variable))
        optimizer.apply(gradients, learningRate)
        const values = logits?.dataSync<'float32'>() ?? new Float32Array(0)
        logits?.dispose()
        return { loss: value.dataSync<'float32'>()[0] ?? Number.NaN, logits: values }
      })
    },
    weights: () => weightsOf(stack),
    logits: (examples) => (dense ? denseLogits(stack, examples) : score([weightsOf(stack)], examples).logits),
    penalty: () => tf.tidy(() => penalty(plan, stack.kernels)?.dataSync()[0] ?? 0),
    restore: (weights) => restoreStack(stack, weights),
    optimizerState: () => optimizer.state(),
    restoreOptimizer: (state) => optimizer.restore(state),
    dispose() {
      optimizer.dispose()
      disposeStack(stack)
    },
  }
}

/** Rows that are laid out as a full matrix at once in a forward pass without learning. */
const INFERENCE_ROWS = 1024

function denseLogits(stack: Stack, { rows }: Examples): Float64Array {
  const outputs = stack.plan.at(-1)?.units ?? 1
  const logits = new Float64Array(rows.rows * outputs)
  for (let start = 0; start < rows.rows; start += INFERENCE_ROWS)
    tf.tidy(() => {
      const length = Math.min(INFERENCE_ROWS, rows.rows - start)
      const chosen = Uint32Array.from({ length }, (_, at) => start + at)
      logits.set(trainingLogits(stack, { rows, chosen }, true, null).dataSync(), start * outputs)
    })
  return logits
}

/** Returns the targets of chosen rows, those of one row after the other. */
function targetsOf(examples: Examples, chosen: Uint32Array): Float32Array {
  const { targets } = examples
  const width = widthOfTargets(examples)
  if (width === 1) return Float32Array.from(chosen, (row) => targets[row] ?? 0)
  const own = new Float32Array(chosen.length * width)
  for (const [at, row] of chosen.entries())
    own.set(targets.subarray(row * width, (row + 1) * width), at * width)
  return own
}

function isThere<T>(value: T | undefined): value is T {
  return value !== undefined
}
