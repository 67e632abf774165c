import { describe, expect, it } from 'vitest'
import type { Table } from '../../src/datasets/table.ts'
import { loadPredictor } from '../../src/models/predictor.ts'
import { completeRecipe, RecipeInput } from '../../src/recipe/index.ts'
import { writeLayersModel } from '../../src/training/keras-files/layers-model.ts'
import { train, trainOnAll } from '../../src/training/train.ts'

type Labelled = readonly [text: string, label: string]

function tableOf(rows: readonly Labelled[]) {
  const classes: Record<string, number> = {}
  for (const [, label] of rows) classes[label] = (classes[label] ?? 0) + 1
  const characters = rows.reduce((sum, [text]) => sum + text.length, 0)
  const description = {
    rows: rows.length,
    columns: [
      { name: 'text', type: 'text' as const, missing: 0, meanLength: Math.round(characters / rows.length) },
      { name: 'label', type: 'category' as const, missing: 0, classes },
    ],
  }
  const table: Table = {
    rows: rows.length,
    columns: new Map([
      ['text', { type: 'text', values: rows.map(([text]) => text) }],
      ['label', { type: 'category', values: rows.map(([, label]) => label) }],
    ]),
  }
  return { description, table }
}

function inputOf(rows: readonly Labelled[], input: object) {
  const { description, table } = tableOf(rows)
  const { recipe, problems } = completeRecipe(RecipeInput.parse(input), description)
  if (!recipe) throw new Error(JSON.stringify(problems))
  return { recipe, table, onProgress: async () => {}, signal: new AbortController().signal }
}

/** Trains rows as the last fit does, and returns the predictor and the warnings. */
async function learn(rows: readonly Labelled[], input: object = {}) {
  const training = inputOf(rows, input)
  const { encoder, members, warnings } = await trainOnAll(training, training.recipe.epochs)
  const files = await writeLayersModel(members)
  const predictor = loadPredictor({
    encoder: Buffer.from(JSON.stringify(encoder)),
    model: files['model.json'],
    weights: files['weights.bin'],
  })
  const answer = (text: string) => {
    const prediction = predictor.predictText(text)
    if (!('label' in prediction)) throw new Error('not a classifier')
    return prediction
  }
  return { answer, warnings }
}

const REVIEWS: readonly Labelled[] = [
  ['I love this film', 'pos'],
  ['Brilliant acting', 'pos'],
  ['I hate this film', 'neg'],
  ['Dreadful acting', 'neg'],
]
const PAIRS: readonly Labelled[] = Array.from({ length: 100 }, (_, row) =>
  row % 2 ? [`alpha beta item ${row}`, 'one'] : [`gamma delta item ${row}`, 'two'],
)

describe('few texts', () => {
  it('are known by the words that only one of them has', async () => {
    const { answer, warnings } = await learn(REVIEWS)
    for (const [text, label] of [...REVIEWS, ['love', 'pos'], ['hate', 'neg']] as const)
      expect(answer(text).label).toBe(label)
    expect(answer('I love this film').score).toBeGreaterThan(0.6)
    expect(warnings).toContainEqual({
      code: 'few-terms',
      column: 'text',
      message: expect.stringMatching(/Only 19 different terms .* "text".* More rows help\.$/),
    })
  })

  it('are fitted in all epochs, since so few rows cannot tell which one is best', () => {
    const { recipe } = inputOf(REVIEWS, {})
    expect(recipe.finalEpochs).toBe(recipe.epochs)
    expect(inputOf(PAIRS, {}).recipe.finalEpochs).toBe('best')
    expect(inputOf(REVIEWS, { epochs: 3 }).recipe.finalEpochs).toBe(3)
  })

  it('have words that speak for their own class only, with every seed', async () => {
    for (let seed = 1; seed <= 12; seed++) {
      const { answer } = await learn(PAIRS, { seed, epochs: 12 })
      for (const word of ['alpha', 'beta']) expect(answer(word).label).toBe('one')
      for (const word of ['gamma', 'delta']) expect(answer(word).label).toBe('two')
    }
  })
})

describe('a text without a known word', () => {
  const uneven: readonly Labelled[] = PAIRS.filter((_, row) => row % 2 === 0 || row % 5 === 0)

  it("gets the classes' shares, by weight where classes are weighted", async () => {
    const share = uneven.filter(([, label]) => label === 'two').length / uneven.length
    const hidden = { encoder: 'tfIdf', layers: [{ units: 4 }], epochs: 4 }
    for (const input of [{}, hidden]) {
      const { answer } = await learn(uneven, input)
      for (const text of ['zzz', '', '!'])
        expect(answer(text).probabilities).toEqual({
          one: expect.closeTo(1 - share, 12),
          two: expect.closeTo(share, 12),
        })
    }
    const balanced = await learn(uneven, { classWeights: 'balanced', epochs: 4 })
    expect(balanced.answer('zzz').score).toBe(0.5)
    const three = await learn([...uneven, ...uneven.map(([text]) => [`${text} x`, 'three'] as const)], {})
    expect(three.answer('zzz').probabilities).toMatchObject({ three: expect.closeTo(0.5, 12) })
  })

  it('is evaluated by the same answer', async () => {
    // Every text has a word of its own, so none of the validation rows has a known one.
    const rows = uneven.map(([, label], row): Labelled => [`w${row}`, label])
    const { evaluation, history } = await train(
      inputOf(rows, { validation: { split: 0.25 }, finalEpochs: null, epochs: 3 }),
    )
    const count =
      evaluation?.confusionMatrix?.map((line) => line.reduce((sum, value) => sum + value, 0)) ?? []
    expect(evaluation?.metrics['accuracy']).toBeCloseTo((count[1] ?? 0) / (evaluation?.rows ?? 1), 12)
    const losses = history['valLoss']
    expect(new Set(Array.isArray(losses) ? losses : [])).toEqual(new Set([evaluation?.loss]))
  })
})
