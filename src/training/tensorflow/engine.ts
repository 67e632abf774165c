import { type Engine, type EngineInput, mostlyFilled, type StepResult } from '../engine.ts'
import { batchLoss, penalty } from './losses.ts'
import { createOptimizer } from './optimizers.ts'
import { createStack, disposeStack, restoreStack, trainingLogits, weightsOf } from './stack.ts'
import { type Tensor, tf } from './tf.ts'

/** The engine on TensorFlow: it can do everything, and is the reference of the other. */
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
        const targets = Float32Array.from(chosen, (row) => training.targets[row] ?? 0)
        const weights = classWeights
          ? tf.tensor1d(Float32Array.from(targets, (label) => classWeights[label] ?? 1))
          : null
        let logits: Tensor | undefined
        const { value, grads } = tf.variableGrads(() => {
          const output = trainingLogits(stack, { rows, chosen }, dense, dropout)
          logits = tf.keep(output.clone())
          const loss = batchLoss(recipe.loss, output, tf.tensor1d(targets), weights, recipe.task === 'binary')
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

function isThere<T>(value: T | undefined): value is T {
  return value !== undefined
}
