import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { evaluateClassifier } from '../../src/evaluation/evaluation.ts'
import { classLogits, classProbabilities, ordinalOutputs } from '../../src/models/ordinal.ts'
import { sigmoid } from '../../src/numbers.ts'
import { congruential } from '../helpers/congruential.ts'
import { csvTraining } from '../helpers/csv-training.ts'

// The figures of scikit-learn 1.9.1: for each class but the last LogisticRegression(C=1e9) on the rows that reach it.
const ROWS = 500
const four = (value: number) => Number(value.toFixed(4))
const x = congruential(ROWS, 41).map((value) => four(value * 4 - 2))
const z = congruential(ROWS, 42).map((value) => four(value * 4 - 2))
const e = congruential(ROWS, 43)
const ranks = x.map((value, row) => {
  const noise = e[row] ?? 0
  const score = value + 0.5 * (z[row] ?? 0) + Math.log(noise / (1 - noise))
  return [-1, 0.3, 1.5].filter((edge) => score > edge).length
})
const WORDS = ['poor', 'fair', 'good', 'excellent']

describe('a recipe with ranks', () => {
  let desk: Awaited<ReturnType<typeof csvTraining>>
  beforeAll(async () => {
    desk = await csvTraining('ranks')
    await desk.upload(
      'stars',
      ['x,z,stars', ...ranks.map((rank, row) => `${x[row]},${z[row]},${rank + 1}`)].join('\n'),
    )
    await desk.upload(
      'words',
      ['x,z,verdict', ...ranks.map((rank, row) => `${x[row]},${z[row]},${WORDS[rank]}`)].join('\n'),
    )
    await desk.upload(
      'two',
      ['x,label', ...ranks.map((rank, row) => `${x[row]},${rank > 1 ? 'a' : 'b'}`)].join('\n'),
    )
  })
  afterAll(() => desk.close())

  const linear = {
    layers: [],
    optimizer: { type: 'adam', learningRate: 0.02 },
    learningRateSchedule: 'cosine',
    batchSize: 125,
    epochs: 250,
    earlyStopping: null,
  }
  const answerOf = ({ predictor }: Awaited<ReturnType<typeof desk.train>>, row: { x: number; z: number }) => {
    const answer = predictor.predict(row)
    if (!('label' in answer)) throw new Error('no class')
    return answer
  }

  it("learns scikit-learn's model and measures it by the distance of ranks, in both engines", async () => {
    for (const engine of ['typed', 'tensorflow']) {
      const stars = await desk.train('stars', 'stars', {
        ...linear,
        engine,
        target: 'stars',
        rank: true,
        validation: { dataset: 'stars' },
      })
      expect(stars.manifest['recipe']).toMatchObject({ task: 'multiclass', rank: true })
      expect(stars.manifest['classes']).toEqual(['1', '2', '3', '4'])
      const answer = answerOf(stars, { x: 1, z: 0 })
      const expected = [0.08645387, 0.25651335, 0.2630462, 0.39398658]
      expect(Object.values(answer.probabilities)).toEqual(expected.map((share) => expect.closeTo(share, 2)))
      expect(answer).toMatchObject({
        label: '4',
        score: answer.probabilities['4'],
        confidence: answer.probabilities['4'],
      })
      const { loss, metrics, baseline, confusionMatrix } = stars.evaluation
      expect(loss).toBeCloseTo(1.1583116, 3)
      expect(metrics['accuracy']).toBeCloseTo(0.47, 1)
      expect(metrics['rankMae']).toBeCloseTo(0.754, 1)
      expect(metrics['quadraticKappa']).toBeCloseTo(0.5474695, 1)
      expect([baseline?.['rankMae'], baseline?.['quadraticKappa']]).toEqual([
        expect.any(Number),
        expect.closeTo(0, 12),
      ])
      expect(confusionMatrix).toHaveLength(4)
      // Another run of the evaluation, from the files. TensorFlow's own answers have 32 bits.
      const again = await desk.evaluate('stars', stars.version, 'stars')
      expect(again).toMatchObject({ loss: expect.closeTo(loss, 7), metrics })
    }
  }, 240_000)

  it('takes the order of a list, over folds and with an ensemble, costs and weights of classes', async () => {
    const words = await desk.train('words', 'words', {
      layers: [{ units: 8 }],
      epochs: 15,
      ensemble: 2,
      target: 'verdict',
      rank: WORDS,
      metrics: ['quadraticKappa'],
      validation: { kFold: 3 },
      cost: { excellent: { poor: 9 } },
    })
    expect(words.evaluation.classes).toEqual(WORDS)
    expect(Object.keys(words.evaluation.metrics)).toEqual(['quadraticKappa', 'accuracy', 'rankMae'])
    expect(words.evaluation.rows).toBe(ROWS)
    expect(words.evaluation.metrics['quadraticKappa']).toBeGreaterThan(0.1)
    const { probabilities } = answerOf(words, { x: 2, z: 2 })
    expect(Object.keys(probabilities)).toEqual(WORDS)
    expect(Object.values(probabilities).reduce((sum, share) => sum + share)).toBeCloseTo(1, 12)
    expect(words.heldOut?.values.length).toBe(ROWS * WORDS.length)
  })

  it('tells in a dry run what it does, and refuses what has no order', async () => {
    expect((await desk.dryRun('words', { target: 'verdict', rank: WORDS })).notes).toEqual([
      {
        path: '/recipe/rank',
        message:
          'The classes are learnt in the order "poor", "fair", "good", "excellent". The evaluation has rankMae and quadraticKappa.',
      },
    ])
    const text = { target: 'verdict' }
    for (const [dataset, recipe, path, message] of [
      ['words', { ...text, rank: true }, '/recipe/rank', /Give rank as a list of all classes/],
      [
        'words',
        { ...text, rank: ['poor', 'fair', 'god', 'excellent'] },
        '/recipe/rank',
        /Did you mean "good"\?/,
      ],
      [
        'words',
        { ...text, rank: ['poor', 'fair', 'good'] },
        '/recipe/rank',
        /lacks classes of the target: "excellent"/,
      ],
      ['words', { ...text, rank: [...WORDS, 'poor'] }, '/recipe/rank', /"poor" is listed twice/],
      // The classes of a column of numbers are not known before the training.
      ['stars', { target: 'stars', rank: ['1', '2', '2'] }, '/recipe/rank', /"2" is listed twice/],
      ['stars', { target: 'stars', rank: ['1', '2'] }, '/recipe/rank', /2 classes.*at least 3/],
      ['words', { ...text, metrics: ['rankMae'] }, '/recipe/metrics/0', /Set "rank"/],
      ['two', { rank: ['a', 'b'] }, '/recipe/rank', /at least 3/],
      ['stars', { target: 'stars', task: 'regression', rank: true }, '/recipe/rank', /task is regression/],
    ] as const)
      await expect(desk.dryRun(dataset, recipe)).rejects.toMatchObject({
        problems: expect.arrayContaining([{ path, message: expect.stringMatching(message) }]),
      })
    await expect(
      desk.train('order', 'stars', { ...linear, epochs: 1, target: 'stars', rank: ['1', '2', '3'] }),
    ).rejects.toThrow(/rank: The list lacks classes of the target/)
  })
})

