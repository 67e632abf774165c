import type { OptimizerState } from '../engine.ts'
import type { StepInputs } from './inputs.ts'
import type { KernelMemory, Layout } from './kernels.ts'
import type { FlatNetwork } from './layers.ts'
import type { FlatOptimizer } from './optimizers.ts'

/** Applies gradients to weights, and counts the steps. */
export interface Updates {
  apply(learningRate: number): void
  /** Returns a copy of the optimizer's memory. */
  state(): OptimizerState
  restore(state: OptimizerState): void
}

const WORD_BYTES = 4
const SPAN_WORDS = 2

/**
 * Places the updates of a network's weights. In a mostly empty first layer a step's rows may touch few of the inputs;
 * where the optimizer leaves weights without a gradient as they are, only the touched ones are updated, and an input
 * that was idle for some steps makes up for them when its turn comes. That is exact but for rounding.
 * @param touched most inputs that a step touches, where only these are updated; null: all weights are updated
 * @returns a function that makes the updates once the memory is open
 */
export function placeUpdates(
  layout: Layout,
  network: FlatNetwork,
  optimizer: FlatOptimizer,
  touched: number | null,
): (memory: KernelMemory, inputs: StepInputs) => Updates {
  const [first] = network.layers
  const few = touched !== null && optimizer.patient && first ? first : null
  const spans = layout.place(SPAN_WORDS)
  const inputSpans = layout.place(few ? (touched ?? 0) * SPAN_WORDS : 0)
  /** For each input the step up to which its memory is up to date. */
  const reachedPlace = layout.place(few ? few.inputs : 0)
  return (memory, inputs) => {
    const { kernels } = memory
    for (const place of optimizer.slots.values()) memory.floats(place).fill(optimizer.initial)
    const reached = memory.words(reachedPlace)
    const start = few ? few.kernel.length * WORD_BYTES : 0
    memory.words(spans).set([start, 0])
    const rest = {
      at: spans.at,
      end: spans.at + SPAN_WORDS * WORD_BYTES,
      length: network.weights.length * WORD_BYTES - start,
    }
    let step = 0
    return {
      apply(learningRate) {
        step += 1
        if (few) {
          const { at, end } = inputs.lists
          const length = few.units * WORD_BYTES
          const last = kernels.collectSpans(at, end, length, reachedPlace.at, step, inputSpans.at)
          optimizer.update(kernels, { at: inputSpans.at, end: last, length }, learningRate, step)
        }
        optimizer.update(kernels, rest, learningRate, step)
      },
      state: () => ({ step, slots: slotsOf(network, optimizer, memory), reached: few && reached.slice() }),
      restore(state) {
        step = state.step
        if (state.reached) reached.set(state.reached)
        else reached.fill(step)
        restoreSlots(network, optimizer, memory, state)
      },
    }
  }
}

function slotsOf(
  { variables }: FlatNetwork,
  { slots }: FlatOptimizer,
  memory: KernelMemory,
): OptimizerState['slots'] {
  return variables.map(({ start, end }) =>
    Object.fromEntries(Array.from(slots, ([name, place]) => [name, memory.floats(place).slice(start, end)])),
  )
}

function restoreSlots(
  { variables }: FlatNetwork,
  { slots }: FlatOptimizer,
  memory: KernelMemory,
  state: OptimizerState,
): void {
  for (const [index, kept] of state.slots.entries())
    for (const [name, values] of Object.entries(kept)) {
      const place = slots.get(name)
      if (place) memory.floats(place).set(values, variables[index]?.start)
    }
}
