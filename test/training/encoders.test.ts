import { afterAll, describe, expect, it } from 'vitest'
import type { Table } from '../../src/datasets/table.ts'
import { Random } from '../../src/evaluation/random.ts'
import { termsOf } from '../../src/models/encoders/text.ts'
import { loadPredictor } from '../../src/models/predictor.ts'
import { completeRecipe, RecipeInput } from '../../src/recipe/index.ts'
import { chooseRows } from '../../src/training/data/rows.ts'
import { writeLayersModel } from '../../src/training/keras-files/layers-model.ts'
import { tf } from '../../src/training/tensorflow/tf.ts'
import { train } from '../../src/training/train.ts'

const ROWS = 400

/** Two texts and two numbers, each of which says something of the class; `spy` words occur in one row only. */
function listings() {
  const random = new Random(8, 'listings')
  const pick = <T>(values: readonly T[]) => values[random.uint32() % values.length] as T
  const labels = Array.from({ length: ROWS }, () => pick(['yes', 'no']))
  const is = (row: number) => labels[row] === 'yes'
  const title = labels.map(
    (_, row) => `${pick(is(row) ? ['sunny', 'wide'] : ['dark', 'narrow'])} flat spy${row}`,
  )
  const body = labels.map((_, row) => pick(is(row) ? ['넓은 거실', '밝은 방'] : ['어두운 방', '좁은 거실']))
  const price = Float64Array.from(labels, (_, row) => (is(row) ? 10 : 15) + random.next() * 5)
  const size = Float64Array.from(labels, (_, row) => (row % 9 === 0 ? Number.NaN : random.next() ** 4 * 1000))
  const table: Table = {
    rows: ROWS,
    columns: new Map([
      ['title', { type: 'text', values: title }],
      ['price', { type: 'number', values: price }],
      ['body', { type: 'text', values: body }],
      ['size', { type: 'number', values: size }],
      ['label', { type: 'category', values: labels }],
    ]),
  }
  const yes = labels.filter((label) => label === 'yes').length
  const description = {
    rows: ROWS,
    columns: [
      { name: 'title', type: 'text' as const, missing: 0, meanLength: 20 },
      { name: 'price', type: 'number' as const, missing: 0, distinct: ROWS, min: 10, max: 20 },
      { name: 'body', type: 'text' as const, missing: 0, meanLength: 6 },
      { name: 'size', type: 'number' as const, missing: 45, distinct: 350, min: 0, max: 1000 },
      { name: 'label', type: 'category' as const, missing: 0, classes: { yes, no: ROWS - yes } },
    ],
  }
  return { table, description, title }
}

async function run(input: object) {
  const { table, description, title } = listings()
  const { recipe, problems } = completeRecipe(
    RecipeInput.parse({
      validation: { split: 0.25 },
      layers: [{ units: 8 }],
      optimizer: 'adam',
      epochs: 15,
      batchSize: 16,
      ...input,
    }),
    description,
  )
  if (!recipe) throw new Error(JSON.stringify(problems))
  const result = await train({
    recipe,
    table,
    onProgress: async () => {},
    signal: new AbortController().signal,
  })
  const files = await writeLayersModel(result.members)
  const predictor = loadPredictor({
    encoder: Buffer.from(JSON.stringify(result.encoder)),
    model: files['model.json'],
    weights: files['weights.bin'],
  })
  return { ...result, recipe, table, title, predictor }
}

const kinds = {
  'words with their naive-Bayes ratios': { encoder: { type: 'multiHot', naiveBayes: true } },
  'characters, counted': { encoder: { type: 'count', analyzer: 'char', ngrams: [1, 6], naiveBayes: true } },
  'sequences, averaged': { encoder: { type: 'sequence', maxLength: 5, embedding: 4 } },
  'sequences, their largest': { encoder: { type: 'sequence', maxLength: 5, embedding: 4, pooling: 'max' } },
  'sequences, flat': {
    encoder: { type: 'sequence', maxLength: 3, embedding: 4, pooling: 'flatten', padding: 'post' },
  },
  'sequences, two networks': { encoder: { type: 'sequence', maxLength: 5, embedding: 4 }, ensemble: 2 },
  quantiles: { inputs: ['price', 'size'], scaling: 'quantile' },
  bins: { inputs: ['price', 'size'], scaling: 'piecewiseLinear', columns: { price: { bins: 6 } } },
}

describe('several columns in one model', () => {
  afterAll(() => expect(tf.memory().numTensors).toBe(0))

  it.each(Object.entries(kinds))('are learnt: %s', async (_, input) => {
    const { evaluation, predictor, recipe } = await run(input)
    const accuracy = evaluation && 'accuracy' in evaluation.metrics ? evaluation.metrics['accuracy'] : null
    expect(accuracy).toBeGreaterThan(0.9)
    const good = { title: 'sunny flat', price: 11, body: '넓은 거실', size: null }
    const bad = { title: 'dark flat', price: 19, body: '좁은 거실', size: 3 }
    const chosen = (row: typeof good | typeof bad) =>
      Object.fromEntries(Object.entries(row).filter(([name]) => recipe.inputs.includes(name)))
    expect(predictor.check(chosen(good), '').total).toBe(0)
    expect([predictor.predict(chosen(good)), predictor.predict(chosen(bad))]).toMatchObject([
      { label: 'yes' },
      { label: 'no' },
    ])
  })

  it('have as many inputs for each number as the recipe says', async () => {
    const { members, encoder } = await run(kinds.bins)
    expect(encoder.inputs.map(({ state }) => state.kind === 'piecewiseLinear' && state.edges.length)).toEqual(
      [7, 33],
    )
    // 6 and 32 bins with the number itself, and one more for the gaps of the second.
    expect(members[0]?.layers[0]?.inputs).toBe(41)
  })

  it.each([
    ['bag', { encoder: { type: 'multiHot' } }],
    ['sequence', { encoder: { type: 'sequence', maxLength: 4, embedding: 2 } }],
  ])('have the vocabulary of the training rows alone: %s', async (_, input) => {
    const { encoder, recipe, table, title } = await run({ ...input, epochs: 1 })
    const { training, validation } = chooseRows(recipe, table, { from: null, fold: null })
    const [first] = encoder.inputs
    if (first?.state.kind !== 'text' && first?.state.kind !== 'sequence') throw new Error('no text')
    const known = new Set(termsOf(first.state))
    const spies = (rows: Uint32Array) => Array.from(rows, (row) => title[row]?.split(' ')[2] ?? '')
    expect(spies(training).every((word) => known.has(word))).toBe(true)
    expect(validation?.length).toBe(100)
    expect(spies(validation ?? new Uint32Array(0)).some((word) => known.has(word))).toBe(false)
  })
})
