import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { Random } from '../../src/evaluation/random.ts'
import { rowEncoder } from '../../src/models/encoders/row-encoder.ts'
import type { EncoderFile } from '../../src/models/files/files.ts'
import { HIDDEN_ACTIVATIONS } from '../../src/models/network/activations.ts'
import { frontWidth, type NetworkWeights } from '../../src/models/network/network.ts'
import { loadPredictor } from '../../src/models/predictor.ts'
import { initialWeights } from '../../src/training/engine.ts'
import { writeLayersModel } from '../../src/training/keras-files/layers-model.ts'
import { pool, poolGradient } from '../../src/training/pooling.ts'
import { createStack, disposeStack, trainingLogits, weightsOf } from '../../src/training/tensorflow/stack.ts'
import { type Tensor, tf } from '../../src/training/tensorflow/tf.ts'

const OUTPUTS = { binary: 'sigmoid', multiclass: 'softmax', regression: 'linear' } as const

const sequences = fc.record({
  maxLength: fc.integer({ min: 1, max: 9 }),
  words: fc.integer({ min: 1, max: 12 }),
  embedding: fc.integer({ min: 1, max: 6 }),
  pooling: fc.constantFrom('average' as const, 'max' as const, 'flatten' as const),
  padding: fc.constantFrom('pre' as const, 'post' as const),
  truncating: fc.constantFrom('pre' as const, 'post' as const),
})
const networks = fc.record({
  numbers: fc.integer({ min: 0, max: 30 }),
  sequences: fc.array(sequences, { maxLength: 3 }),
  hidden: fc.array(
    fc.record({ units: fc.integer({ min: 1, max: 40 }), activation: fc.constantFrom(...HIDDEN_ACTIVATIONS) }),
    { maxLength: 4 },
  ),
  ensemble: fc.integer({ min: 1, max: 3 }),
  task: fc.constantFrom('binary' as const, 'multiclass' as const, 'regression' as const),
  classes: fc.integer({ min: 2, max: 12 }),
  seed: fc.nat(),
})
type NetworkPlan = typeof networks extends fc.Arbitrary<infer T> ? T : never

const simple: NetworkPlan = {
  numbers: 3,
  sequences: [],
  hidden: [],
  ensemble: 1,
  task: 'regression',
  classes: 2,
  seed: 1,
}

function membersOf(network: NetworkPlan): NetworkWeights[] {
  const random = new Random(network.seed, 'test')
  const { inputs } = rowEncoder(encoderOf(network).inputs)
  const output = {
    units: network.task === 'multiclass' ? network.classes : 1,
    activation: OUTPUTS[network.task],
  }
  const plan = [...network.hidden, output].map((layer) => ({ ...layer, l1: 0, l2: 0, dropout: 0 }))
  return Array.from({ length: network.ensemble }, () => {
    const { fronts, layers } = initialWeights(inputs, plan, random)
    return {
      fronts: fronts.map((front) => ({ ...front, embedding: front.embedding.map((value) => value * 20) })),
      layers: layers.map((layer) => ({
        ...layer,
        bias: layer.bias.map(() => random.next() * 0.6 - 0.3),
      })),
    }
  })
}

function encoderOf({ numbers, sequences, task, classes }: NetworkPlan): EncoderFile {
  const gaps = { fill: 0, indicator: false, refuseGaps: false }
  const number = { kind: 'number' as const, shift: 0, scale: 1, ...gaps }
  const names = Array.from({ length: classes }, (_, index) => `c${index}`)
  const columns = Array.from({ length: numbers }, (_, index) => ({
    name: `x${index}`,
    type: 'number' as const,
    state: number,
  }))
  const texts = sequences.map(({ words, ...sequence }, index) => ({
    name: `t${index}`,
    type: 'text' as const,
    state: {
      kind: 'sequence' as const,
      lowercase: true,
      stripHtml: true,
      refuseGaps: false,
      ...sequence,
      vocabulary: Array.from({ length: words }, (_, word) => `w${word}`).join('\n'),
    },
  }))
  return {
    format: 1,
    // Texts between numbers: their places in the network differ from those among the columns.
    inputs: [...columns.slice(0, 1), ...texts, ...columns.slice(1)],
    target:
      task === 'regression'
        ? { task, log: false, shift: 0, scale: 1 }
        : task === 'multiclass'
          ? { task, classes: names }
          : { task, classes: ['n', 'p'], threshold: 0.5 },
  }
}

