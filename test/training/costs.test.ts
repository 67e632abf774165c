import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cheapestClass, costThreshold } from '../../src/recipe/index.ts'
import { congruential } from '../helpers/congruential.ts'
import { csvTraining } from '../helpers/csv-training.ts'

const ROWS = 400
const x = congruential(ROWS, 31)
const noise = congruential(ROWS, 32)
const two = x.map((value, row) => ((noise[row] ?? 0) < value ** 2 ? 'ill' : 'well'))
const three = x.map(
  (value, row) => ['low', 'mid', 'high'][Math.min(2, Math.floor(value * 2 + (noise[row] ?? 0) * 1.2))] ?? '',
)

describe('a recipe with costs', () => {
  let desk: Awaited<ReturnType<typeof csvTraining>>
  beforeAll(async () => {
    desk = await csvTraining('costs')
    await desk.upload('two', ['x,label', ...x.map((value, row) => `${value},${two[row]}`)].join('\n'))
    await desk.upload('three', ['x,label', ...x.map((value, row) => `${value},${three[row]}`)].join('\n'))
    await desk.upload(
      'grades',
      ['x,grade', ...x.map((value, row) => `${value},${1 + 'lmh'.indexOf(three[row]?.[0] ?? 'l')}`)].join(
        '\n',
      ),
    )
  })
  afterAll(() => desk.close())

  const quick = {
    layers: [{ units: 8 }],
    epochs: 60,
    optimizer: { type: 'adam', learningRate: 0.02 },
    validation: { split: 0.5 },
    // No row chooses the epoch, so that one network answers all of them.
    earlyStopping: null,
  }
  const answersOf = ({ predictor }: Awaited<ReturnType<typeof desk.train>>) =>
    x.map((value) => {
      const answer = predictor.predict({ x: value })
      if (!('label' in answer)) throw new Error('no class')
      return answer
    })

  it('answers the positive class of two from the threshold that the costs give, with the same scores', async () => {
    const plain = answersOf(await desk.train('plain', 'two', quick))
    const cost = { ill: { well: 9 } }
    for (const validation of [{ split: 0.5 }, { kFold: 3 }]) {
      const costly = await desk.train('costly', 'two', { ...quick, validation, cost })
      const answers = answersOf(costly)
      if ('split' in validation)
        expect(answers.map(({ score }) => score)).toEqual(plain.map(({ score }) => score))
      for (const { label, probabilities } of answers)
        expect(label).toBe((probabilities['ill'] ?? 0) > 0.1 ? 'ill' : 'well')
      expect(answers.filter(({ label }) => label === 'ill').length).toBeGreaterThan(
        plain.filter(({ label }) => label === 'ill').length,
      )
      const { costs, confusionMatrix, classes, rows } = costly.evaluation
      expect(classes).toEqual(['ill', 'well'])
      const [[, missed = 0] = [], [alarms = 0] = []] = confusionMatrix ?? []
      expect(costs?.perRow).toBeCloseTo((9 * missed + alarms) / rows, 9)
      expect(costs?.perRow).toBeLessThan(costs?.likeliest ?? 0)
      const ill = costly.evaluation.perClass?.['ill']?.support ?? 0
      expect(costs?.always).toEqual({
        ill: expect.closeTo((rows - ill) / rows, 9),
        well: expect.closeTo((9 * ill) / rows, 9),
      })
      expect(costly.manifest['recipe']).toMatchObject({ cost, threshold: 0.5 })
    }
  })

  it('answers the class of least expected cost of several, in predictions as in the evaluation', async () => {
    const cost = { high: { low: 20, mid: 8 }, mid: { low: 3, high: 0.5 }, low: { mid: 0.5, high: 1 } }
    const costly = await desk.train('three', 'three', { ...quick, cost })
    const answers = answersOf(costly)
    const costOf = (truth: string, answer: string) =>
      truth === answer ? 0 : Number(Reflect.get(Reflect.get(cost, truth), answer))
    const cheapest = (probabilities: Record<string, number>) =>
      ['high', 'low', 'mid']
        .map((answer) => ({
          answer,
          expected: Object.entries(probabilities).reduce(
            (sum, [truth, share]) => sum + share * costOf(truth, answer),
            0,
          ),
        }))
        .sort((a, b) => a.expected - b.expected)[0]?.answer
    for (const { label, probabilities, score, confidence } of answers) {
      expect(label).toBe(cheapest(probabilities))
      expect([score, confidence]).toEqual([probabilities[label], probabilities[label]])
    }
    const held = [...(costly.heldOut?.rows ?? [])]
    const mean =
      held.reduce((sum, row) => sum + costOf(three[row] ?? '', answers[row]?.label ?? ''), 0) / held.length
    expect(costly.evaluation.costs?.perRow).toBeCloseTo(mean, 9)
    const right = held.filter((row) => three[row] === answers[row]?.label).length
    expect(costly.evaluation.metrics['accuracy']).toBeCloseTo(right / held.length, 9)
    // Another data set is measured with the same costs.
    const same = await desk.evaluate('three', costly.version, 'three')
    expect(same.costs?.perRow).toBeGreaterThan(0)
  })

  it('tells in a dry run what it does, and refuses costs that decide nothing', async () => {
    expect((await desk.dryRun('two', { cost: { ill: { well: 9 } } })).notes).toEqual([
      {
        path: '/recipe/cost',
        message:
          '"ill" is predicted from a probability of 0.1 on, otherwise "well". Probabilities do not change.',
      },
    ])
    expect((await desk.dryRun('three', { cost: { low: { high: 2 } } })).notes[0]?.message).toMatch(
      /^The class with the least expected cost is predicted/,
    )
    for (const [dataset, recipe, path, message] of [
      ['two', { cost: { il: { well: 9 } } }, '/recipe/cost/il', /Did you mean "ill"\?/],
      ['two', { cost: { ill: { wel: 9 } } }, '/recipe/cost/ill/wel', /Did you mean "well"\?/],
      ['two', { cost: { ill: { well: 0 } } }, '/recipe/cost/ill', /"well" would always be answered/],
      [
        'two',
        { cost: { ill: { well: 9 } }, threshold: 0.3 },
        '/recipe/threshold',
        /Remove threshold or cost/,
      ],
      ['two', { cost: { ill: { well: 9 } }, classWeights: 'balanced' }, '/recipe/cost', /count twice/],
      ['grades', { cost: { 1: { 2: 9 } } }, '/recipe/cost', /regression answers no classes/],
    ] as const)
      await expect(desk.dryRun(dataset, recipe)).rejects.toMatchObject({
        problems: expect.arrayContaining([{ path, message: expect.stringMatching(message) }]),
      })
    await expect(
      desk.train('grades', 'grades', { ...quick, task: 'multiclass', cost: { 1: { 5: 9 } } }),
    ).rejects.toThrow(/cost: Unknown class \\"5\\"/)
  })

  it('gives the threshold of the expected costs', () => {
    const anyCost = fc.double({ min: 0.01, max: 100, noNaN: true })
    fc.assert(
      fc.property(
        anyCost,
        anyCost,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (falsePositive, falseNegative, share) => {
          const costs = [
            [-1, falsePositive - 1],
            [falseNegative + 2, 2],
          ]
          const threshold = costThreshold(costs)
          fc.pre(Math.abs(share - threshold) > 1e-9)
          expect(cheapestClass(costs, (label) => (label === 1 ? share : 1 - share))).toBe(
            share > threshold ? 1 : 0,
          )
        },
      ),
    )
  })
})
