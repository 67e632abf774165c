import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { Random } from '../../src/evaluation/random.ts'
import type { EncoderFile } from '../../src/models/files.ts'
import type { DenseLayer } from '../../src/models/network.ts'
import { loadPredictor } from '../../src/models/predictor.ts'
import { initialWeights } from '../../src/training/engine.ts'
import { writeLayersModel } from '../../src/training/layers-model.ts'
import { createStack, disposeStack, trainingLogits, weightsOf } from '../../src/training/tensorflow/stack.ts'
import { tf } from '../../src/training/tensorflow/tf.ts'

const ACTIVATIONS = [
  'relu',
  'tanh',
  'sigmoid',
  'linear',
  'elu',
  'selu',
  'softplus',
  'softsign',
  'swish',
  'relu6',
] as const
const OUTPUTS = { binary: 'sigmoid', multiclass: 'softmax', regression: 'linear' } as const

const networks = fc.record({
  inputs: fc.integer({ min: 1, max: 30 }),
  hidden: fc.array(
    fc.record({ units: fc.integer({ min: 1, max: 40 }), activation: fc.constantFrom(...ACTIVATIONS) }),
    { maxLength: 4 },
  ),
  task: fc.constantFrom('binary' as const, 'multiclass' as const, 'regression' as const),
  classes: fc.integer({ min: 2, max: 12 }),
  seed: fc.nat(),
})

function layersOf(network: typeof networks extends fc.Arbitrary<infer T> ? T : never): DenseLayer[] {
  const random = new Random(network.seed, 'test')
  let inputs = network.inputs
  const output = {
    units: network.task === 'multiclass' ? network.classes : 1,
    activation: OUTPUTS[network.task],
  }
  return [...network.hidden, output].map(({ units, activation }) => {
    const numbers = (length: number, size: number) =>
      Float32Array.from({ length }, () => (random.next() * 2 - 1) * size)
    const layer = {
      inputs,
      units,
      activation,
      kernel: numbers(inputs * units, Math.sqrt(3 / inputs)),
      bias: numbers(units, 0.3),
    }
    inputs = units
    return layer
  })
}

function encoderOf(
  inputs: number,
  task: 'binary' | 'multiclass' | 'regression',
  classes: number,
): EncoderFile {
  const state = { kind: 'number' as const, shift: 0, scale: 1, fill: 0, indicator: false, refuseGaps: false }
  const names = Array.from({ length: classes }, (_, index) => `c${index}`)
  return {
    format: 1,
    inputs: Array.from({ length: inputs }, (_, index) => ({
      name: `x${index}`,
      type: 'number' as const,
      state,
    })),
    target:
      task === 'regression'
        ? { task, log: false, shift: 0, scale: 1 }
        : task === 'multiclass'
          ? { task, classes: names }
          : { task, classes: ['n', 'p'], threshold: 0.5 },
  }
}

describe('predictions in typed arrays', () => {
  afterAll(() => expect(tf.memory().numTensors).toBe(0))

  it('equal those of the same files in tfjs-node to 1e-5, for every network that a recipe can make', async () => {
    await fc.assert(
      fc.asyncProperty(networks, async (network) => {
        const files = await writeLayersModel([{ fronts: [], layers: layersOf(network) }])
        const encoder = encoderOf(network.inputs, network.task, network.classes)
        const predictor = loadPredictor({
          encoder: Buffer.from(JSON.stringify(encoder)),
          model: files['model.json'],
          weights: files['weights.bin'],
        })
        const { modelTopology, weightsManifest } = JSON.parse(files['model.json'].toString())
        const weightData = files['weights.bin'].buffer.slice(
          files['weights.bin'].byteOffset,
          files['weights.bin'].byteOffset + files['weights.bin'].length,
        )
        const model = await tf.loadLayersModel(
          tf.io.fromMemory({
            modelTopology,
            weightSpecs: weightsManifest[0].weights,
            weightData: weightData as ArrayBuffer,
          }),
        )
        const random = new Random(network.seed, 'rows')
        const rows = Array.from({ length: 5 }, () =>
          Array.from({ length: network.inputs }, () => Math.fround(random.next() * 4 - 2)),
        )
        const expected = tf.tidy(() =>
          (model.predict(tf.tensor2d(rows)) as { arraySync(): number[][] }).arraySync(),
        )
        model.dispose()
        for (const [index, values] of rows.entries()) {
          const answer = predictor.predict(Object.fromEntries(values.map((value, at) => [`x${at}`, value])))
          const given =
            'value' in answer
              ? [answer.value]
              : network.task === 'binary'
                ? [answer.score]
                : Object.values(answer.probabilities)
          for (const [at, value] of given.entries()) {
            const reference = expected[index]?.[at] ?? Number.NaN
            expect(Math.abs(value - reference)).toBeLessThan(1e-5 * Math.max(1, Math.abs(reference)))
          }
        }
      }),
      { numRuns: 60 },
    )
  })

  it('refuse files that are cut, swapped or of another format', async () => {
    const layers = layersOf({ inputs: 3, hidden: [], task: 'regression', classes: 2, seed: 1 })
    const files = await writeLayersModel([{ fronts: [], layers }])
    const good = {
      encoder: Buffer.from(JSON.stringify(encoderOf(3, 'regression', 2))),
      model: files['model.json'],
      weights: files['weights.bin'],
    }
    expect(loadPredictor(good).inputs.length).toBe(3)
    const bad = [
      { weights: good.weights.subarray(1) },
      { weights: Buffer.concat([good.weights, good.weights]) },
      { model: Buffer.from('{}') },
      { encoder: Buffer.from('not JSON') },
      { encoder: Buffer.from(JSON.stringify(encoderOf(4, 'regression', 2))) },
    ]
    for (const change of bad)
      expect(() => loadPredictor({ ...good, ...change })).toThrow(
        expect.objectContaining({ code: 'corrupt-artifact' }),
      )
  })
})

describe('a training step', () => {
  it('computes the same sums from full and from mostly empty rows, with equal gradients', () => {
    const plan = [
      { units: 4, activation: 'relu' as const, l1: 0, l2: 0, dropout: 0 },
      { units: 2, activation: 'linear' as const, l1: 0, l2: 0, dropout: 0 },
    ]
    const stack = createStack(
      plan,
      initialWeights({ numbers: 6, sequences: [] }, plan, new Random(1, 'weights')),
    )
    const rows = {
      rows: 3,
      width: 6,
      offsets: Uint32Array.of(0, 2, 2, 5),
      indices: Uint32Array.of(1, 4, 0, 2, 5),
      values: Float32Array.of(1, 2, 0.5, 1, 3),
    }
    const batch = { rows, chosen: Uint32Array.of(2, 0, 1) }
    const run = (dense: boolean) =>
      tf.tidy(() => {
        const { value, grads } = tf.variableGrads(() =>
          trainingLogits(stack, batch, dense, new Random(1, 'dropout')).square().sum().asScalar(),
        )
        return [
          value,
          ...Object.keys(grads)
            .sort()
            .map((name) => grads[name]),
        ].flatMap((tensor) => [...(tensor?.dataSync() ?? [])])
      })
    const [full, sparse] = [run(true), run(false)]
    expect(sparse.length).toBe(full.length)
    for (const [index, value] of sparse.entries()) expect(value).toBeCloseTo(full[index] ?? Number.NaN, 4)
    expect(weightsOf(stack).layers.map((layer) => layer.kernel.length)).toEqual([24, 8])
    disposeStack(stack)
  })
})