describe('ordered classes', () => {
  it('have probabilities that add up to 1, the same by outputs and by logits, and back', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -12, max: 12, noNaN: true }), { minLength: 1, maxLength: 6 }),
        (logits) => {
          const probabilities = classProbabilities(logits.map(sigmoid))
          expect(probabilities.reduce((sum, share) => sum + share)).toBeCloseTo(1, 12)
          const logarithms = classLogits(Float64Array.from(logits), logits.length)
          expect([...logarithms.map(Math.exp)]).toEqual(
            [...probabilities].map((share) => expect.closeTo(share, 9)),
          )
          const back = classProbabilities(ordinalOutputs(probabilities))
          expect([...back]).toEqual([...probabilities].map((share) => expect.closeTo(share, 9)))
        },
      ),
    )
  })

  it("are measured as by scikit-learn's mean_absolute_error and cohen_kappa_score, with weights too", () => {
    const rows = 200
    const truth = Float64Array.from(congruential(rows, 2), (value) => Math.floor(value * 3))
    const columns = [10, 11, 12].map((seed) => congruential(rows, seed))
    const logits = Float64Array.from({ length: rows * 3 }, (_, at) => {
      const row = Math.floor(at / 3)
      return (columns[at % 3]?.[row] ?? 0) * 3 + (truth[row] === at % 3 ? 1 : 0)
    })
    const weights = Float64Array.from(congruential(rows, 3), (value) =>
      value < 0.1 ? 0 : Math.round(value * 10) / 2,
    )
    const metricsOf = (own: Float64Array | undefined) =>
      evaluateClassifier({ rows, outputs: 3, logits, truth, weights: own }, ['1', '2', '3'], {
        loss: 0,
        threshold: 0.5,
        metrics: [],
        ranked: true,
      }).metrics
    expect(metricsOf(undefined)).toMatchObject({
      rankMae: expect.closeTo(0.49, 6),
      quadraticKappa: expect.closeTo(0.41041347626339963, 6),
    })
    expect(metricsOf(weights)).toMatchObject({
      rankMae: expect.closeTo(0.5019493177387915, 6),
      quadraticKappa: expect.closeTo(0.3924118944791668, 6),
    })
  })
})
