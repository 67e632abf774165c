import { afterAll, describe, expect, it } from 'vitest'
import { Random } from '../../src/evaluation/random.ts'
import { rowEncoder } from '../../src/models/encoders/row-encoder.ts'
import { SparseRow, SparseRowsBuilder } from '../../src/models/encoders/sparse-row.ts'
import { HIDDEN_ACTIVATIONS } from '../../src/models/network/activations.ts'
import { createNetwork, type NetworkWeights } from '../../src/models/network/network.ts'
import { type CompleteRecipe, completeRecipe, RecipeInput } from '../../src/recipe/index.ts'
import type { Cell } from '../../src/recipe/table.ts'
import { type Engine, type Examples, initialWeights, type LayerPlan } from '../../src/training/engine.ts'
import { chooseEngine, type EngineName, openEngine } from '../../src/training/engines.ts'
import { fitNetwork } from '../../src/training/fit.ts'
import { score } from '../../src/training/score.ts'
import { tf } from '../../src/training/tensorflow/tf.ts'
import { planOf } from '../../src/training/train.ts'

const OPTIMIZERS: [string, object][] = [
  ['sgd', { type: 'sgd', learningRate: 0.05 }],
  ['sgd with momentum', { type: 'sgd', learningRate: 0.02, momentum: 0.9 }],
  ['sgd with Nesterov momentum', { type: 'sgd', learningRate: 0.02, momentum: 0.9, nesterov: true }],
  ['rmsprop', { type: 'rmsprop', learningRate: 0.01 }],
  ['rmsprop with momentum', { type: 'rmsprop', learningRate: 0.005, rho: 0.8, momentum: 0.5 }],
  ['centered rmsprop', { type: 'rmsprop', learningRate: 0.01, centered: true, epsilon: 1e-4 }],
  ['adam', { type: 'adam', learningRate: 0.01 }],
  ['adamW', { type: 'adamW', learningRate: 0.01, weightDecay: 0.05, beta1: 0.8 }],
  ['adagrad', { type: 'adagrad', learningRate: 0.05 }],
]
const LOSSES = [
  ['binary', 'binaryCrossentropy'],
  ['binary', 'meanSquaredError'],
  ['multiclass', 'sparseCategoricalCrossentropy'],
  ['regression', 'meanSquaredError'],
  ['regression', 'meanAbsoluteError'],
  ['regression', 'huber'],
] as const
type Task = CompleteRecipe['task']

/** Rows with `filled` of `width` inputs filled; with `filled` below `width` the first row is empty. */
function examples(task: Task, rows: number, width: number, filled: number): Examples {
  const random = new Random(4, 'examples')
  const builder = new SparseRowsBuilder(width)
  const targets = new Float32Array(rows)
  for (let number = 0; number < rows; number++) {
    const row = new SparseRow()
    let sum = 0
    for (let input = 0; input < width; input++) {
      if (filled < width && (number === 0 || random.next() > filled / width)) continue
      const value = random.next() * 2 - 1
      row.add(input, value)
      sum += input % 2 ? value : -value
    }
    builder.add(row)
    targets[number] =
      task === 'regression' ? sum : Math.floor(Math.abs(sum * 5)) % (task === 'binary' ? 2 : 3)
  }
  return { rows: builder.build(), inputs: { numbers: width, sequences: [] }, targets }
}