/** A row as a client sends it, and as the layers model takes it by Keras's rules. */
function rowOf({ numbers, sequences }: NetworkPlan, random: Random) {
  const row: Record<string, number | string> = {}
  const values = Array.from({ length: numbers }, () => Math.fround(random.next() * 4 - 2))
  for (const [index, value] of values.entries()) row[`x${index}`] = value
  const ids = sequences.map(({ words, maxLength, padding, truncating }, index) => {
    const length = random.uint32() % (2 * maxLength + 1)
    const chosen = Array.from({ length }, () => random.uint32() % (words + 2))
    row[`t${index}`] = chosen.map((word) => (word < words ? `w${word}` : 'elsewhere')).join(' ')
    const all = chosen.map((word) => (word < words ? word + 2 : 1))
    const kept = truncating === 'pre' ? all.slice(Math.max(0, length - maxLength)) : all.slice(0, maxLength)
    const pad = new Array<number>(maxLength - kept.length).fill(0)
    return padding === 'pre' ? [...pad, ...kept] : [...kept, ...pad]
  })
  return { row, values, ids }
}

describe('predictions in typed arrays', () => {
  afterAll(() => expect(tf.memory().numTensors).toBe(0))

  it('equal those of the same files in tfjs-node to 1e-5, for every network that a recipe can make', async () => {
    await fc.assert(
      fc.asyncProperty(networks, async (drawn) => {
        // A network reads something.
        const network = drawn.numbers + drawn.sequences.length === 0 ? { ...drawn, numbers: 1 } : drawn
        const files = await writeLayersModel(membersOf(network))
        const predictor = loadPredictor({
          encoder: Buffer.from(JSON.stringify(encoderOf(network))),
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
        const rows = Array.from({ length: 5 }, () => rowOf(network, random))
        const expected = tf.tidy(() => {
          const inputs = network.sequences.map((_, index) =>
            tf.tensor2d(
              rows.map(({ ids }) => ids[index] ?? []),
              undefined,
              'int32',
            ),
          )
          if (network.numbers > 0) inputs.unshift(tf.tensor2d(rows.map(({ values }) => values)))
          return (model.predict(inputs) as { arraySync(): number[][] }).arraySync()
        })
        model.dispose()
        for (const [index, { row }] of rows.entries()) {
          const answer = predictor.predict(row)
          const given =
            'value' in answer
              ? [answer.value]
              : network.task === 'binary' && 'score' in answer
                ? [answer.score]
                : Object.values('probabilities' in answer ? answer.probabilities : {})
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
    const files = await writeLayersModel(membersOf(simple))
    const good = {
      encoder: Buffer.from(JSON.stringify(encoderOf(simple))),
      model: files['model.json'],
      weights: files['weights.bin'],
    }
    expect(loadPredictor(good).inputs.length).toBe(3)
    const bad = [
      { weights: good.weights.subarray(1) },
      { weights: Buffer.concat([good.weights, good.weights]) },
      { model: Buffer.from('{}') },
      { encoder: Buffer.from('not JSON') },
      { encoder: Buffer.from(JSON.stringify(encoderOf({ ...simple, numbers: 4 }))) },
    ]
    for (const change of bad)
      expect(() => loadPredictor({ ...good, ...change })).toThrow(
        expect.objectContaining({ code: 'corrupt-artifact' }),
      )
  })
})

describe('files of networks with words', () => {
  const network: NetworkPlan = {
    ...simple,
    ensemble: 2,
    sequences: [
      {
        maxLength: 4,
        words: 5,
        embedding: 3,
        pooling: 'average',
        padding: 'pre',
        truncating: 'pre',
      },
    ],
  }

  it.each([
    ['an average over something else', (text: string) => text.replaceAll('"member_2_output"', '"words_1"')],
    ['a layer of another kind', (text: string) => text.replaceAll('"Concatenate"', '"Multiply"')],
    ['another length', (text: string) => text.replaceAll('[null,4]', '[null,5]')],
    ['masking', (text: string) => text.replaceAll('"mask_zero":null', '"mask_zero":true')],
    ['another activation', (text: string) => text.replace('"activation":"linear"', '"activation":"relu"')],
    ['an embedding of another size', (text: string) => text.replaceAll('"input_dim":7', '"input_dim":8')],
    [
      'layers in a circle',
      (text: string) => text.replaceAll('[["member_1_concatenate",0,0,{}]]', '[["member_1_output",0,0,{}]]'),
    ],
  ])('are refused with %s', async (_, change) => {
    const files = await writeLayersModel(membersOf(network))
    const encoder = Buffer.from(JSON.stringify(encoderOf(network)))
    const model = files['model.json'].toString()
    const weights = files['weights.bin']
    expect(loadPredictor({ encoder, model: Buffer.from(model), weights }).inputs.length).toBe(4)
    const changed = change(model)
    expect(changed).not.toBe(model)
    expect(() => loadPredictor({ encoder, model: Buffer.from(changed), weights })).toThrow(
      expect.objectContaining({ code: 'corrupt-artifact' }),
    )
  })
})

describe('pooled vectors of words', () => {
  const words = 9
  const length = 4
  const dimensions = 3
  const random = new Random(3, 'words')
  const embedding = Float32Array.from({ length: words * dimensions }, () => random.next() * 2 - 1)
  // No word twice in a row: with equal maxima tfjs has another gradient than TensorFlow.
  const ids = Uint32Array.of(0, 3, 8, 1, 5, 2, 7, 4)

  it.each(['average', 'max', 'flatten'] as const)('and their gradient equal those of tfjs: %s', (pooling) => {
    const shape = { base: 0, length, words, dimensions, pooling }
    const pooled = (vectors: Tensor): Tensor => {
      const found = tf
        .gather(vectors, tf.tensor1d(Int32Array.from(ids), 'int32'))
        .reshape([2, length, dimensions])
      if (pooling === 'flatten') return found.reshape([2, length * dimensions])
      return pooling === 'max' ? found.max(1) : found.mean(1)
    }
    const weights = Float32Array.from({ length: 2 * frontWidth(shape) }, () => random.next() * 2 - 1)
    tf.tidy(() => {
      const vectors = tf.tensor2d(embedding, [words, dimensions])
      const expected = pooled(vectors).dataSync()
      for (const [at, value] of pool(shape, ids, embedding).entries())
        expect(value).toBeCloseTo(expected[at] ?? Number.NaN, 6)
      const gradient = tf.grad((each) =>
        pooled(each)
          .mul(tf.tensor2d(weights, [2, frontWidth(shape)]))
          .sum(),
      )
      const slopes = gradient(vectors).dataSync()
      for (const [at, value] of poolGradient(shape, ids, embedding, weights).entries())
        expect(value).toBeCloseTo(slopes[at] ?? Number.NaN, 6)
    })
  })

  it('share the gradient of a maximum that several places have', () => {
    const shape = { base: 0, length: 3, words: 3, dimensions: 1, pooling: 'max' as const }
    const gradient = poolGradient(
      shape,
      Uint32Array.of(1, 2, 1),
      Float32Array.of(9, 5, 5),
      Float32Array.of(6),
    )
    expect([...gradient]).toEqual([0, 4, 2])
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
    const full = run(true)
    const sparse = run(false)
    expect(sparse.length).toBe(full.length)
    for (const [index, value] of sparse.entries()) expect(value).toBeCloseTo(full[index] ?? Number.NaN, 4)
    expect(weightsOf(stack).layers.map((layer) => layer.kernel.length)).toEqual([24, 8])
    disposeStack(stack)
  })
})
