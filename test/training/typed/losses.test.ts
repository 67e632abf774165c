import { expect, it } from 'vitest'
import type { Loss } from '../../../src/recipe/index.ts'
import { createLoss } from '../../../src/training/typed/losses.ts'

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x))
const LOGITS = [0.3, -1.2, 2.5, 0.1, -0.4, 1.7]

interface Case {
  loss: Loss
  outputs: number
  targets: number[]
  probabilistic?: boolean
  ordinal?: boolean
  /** The loss of one row, by the definition. */
  expected: (logits: readonly number[], targets: readonly number[]) => number
}

const crossentropy = ([logit = 0]: readonly number[], [target = 0]: readonly number[]) =>
  -Math.log(target === 1 ? sigmoid(logit) : 1 - sigmoid(logit))
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
const softmax = (logits: readonly number[], [truth = 0]: readonly number[]) => {
  const sum = logits.reduce((total, logit) => total + Math.exp(logit), 0)
  return -Math.log(Math.exp(logits[truth] ?? 0) / sum)
}
/** The class is above each threshold before it and not above its own; the last one is above all. */
const ordered = (logits: readonly number[], [truth = 0]: readonly number[]) => {
  let share = 1
  for (let label = 0; label < truth; label++) share *= sigmoid(logits[label] ?? 0)
  if (truth < logits.length) share *= 1 - sigmoid(logits[truth] ?? 0)
  return -Math.log(share)
}
const huber = (delta: number) => (error: number) =>
  Math.abs(error) <= delta ? error ** 2 / 2 : delta * (Math.abs(error) - delta / 2)
const ofErrors =
  (of: (error: number) => number, squash = (x: number) => x) =>
  (logits: readonly number[], targets: readonly number[]) =>
    mean(logits.map((logit, at) => of(squash(logit) - (targets[at] ?? 0))))

const CASES: [string, Case][] = [
  [
    'binary',
    { loss: { type: 'binaryCrossentropy' }, outputs: 1, targets: [1, 0, 1, 0, 1, 0], expected: crossentropy },
  ],
  [
    'labels',
    {
      loss: { type: 'binaryCrossentropy' },
      outputs: 3,
      targets: [1, 0, 0, 0, 1, 1],
      expected: (logits, targets) =>
        mean(logits.map((logit, at) => crossentropy([logit], [targets[at] ?? 0]))),
    },
  ],
  ['classes', { loss: { type: 'categoricalCrossentropy' }, outputs: 3, targets: [2, 0], expected: softmax }],
  [
    'sparse classes',
    { loss: { type: 'sparseCategoricalCrossentropy' }, outputs: 2, targets: [1, 0, 1], expected: softmax },
  ],
  [
    'ordered',
    {
      loss: { type: 'categoricalCrossentropy' },
      outputs: 2,
      targets: [0, 1, 2],
      ordinal: true,
      expected: ordered,
    },
  ],
  [
    'squared',
    {
      loss: { type: 'meanSquaredError' },
      outputs: 1,
      targets: [1, 0, 2, 3, -1, 0.5],
      expected: ofErrors((e) => e * e),
    },
  ],
  [
    'squared of several',
    {
      loss: { type: 'meanSquaredError' },
      outputs: 2,
      targets: [1, 0, 2, 3, -1, 0.5],
      expected: ofErrors((e) => e * e),
    },
  ],
  [
    'absolute',
    {
      loss: { type: 'meanAbsoluteError' },
      outputs: 1,
      targets: [1, 0, 2, 3, -1, 0.5],
      expected: ofErrors(Math.abs),
    },
  ],
  [
    'huber',
    {
      loss: { type: 'huber', delta: 0.8 },
      outputs: 1,
      targets: [1, 0, 2, 3, -1, 0.5],
      expected: ofErrors(huber(0.8)),
    },
  ],
  [
    'huber by default',
    { loss: { type: 'huber' }, outputs: 1, targets: [1, 0, 2, 3, -1, 0.5], expected: ofErrors(huber(1)) },
  ],
  [
    'squared of probabilities',
    {
      loss: { type: 'meanSquaredError' },
      outputs: 1,
      targets: [1, 0, 1, 0, 1, 0],
      probabilistic: true,
      expected: ofErrors((e) => e * e, sigmoid),
    },
  ],
]

it.each(CASES)('%s: loss and gradient are those of the definition', (_, given) => {
  const { loss, outputs, targets, probabilistic = false, ordinal = false, expected } = given
  const rows = LOGITS.length / outputs
  const width = targets.length / rows
  const perRow = [0.5, 2, 1, 3, 0, 1.5]
  for (const weights of [null, Float64Array.from(perRow)]) {
    const logits = Float32Array.from(LOGITS)
    const gradient = new Float32Array(LOGITS.length).fill(9)
    const arrays = { outputs, logits, targets: Float32Array.from(targets), weights, gradient }
    const lossOf = createLoss(loss, arrays, { probabilistic, ordinal })
    const defined = (all: readonly number[]) =>
      Array.from({ length: rows }, (_, row) => {
        const own = all.slice(row * outputs, (row + 1) * outputs)
        const truth = targets.slice(row * width, (row + 1) * width)
        return (weights?.[row] ?? 1) * expected(own, truth)
      }).reduce((sum, value) => sum + value, 0) / rows
    expect(lossOf(rows)).toBeCloseTo(defined(LOGITS), 6)
    const step = 1e-5
    for (const at of LOGITS.keys()) {
      const moved = (by: number) => defined(LOGITS.map((logit, other) => (other === at ? logit + by : logit)))
      expect(gradient[at], `gradient ${at}`).toBeCloseTo((moved(step) - moved(-step)) / (2 * step), 5)
    }
  }
})

it('large logits stay finite', () => {
  const gradient = new Float32Array(3)
  const targets = Float32Array.of(0)
  const softmaxOf = createLoss(
    { type: 'categoricalCrossentropy' },
    { outputs: 3, logits: Float32Array.of(1_000, 0, -1_000), targets, weights: null, gradient },
    { probabilistic: false, ordinal: false },
  )
  expect([softmaxOf(1), ...gradient]).toEqual([0, 0, 0, 0])
  const one = new Float32Array(1)
  const binary = createLoss(
    { type: 'binaryCrossentropy' },
    { outputs: 1, logits: Float32Array.of(1_000), targets, weights: null, gradient: one },
    { probabilistic: true, ordinal: false },
  )
  expect([binary(1), one[0]]).toEqual([1_000, 1])
})