/** Rows of two piecewise linear numbers, one of them with gaps, a plain number and a category, as they are encoded. */
function curvedExamples(count: number): Examples {
  const random = new Random(5, 'curves')
  const edges = (bins: number) => Array.from({ length: bins + 1 }, (_, index) => index / bins)
  const gaps = { fill: 0.4, indicator: false, refuseGaps: false }
  const encoder = rowEncoder([
    { name: 'x', type: 'number', state: { kind: 'piecewiseLinear', edges: edges(12), ...gaps } },
    { name: 'z', type: 'number', state: { kind: 'number', shift: 0, scale: 1, ...gaps } },
    {
      name: 'y',
      type: 'number',
      state: { kind: 'piecewiseLinear', edges: edges(5), ...gaps, indicator: true },
    },
    {
      name: 'k',
      type: 'category',
      state: {
        kind: 'category',
        valueType: 'string',
        values: ['a', 'b'],
        indicator: false,
        refuseGaps: false,
        refuseUnseen: false,
      },
    },
  ])
  const builder = new SparseRowsBuilder(encoder.width)
  const row = new SparseRow()
  const targets = new Float32Array(count)
  for (let number = 0; number < count; number++) {
    // Beyond the edges too, and on them.
    const x = random.next() * 1.6 - 0.3
    const z = random.next() - 0.5
    const y = number % 7 === 0 ? null : Math.round(random.next() * 5) / 5
    const cells: Record<string, Cell> = { x, y, z, k: number % 3 === 0 ? 'a' : 'b' }
    encoder.encode((name) => cells[name] ?? null, row)
    builder.add(row)
    targets[number] = Math.sin(5 * x) + (y ?? 0) + z
  }
  return { rows: builder.build(), inputs: encoder.inputs, targets }
}

function recipeFor(task: Task, engine: string, options: object): CompleteRecipe {
  const classes = task === 'binary' ? { n: 20, p: 20 } : { a: 20, b: 20, c: 20 }
  const target =
    task === 'regression' ? { type: 'number' as const, distinct: 40 } : { type: 'category' as const, classes }
  const columns = [
    { name: 'x', type: 'number' as const, missing: 0, distinct: 40 },
    { name: 'y', missing: 0, ...target },
  ]
  const input = { task, engine, batchSize: 16, epochs: 3, metrics: [], earlyStopping: null, ...options }
  const { recipe, problems } = completeRecipe(RecipeInput.parse(input), { rows: 60, columns })
  if (!recipe) throw new Error(JSON.stringify(problems))
  return recipe
}

function planFor(recipe: CompleteRecipe): LayerPlan[] {
  if (recipe.task === 'regression')
    return planOf(recipe, { task: 'regression', log: false, shift: 0, scale: 1 })
  if (recipe.task === 'binary') return planOf(recipe, { task: 'binary', classes: ['n', 'p'], threshold: 0.5 })
  return planOf(recipe, { task: 'multiclass', classes: ['a', 'b', 'c'] })
}

async function curve(
  task: Task,
  engine: EngineName,
  options: object,
  data: Examples,
  classWeights: number[] | null = null,
): Promise<number[]> {
  const recipe = recipeFor(task, engine, options)
  const { epochs } = await fitNetwork({
    recipe,
    plan: planFor(recipe),
    training: data,
    validation: data,
    epochs: recipe.epochs,
    classWeights,
    metricsOf: () => ({}),
    onProgress: async () => {},
    signal: new AbortController().signal,
  })
  return epochs.flatMap((values) => [values['loss'] ?? Number.NaN, values['valLoss'] ?? Number.NaN])
}

/** Expects the same loss curve of both engines. */
async function expectEqualCurves(
  task: Task,
  options: object,
  data: Examples,
  classWeights: number[] | null = null,
) {
  const reference = await curve(task, 'tensorflow', options, data, classWeights)
  const typed = await curve(task, 'typed', options, data, classWeights)
  expect(typed.length).toBe(reference.length)
  for (const [at, value] of typed.entries())
    expect(
      Math.abs(value - (reference[at] ?? Number.NaN)),
      `value ${at} of ${JSON.stringify(options)}`,
    ).toBeLessThan(1e-4)
}

