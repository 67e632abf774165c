import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { csvTraining } from '../helpers/csv-training.ts'

/** Rows of which those that weigh most follow another rule, and scikit-learn's logistic regressions of each label. */
const Shares = z.object({ loss: z.number(), first: z.array(z.array(z.number())) })
const { training } = z
  .object({
    training: z.object({
      inputs: z.array(z.array(z.number())),
      truth: z.array(z.array(z.number())),
      weights: z.array(z.number()),
      plain: Shares,
      weighted: Shares,
    }),
  })
  .parse(JSON.parse(readFileSync(new URL('../fixtures/scikit_labels.json', import.meta.url), 'utf8')))

const LABELS = ['p', 'q']

describe('weights of rows that have any number of labels', () => {
  let desk: Awaited<ReturnType<typeof csvTraining>>
  const lines = (weightOf: (weight: number) => number) =>
    training.inputs.map(([x, z], row) => {
      const own = LABELS.filter((_, label) => training.truth[row]?.[label] === 1)
      return `${x},${z},${weightOf(training.weights[row] ?? 0)},${own.join('|') || '|'}`
    })
  beforeAll(async () => {
    desk = await csvTraining('weighted-labels')
    await desk.upload('rows', ['x,z,w,tags', ...lines((weight) => weight)].join('\n'))
    await desk.upload('scaled', ['x,z,w,tags', ...lines((weight) => weight * 1024)].join('\n'))
    const unweighted = lines(() => 0).map((line) => line.replace(',0,', ','))
    await desk.upload('plain', ['x,z,tags', ...unweighted].join('\n'))
  })
  afterAll(() => desk.close())

  const linear = {
    target: 'tags',
    inputs: ['x', 'z'],
    weights: 'w',
    multiLabel: true,
    layers: [],
    optimizer: { type: 'adam', learningRate: 0.02 },
    learningRateSchedule: 'cosine',
    batchSize: 150,
    epochs: 250,
    validation: { dataset: 'rows' },
    earlyStopping: null,
  }
  type Trained = Awaited<ReturnType<typeof desk.train>>
  const sharesOf = ({ predictor }: Trained, row: number) => {
    const [x = 0, z = 0] = training.inputs[row] ?? []
    const answer = predictor.predict({ x, z })
    return 'labels' in answer ? Object.values(answer.probabilities) : []
  }

  it("give scikit-learn's models and their weighted loss, in both engines", async () => {
    for (const [engine, weights, expected] of [
      ['typed', 'w', training.weighted],
      ['typed', null, training.plain],
      ['tensorflow', 'w', training.weighted],
    ] as const) {
      const trained = await desk.train('linear', 'rows', { ...linear, weights, engine })
      expect(trained.evaluation.loss).toBeCloseTo(expected.loss, 3)
      expect(trained.evaluation.weightedBy).toBe(weights ?? undefined)
      for (const [row, shares] of expected.first.entries())
        expect(sharesOf(trained, row)).toEqual(shares.map((share) => expect.closeTo(share, 2)))
    }
  }, 240_000)

  it('are those of trees too', async () => {
    const trees = { target: 'tags', multiLabel: true, network: 'trees', weights: 'w', epochs: 20 }
    const weighted = await desk.train('trees', 'rows', { ...trees, validation: { split: 0.3 } })
    expect(weighted.evaluation.weightedBy).toBe('w')
    expect(weighted.predictor.inputs.map(({ name }) => name)).toEqual(['x', 'z'])
    const plain = await desk.train('trees', 'rows', { ...trees, weights: null, validation: { split: 0.3 } })
    expect(sharesOf(weighted, 0)).not.toEqual(sharesOf(plain, 0))
  })

  it('count in folds, thresholds, slices and plots, whatever their unit', async () => {
    const quick = { ...linear, epochs: 12, validation: { kFold: 3 }, ensemble: 2 }
    const folds = await desk.train('folds', 'rows', quick)
    const scaled = await desk.train('scaled', 'scaled', quick)
    const { evaluation } = folds
    expect(evaluation).toMatchObject({ rows: training.inputs.length, weightedBy: 'w' })
    expect(scaled.evaluation.metrics).toEqual(evaluation.metrics)
    expect(sharesOf(scaled, 1)).toEqual(sharesOf(folds, 1))
    const { support = 0, weighted } = evaluation.perClass?.['p'] ?? {}
    expect(support).toBe(training.truth.filter(([p]) => p === 1).length)
    const heavy = training.weights.reduce(
      (sum, weight, row) => sum + (training.truth[row]?.[0] ? weight : 0),
      0,
    )
    expect(weighted?.support).toBeCloseTo(heavy, 6)
    expect(evaluation.slices?.slices.length).toBeGreaterThan(5)
    expect(evaluation.interval95?.['f1Micro']?.low).toBeLessThan(evaluation.metrics['f1Micro'] ?? 0)
    const plain = await desk.train('unweighted', 'rows', { ...quick, weights: null })
    expect(plain.evaluation.metrics).not.toEqual(evaluation.metrics)
    expect(plain.evaluation.perClass?.['p']?.weighted).toBeUndefined()
  })

  it('are read from another data set, and told where it has none', async () => {
    const { version, evaluation } = await desk.train('other', 'rows', {
      ...linear,
      epochs: 5,
      multiLabel: { threshold: 0.4 },
    })
    const same = await desk.evaluate('other', version, 'rows')
    expect(same).toMatchObject({ weightedBy: 'w', metrics: evaluation.metrics, loss: evaluation.loss })
    const without = await desk.evaluate('other', version, 'plain')
    expect(without.weightedBy).toBeNull()
    expect(without.metrics['f1Micro']).not.toBe(same.metrics['f1Micro'])
  })
})