describe('the typed engine', () => {
  afterAll(() => expect(tf.memory().numTensors).toBe(0))

  describe.each(OPTIMIZERS)('has the loss curve of TensorFlow with %s', (_, optimizer) => {
    it.each(LOSSES)('for %s with %s and every activation', async (task, loss) => {
      const data = examples(task, 32, 7, 7)
      for (const activation of HIDDEN_ACTIVATIONS)
        await expectEqualCurves(task, { optimizer, loss, layers: [{ units: 5, activation }] }, data)
    })

    it('for mostly empty rows, many and few of a step', async () => {
      const data = examples('binary', 60, 90, 9)
      for (const batchSize of [1, 4, 60])
        await expectEqualCurves('binary', { optimizer, batchSize, layers: [{ units: 6 }] }, data)
    })
  })

  it('has the loss curve of TensorFlow with dropout, penalties and class weights, in full and in mostly empty rows', async () => {
    const layers = [
      { units: 9, dropout: 0.4, l2: 0.01 },
      { units: 6, activation: 'swish', dropout: 0.2, l1: 0.003 },
      { units: 3, activation: 'tanh' },
    ]
    for (const data of [examples('multiclass', 50, 11, 11), examples('multiclass', 50, 80, 8)])
      await expectEqualCurves('multiclass', { layers, optimizer: 'adam', epochs: 8 }, data, [1, 3, 0.5])
  })

  it('has the loss curve of TensorFlow without hidden layers, at batch 1 and with a last batch that is smaller', async () => {
    const data = examples('regression', 33, 5, 5)
    for (const batchSize of [1, 16, 1000])
      await expectEqualCurves('regression', { layers: [], batchSize, epochs: 10 }, data)
  })

  it('has the loss curve of TensorFlow with a penalty on the output layer, in full and in mostly empty rows', async () => {
    for (const data of [examples('binary', 50, 11, 11), examples('binary', 50, 80, 8)])
      for (const layers of [[], [{ units: 4 }]])
        await expectEqualCurves(
          'binary',
          { layers, outputL1: 0.02, optimizer: { type: 'sgd', learningRate: 0.05 }, epochs: 8 },
          data,
        )
  })

  // The kernels take columns in groups of 24, 16 and 4, and the rest singly.
  it.each([[[61, 1]], [[3, 24]], [[16, 23, 40]], [[28, 2, 50]]])(
    'has the loss curve of TensorFlow with layers of %j units',
    async (units) => {
      const layers = units.map((each) => ({ units: each }))
      for (const data of [examples('multiclass', 40, 9, 9), examples('multiclass', 40, 70, 6)])
        for (const batchSize of [1, 7, 40])
          await expectEqualCurves('multiclass', { layers, batchSize, epochs: 2 }, data)
    },
  )

  it.each(['binary', 'multiclass', 'regression'] as const)(
    'scores an average of networks as predictions do: %s',
    (task) => {
      const random = new Random(2, 'members')
      const data = { ...curvedExamples(70), targets: new Float32Array(70) }
      const plan = planFor(
        recipeFor(task, 'typed', { layers: [{ units: 40 }, { units: 7, activation: 'tanh' }] }),
      )
      const members = [1, 2, 3].map(() => initialWeights(data.inputs, plan, random))
      const network = createNetwork(members)
      const { logits, outputs } = score(members, data)
      for (let row = 0; row < 70; row++) {
        const start = data.rows.offsets[row] ?? 0
        const end = data.rows.offsets[row + 1] ?? 0
        for (const [at, expected] of network.logits(data.rows, start, end).entries())
          expect(Math.abs((logits[row * outputs + at] ?? Number.NaN) - expected)).toBeLessThan(1e-5)
      }
    },
  )

  it.each([1, 3, 20, 64])(
    'has the loss curve of TensorFlow with piecewise linear numbers before %i units',
    async (units) => {
      const data = curvedExamples(70)
      expect(data.inputs.curves?.map(({ length }) => length)).toEqual([12, 5])
      for (const optimizer of ['adamW', 'rmsprop'])
        for (const l2 of [0, 0.01])
          await expectEqualCurves('regression', { optimizer, layers: [{ units, l2 }, { units: 5 }] }, data)
    },
  )

  it('has the loss curve of TensorFlow under learning-rate schedules', async () => {
    const data = examples('binary', 40, 6, 6)
    for (const learningRateSchedule of ['cosine', { type: 'reduceOnPlateau', patience: 1, factor: 0.5 }])
      await expectEqualCurves('binary', { learningRateSchedule, optimizer: 'sgd', epochs: 8 }, data)
  })
})

describe.each(['tensorflow', 'typed'] as const)('the engine %s', (name) => {
  afterAll(() => expect(tf.memory().numTensors).toBe(0))

  it('draws the weights of a linear model to 0 as the lasso does', async () => {
    // Of orthogonal columns of ±1 the lasso's weights are those of least squares, each nearer to 0 by half of the factor.
    const columns = [
      [1, 1, 1, 1, -1, -1, -1, -1],
      [1, 1, -1, -1, 1, 1, -1, -1],
      [1, -1, 1, -1, 1, -1, 1, -1],
    ]
    const builder = new SparseRowsBuilder(3)
    const targets = Float32Array.from({ length: 8 }, (_, at) => {
      const [a = 0, b = 0, c = 0] = columns.map((column) => column[at])
      const row = new SparseRow()
      for (const [input, value] of [a, b, c].entries()) row.add(input, value)
      builder.add(row)
      return 2 * a - 0.9 * b + 0.2 * c
    })
    const recipe = recipeFor('regression', name, {
      layers: [],
      outputL1: 0.5,
      loss: 'meanSquaredError',
      optimizer: { type: 'sgd', learningRate: 0.1 },
      learningRateSchedule: 'cosine',
      batchSize: 8,
    })
    const { weights } = await fitNetwork({
      recipe,
      plan: planFor(recipe),
      training: { rows: builder.build(), inputs: { numbers: 3, sequences: [] }, targets },
      validation: null,
      epochs: 400,
      classWeights: null,
      metricsOf: () => ({}),
      onProgress: async () => {},
      signal: new AbortController().signal,
    })
    const kernel = [...(weights.layers[0]?.kernel ?? [])]
    for (const [at, expected] of [1.75, -0.65, 0].entries()) expect(kernel[at]).toBeCloseTo(expected, 2)
  })

  async function open(optimizer: object, data: Examples): Promise<Engine> {
    const recipe = recipeFor('binary', name, { optimizer, layers: [{ units: 6, dropout: 0.2 }] })
    const plan = planFor(recipe)
    return openEngine(name, {
      recipe,
      plan,
      training: data,
      classWeights: null,
      initial: initialWeights(data.inputs, plan, new Random(1, 'weights')),
      dropout: new Random(1, 'dropout'),
    })
  }
  const steps = (engine: Engine, from: number, to: number) => {
    for (let step = from; step < to; step++)
      engine.step(Uint32Array.of(step % 60, (step * 7) % 60, (step * 11) % 60), 0.01)
  }
  const numbers = ({ layers }: NetworkWeights) => layers.flatMap(({ kernel, bias }) => [...kernel, ...bias])

  it('learns from rows without inputs: the gradient of a logit of 0 is one half minus the class', async () => {
    const data = { ...examples('binary', 4, 3, 0), targets: Float32Array.of(1, 1, 1, 0) }
    const recipe = recipeFor('binary', name, { optimizer: 'sgd', layers: [] })
    const plan = planFor(recipe)
    const engine = await openEngine(name, {
      recipe,
      plan,
      training: data,
      classWeights: null,
      initial: initialWeights(data.inputs, plan, new Random(1, 'weights')),
      dropout: new Random(1, 'dropout'),
    })
    const { loss } = engine.step(Uint32Array.of(0, 1, 2, 3), 1)
    expect(loss).toBeCloseTo(Math.log(2), 6)
    expect(engine.weights().layers[0]?.bias[0]).toBeCloseTo(0.25, 6)
    engine.dispose()
  })

  it('scores rows without dropout as the finished network does, full and mostly empty ones', async () => {
    for (const data of [examples('binary', 2100, 7, 7), examples('binary', 50, 90, 9)]) {
      const engine = await open({ type: 'sgd' }, data)
      const network = createNetwork([engine.weights()])
      const { offsets } = data.rows
      const logits = engine.logits(data)
      const scored = score([engine.weights()], data).logits
      expect([logits.length, scored.length]).toEqual([data.rows.rows, data.rows.rows])
      for (let row = 0; row < data.rows.rows; row++) {
        const [expected = Number.NaN] = network.logits(data.rows, offsets[row] ?? 0, offsets[row + 1] ?? 0)
        for (const given of [logits, scored])
          expect(Math.abs((given[row] ?? Number.NaN) - expected)).toBeLessThan(1e-5)
      }
      engine.dispose()
    }
  })

  it.each(OPTIMIZERS)(
    'goes on from kept weights and memory as if it had not stopped, with %s',
    async (_, optimizer) => {
      const data = examples('binary', 60, 90, 9)
      const through = await open(optimizer, data)
      const again = await open(optimizer, data)
      steps(through, 0, 8)
      const { layers, fronts } = through.weights()
      const weights = {
        fronts,
        layers: layers.map((layer) => ({ ...layer, kernel: layer.kernel.slice(), bias: layer.bias.slice() })),
      }
      const memory = through.optimizerState()
      // Goes astray, while as many numbers are drawn for dropout as in the other.
      steps(again, 20, 28)
      again.restore(weights)
      again.restoreOptimizer(memory)
      steps(through, 8, 16)
      steps(again, 8, 16)
      for (const [at, value] of numbers(again.weights()).entries())
        expect(value).toBe(numbers(through.weights())[at])
      for (const engine of [through, again]) engine.dispose()
    },
  )
})

describe('the engine of a recipe', () => {
  const plan = (...units: number[]): LayerPlan[] =>
    units.map((each) => ({ units: each, activation: 'relu', l1: 0, l2: 0, dropout: 0 }))
  const shape = (rows: number, width: number, filled: number, sequences = 0): Examples => ({
    rows: {
      rows,
      width,
      offsets: new Uint32Array(0),
      values: new Float32Array(0),
      indices: { length: rows * filled } as Uint32Array,
    },
    inputs: {
      numbers: width,
      sequences: Array.from({ length: sequences }, () => {
        return { base: width, length: 1, words: 1, dimensions: 1, pooling: 'max' as const }
      }),
    },
    targets: new Float32Array(0),
  })
  const auto = (batchSize: number, layers: LayerPlan[], data: Examples) =>
    chooseEngine({ engine: 'auto', batchSize }, layers, data)

  it('is chosen by its shapes', () => {
    expect(auto(1, plan(64, 64, 1), shape(400, 13, 13))).toBe('typed')
    expect(auto(512, plan(512, 512, 1), shape(20_000, 13, 13))).toBe('tensorflow')
    expect(auto(512, plan(16, 16, 1), shape(15_000, 10_000, 130))).toBe('typed')
    expect(auto(256, plan(256, 256, 1), shape(15_000, 500, 500))).toBe('tensorflow')
    const curved = shape(15_000, 500, 260)
    curved.inputs = {
      ...curved.inputs,
      curves: [
        { base: 0, length: 250 },
        { base: 250, length: 250 },
      ],
    }
    expect(auto(256, plan(256, 256, 1), curved)).toBe('typed')
    // More than the kernels' memory holds.
    expect(auto(1, plan(3000, 1), shape(10, 100_000, 2))).toBe('tensorflow')
    // A batch has no more rows than there are.
    expect(auto(512, plan(512, 512, 1), shape(50, 13, 13))).toBe('typed')
    expect(auto(1, plan(16, 1), shape(100, 5, 5, 1))).toBe('tensorflow')
  })

  it('is the one that it names', () => {
    expect(chooseEngine({ engine: 'typed', batchSize: 512 }, plan(512, 512), shape(9_000, 500, 500))).toBe(
      'typed',
    )
    expect(chooseEngine({ engine: 'tensorflow', batchSize: 1 }, plan(2), shape(10, 2, 2))).toBe('tensorflow')
  })
})
