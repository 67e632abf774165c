import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { Random } from '../../src/evaluation/random.ts'
import { randomParts } from '../../src/training/calibration/choose.ts'
import { csvTraining } from '../helpers/csv-training.ts'
import { linearTable } from '../helpers/linear-table.ts'

type Service = Awaited<ReturnType<typeof csvTraining>>
let service: Service
beforeAll(async () => {
  service = await csvTraining('candidates')
})
afterAll(() => service.close())

const Manifest = z.looseObject({
  recipe: z.looseObject({ candidates: z.null(), layers: z.array(z.looseObject({ units: z.int() })) }),
  metrics: z.record(z.string(), z.number()),
  warnings: z.array(z.looseObject({ code: z.string(), message: z.string() })),
  choice: z
    .object({
      metric: z.string(),
      chosen: z.int(),
      candidates: z.array(z.object({ recipe: z.record(z.string(), z.unknown()), value: z.number() })),
      crossFit: z.unknown().optional(),
    })
    .optional(),
})

const bad = { layers: [{ units: 2 }], optimizer: { type: 'sgd', learningRate: 1e-5 } } as const
const good = { layers: [], optimizer: { type: 'adam', learningRate: 0.1 } } as const
/** Fields of a candidate of trees beside such networks. */
const forTrees = {
  layers: [],
  batchSize: 32,
  optimizer: 'rmsprop',
  missing: 'bin',
  learningRateSchedule: null,
}
const common = { epochs: 8, batchSize: 16 }

describe.each([
  ['folds', { kFold: 3 }],
  ['a split', { split: 0.25 }],
])('of several candidates, on %s', (_, validation) => {
  it('the best on validation rows is kept, as if it had been ordered alone', async () => {
    await service.upload('line', linearTable(120))
    const recipe = { ...common, ...bad, validation, candidates: [good, { epochs: 1 }] }
    const chosen = await service.train('chosen', 'line', recipe)
    const manifest = Manifest.parse(chosen.manifest)
    expect(manifest.recipe.layers).toEqual([])
    expect(manifest.choice).toMatchObject({ metric: 'mae', chosen: 1 })
    expect(manifest.choice?.candidates.map((each) => Object.keys(each.recipe))).toEqual([
      [],
      ['layers', 'optimizer'],
      ['epochs'],
    ])

    const alone = await service.train('alone', 'line', { ...common, ...good, validation })
    const bare = await service.train('bare', 'line', { ...common, ...bad, validation })
    expect(Manifest.parse(alone.manifest).choice).toBeUndefined()
    expect(chosen.evaluation).toEqual(alone.evaluation)
    expect(manifest.choice?.candidates[1]?.value).toBe(alone.evaluation.metrics['mae'])
    expect(manifest.choice?.candidates[0]?.value).toBe(bare.evaluation.metrics['mae'])
    const row = { a: 0.5, b: 0.25 }
    expect(chosen.predictor.predict(row)).toEqual(alone.predictor.predict(row))

    const warning = manifest.warnings.find(({ code }) => code === 'candidate-chosen')
    expect(warning?.message).toContain('Candidate 1 was the best')
    const [own, other] = manifest.choice?.candidates.map(({ value }) => Number(value.toPrecision(3))) ?? []
    expect(warning?.message).toContain(
      `by mean absolute error on the same validation rows: the recipe itself has ${own}, its candidates 1 to 2 have ${other},`,
    )

    const again = await service.train('again', 'line', manifest.recipe)
    expect(again.predictor.predict(row)).toEqual(chosen.predictor.predict(row))
  })
})

describe('what is told of the best candidate', () => {
  const Chosen = z.looseObject({
    metrics: z.record(z.string(), z.number()),
    choice: z.object({
      chosen: z.int(),
      candidates: z.array(z.object({ value: z.number() })),
      crossFit: z.object({ chosen: z.array(z.int()), value: z.number() }),
    }),
  })
  const networks = [
    { layers: [], optimizer: { type: 'adam', learningRate: 0.003 } },
    { layers: [], optimizer: { type: 'adam', learningRate: 0.03 }, targetTransform: 'log' },
    { layers: [{ units: 8 }], optimizer: { type: 'adam', learningRate: 0.003 }, loss: 'huber' },
  ]
  /** Numbers of which none says anything about another. */
  const noise = (labels: boolean) => {
    const random = new Random(8, 'noise')
    const lines = Array.from({ length: 90 }, () => {
      const y = 1 + random.next()
      return [random.next(), random.next(), labels ? (y > 1.5 ? 'yes' : 'no') : y].join(',')
    })
    return ['a,b,y', ...lines].join('\n')
  }

  it.each([
    ['numbers', false, { kFold: 5, repeats: 1 }],
    ['numbers in repeated folds', false, { kFold: 3, repeats: 2 }],
    ['classes', true, { kFold: 5, repeats: 1 }],
  ])('is measured on folds that did not choose it: %s', async (_, labels, validation) => {
    const name = `noise-${labels ? 'classes' : 'numbers'}`
    await service.upload(name, noise(labels))
    const each = networks.map(({ targetTransform, loss, ...network }) =>
      labels ? network : { ...network, ...(targetTransform && { targetTransform }), ...(loss && { loss }) },
    )
    const [first, ...others] = each
    const recipe = { ...common, ...first, validation }
    const { manifest, evaluation, heldOut } = await service.train('m', name, {
      ...recipe,
      candidates: others,
    })
    const { choice, metrics } = Chosen.parse(manifest)
    const alone = []
    for (const one of each) alone.push(await service.train('alone', name, { ...recipe, ...one }))
    const figure = (of: { loss: number; metrics: Record<string, number | null> }) =>
      of.metrics['mae'] ?? of.loss
    const figures = alone.map((one) => (one.evaluation.folds ?? []).map(figure))
    const folds = figures[0]?.length ?? 0
    expect(folds).toBe(validation.kFold * validation.repeats)
    const expected = Array.from({ length: folds }, (_, fold) => {
      const first = fold - (fold % validation.kFold)
      const sums = figures.map((own) =>
        own
          .slice(first, first + validation.kFold)
          .reduce((sum, value, at) => (first + at === fold ? sum : sum + value), 0),
      )
      return sums.indexOf(Math.min(...sums))
    })
    expect(new Set(expected).size).toBeGreaterThan(1)
    expect(choice.crossFit.chosen).toEqual(expected)
    const mean = expected.reduce((sum, own, fold) => sum + (figures[own]?.[fold] ?? Number.NaN) / folds, 0)
    expect(choice.crossFit.value).toBeCloseTo(mean, 10)
    expect(metrics[labels ? 'loss' : 'mae']).toBeCloseTo(mean, 10)
    expect(figure(evaluation)).toBeCloseTo(mean, 10)
    expect(choice.candidates.map(({ value }) => value)).toEqual(alone.map((one) => figure(one.evaluation)))
    expect(evaluation.rows).toBe(90 * validation.repeats)
    expect(evaluation.interval95?.['loss']?.low).toBeLessThan(evaluation.loss)
    expect(evaluation.interval95?.['loss']?.high).toBeGreaterThan(evaluation.loss)
    expect(heldOut?.rows).toHaveLength(90)
  })

  it.each([
    ['numbers', false],
    ['classes', true],
  ])('is measured on parts of a split that did not choose it: %s', async (_, labels) => {
    const name = `noise-${labels ? 'classes' : 'numbers'}`
    await service.upload(name, noise(labels))
    const each = networks.map(({ targetTransform, loss, ...network }) =>
      labels ? network : { ...network, ...(targetTransform && { targetTransform }), ...(loss && { loss }) },
    )
    const [first, ...others] = each
    const validation = { split: 0.5 }
    const recipe = { ...common, ...first, calibration: 'none', validation, finalEpochs: 'best' }
    const own = { ...recipe, candidates: others }
    const { manifest, evaluation, heldOut, predictor } = await service.train('m', name, own)
    const { choice, metrics } = Chosen.parse(manifest)
    expect(choice.crossFit.chosen).toHaveLength(5)
    expect(new Set(choice.crossFit.chosen).size).toBeGreaterThan(1)
    const alone = []
    for (const one of each) alone.push(await service.train('alone', name, { ...recipe, ...one }))
    const truth = noise(labels)
      .split('\n')
      .slice(1)
      .map((line) => line.split(',')[2] ?? '')
    const lossOf = (row: number, value: number) => {
      if (!labels) return Math.abs(value - Number(truth[row]))
      return Math.log1p(Math.exp(truth[row] === 'yes' ? -value : value))
    }
    const partOf = randomParts(45)
    const rows = [...(heldOut?.rows ?? [])]
    const losses = alone.map((one) =>
      rows.map((row, at) => lossOf(row, one.heldOut?.values[at] ?? Number.NaN)),
    )
    const sumOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0)
    const expected = Array.from({ length: 5 }, (_, part) => {
      const sums = losses.map((all) => sumOf(all.filter((_, at) => partOf[at] !== part)))
      return sums.indexOf(Math.min(...sums))
    })
    expect(choice.crossFit.chosen).toEqual(expected)
    const told = rows.map((_, at) => losses[expected[partOf[at] ?? 0] ?? 0]?.[at] ?? Number.NaN)
    expect(metrics[labels ? 'loss' : 'mae']).toBeCloseTo(sumOf(told) / 45, 6)
    expect(choice.crossFit.value).toBe(metrics[labels ? 'loss' : 'mae'])
    for (const [at, row] of rows.entries()) {
      const value = heldOut?.values[at] ?? Number.NaN
      expect(lossOf(row, value)).toBeCloseTo(told[at] ?? Number.NaN, 12)
    }
    expect(evaluation.rows).toBe(45)
    // The version is the one that all rows chose.
    const row = { a: 0.5, b: 0.25 }
    expect(predictor.predict(row)).toEqual(alone[choice.chosen]?.predictor.predict(row))
  })
})

it('what is told of a logarithm’s answers has those of another candidate as it gave them, beyond the logarithm’s limits', async () => {
  const table = (far: number | null) => {
    const random = new Random(12, 'limits')
    const lines = Array.from({ length: 90 }, (_, row) => {
      const a = random.next()
      return [row === far ? -40 : a, 1 + a].join(',')
    })
    return ['a,y', ...lines].join('\n')
  }
  const own = {
    ...good,
    epochs: 60,
    batchSize: 8,
    outside: 'extend',
    targetTransform: 'log',
    validation: { split: 0.5 },
    earlyStopping: null,
    finalEpochs: 60,
  }
  await service.upload('near', table(null))
  const near = await service.train('near', 'near', own)
  const far = near.heldOut?.rows[3] ?? -1
  await service.upload('far', table(far))
  const log = await service.train('log', 'far', own)
  const plain = await service.train('plain', 'far', { ...own, targetTransform: 'none' })
  const both = await service.train('both', 'far', { ...own, candidates: [{ targetTransform: 'none' }] })
  expect(both.heldOut?.rows).toEqual(log.heldOut?.rows)
  expect(both.manifest).toMatchObject({ choice: { chosen: 0 } })
  // The other rows do not know how bad a straight line is far away.
  const at = [...(both.heldOut?.rows ?? [])].indexOf(far)
  const answer = plain.heldOut?.values[at] ?? 0
  expect(answer).toBeLessThan(-20)
  expect(both.heldOut?.values[at]).toBe(answer)
  const truth = table(null)
    .split('\n')
    .slice(1)
    .map((each) => Number(each.split(',')[1]))
  const errors = [...(both.heldOut?.rows ?? [])].map((row, place) =>
    Math.abs((both.heldOut?.values[place] ?? 0) - (truth[row] ?? 0)),
  )
  const mean = errors.reduce((sum, error) => sum + error / errors.length, 0)
  expect(both.evaluation.metrics['mae']).toBeCloseTo(mean, 6)
  expect(both.evaluation.interval95?.['mae']?.high).toBeGreaterThan(mean)
})

it('no figure of a choice by others is told where all validation rows are of one group', async () => {
  const lines = linearTable(90)
    .split('\n')
    .map((each, row) => (row === 0 ? `${each},shop` : `${each},s${row % 3}`))
  await service.upload('shops', lines.join('\n'))
  const recipe = { ...common, ...bad, target: 'y', group: 'shop', candidates: [good] }
  const one = await service.train('one', 'shops', { ...recipe, validation: { split: 0.3 } })
  const manifest = Manifest.parse(one.manifest)
  expect(manifest.choice).toMatchObject({ chosen: 1 })
  expect(manifest.choice).not.toHaveProperty('crossFit')
  expect(one.evaluation.rows).toBe(30)
  expect(one.evaluation.metrics['mae']).toBe(manifest.choice?.candidates[1]?.value)
  const { message } = manifest.warnings.find(({ code }) => code === 'candidate-chosen') ?? {}
  expect(message).toContain('the best')
  expect(message).not.toContain('no part in the choice')
  const two = await service.train('two', 'shops', { ...recipe, validation: { split: 0.6 } })
  expect(two.evaluation.rows).toBe(60)
  expect(two.manifest).toMatchObject({ choice: { crossFit: { chosen: [1, 1] } } })
})

describe('the figure that decides', () => {
  it.each([
    ['folds', { kFold: 3 }],
    ['a split', { split: 0.5 }],
  ])(
    'is the loss of two classes, also where their mean absolute error is measured, on %s',
    async (_, validation) => {
      // Of few rows of "no" that look like "yes", a sure network has the smaller absolute error and the larger loss.
      const random = new Random(5, 'sure')
      const lines = Array.from({ length: 120 }, () => {
        const a = random.next()
        return [a, random.next() < 0.8 === a > 0.5 ? 'yes' : 'no'].join(',')
      })
      await service.upload('sure', ['a,label', ...lines].join('\n'))
      const modest = { layers: [], optimizer: { type: 'adam', learningRate: 0.1 } }
      const sure = { optimizer: { type: 'adam', learningRate: 1 } }
      const own = { ...modest, epochs: 40, calibration: 'none', batchSize: 16, metrics: ['mae'], validation }
      const first = await service.train('modest', 'sure', own)
      const second = await service.train('sure', 'sure', { ...own, ...sure })
      const figures = [first, second].map(({ evaluation: { loss, metrics } }) => [loss, metrics['mae']])
      expect(figures[0]?.[0]).toBeLessThan(figures[1]?.[0] ?? 0)
      expect(figures[0]?.[1]).toBeGreaterThan(figures[1]?.[1] ?? 1)
      const { manifest } = await service.train('both', 'sure', { ...own, candidates: [sure] })
      expect(manifest).toMatchObject({
        choice: { metric: 'loss', chosen: 0, candidates: figures.map(([value]) => ({ value })) },
      })
    },
  )
})

describe('candidates', () => {
  it.each([
    ['common', 2, 3_360],
    ['rare', 300, undefined],
  ])(
    'for classes are compared on a sample of the training rows, unless a class is rare: %s',
    async (name, every, sample) => {
      const random = new Random(4, 'classes')
      const lines = Array.from({ length: 4_200 }, (_, row) => {
        const label = row % every === 0 ? 'yes' : 'no'
        return [random.next() + (label === 'yes' ? 1 : 0), label].join(',')
      })
      await service.upload(name, ['a,label', ...lines].join('\n'))
      const recipe = {
        ...good,
        epochs: 2,
        validation: { split: 0.2 },
        candidates: [{ network: 'trees', ...forTrees }],
      }
      const { manifest, evaluation } = await service.train(name, name, recipe)
      const { choice } = z.object({ choice: z.looseObject({ sample: z.int().optional() }) }).parse(manifest)
      expect(choice.sample).toBe(sample)
      expect(evaluation.rows).toBe(840)
      const trees = { recipe: { network: { type: 'trees' } } }
      if (choice['chosen'] === 1) expect(manifest).toMatchObject(trees)
    },
  )

  it('are compared on rows with a target, of which a sample has no fewer than the table', async () => {
    const random = new Random(6, 'gaps')
    const lines = Array.from({ length: 4_800 }, (_, row) => {
      const a = random.next()
      return [a, row % 2 === 0 ? '' : 3 * a].join(',')
    })
    await service.upload('gaps', ['a,y', ...lines].join('\n'))
    const recipe = { ...good, epochs: 1, validation: { split: 0.2 }, candidates: [bad] }
    const { manifest, evaluation } = await service.train('gaps', 'gaps', recipe)
    expect(evaluation.rows).toBe(480)
    expect(Manifest.parse(manifest).choice).toMatchObject({ chosen: 0 })
    expect(manifest).not.toHaveProperty('choice.sample')
  })

  it.each([
    ['folds', { kFold: 3 }],
    ['a split', { split: 0.25 }],
  ])(
    'may average the networks of the recipe with trees, which are the same networks, on %s',
    async (_, validation) => {
      await service.upload('line', linearTable(120))
      const own = { ...common, layers: [{ units: 4 }], optimizer: { type: 'adam' }, ensemble: 2, validation }
      const trees = { network: { type: 'trees', leaves: 4, minRows: 5, rowShare: 0.8 }, epochs: 20 }
      const mean = { otherMembers: [trees] }
      const { manifest, predictor } = await service.train('mean', 'line', {
        ...own,
        finalEpochs: 'best',
        candidates: [mean],
      })
      const first = await service.train('own', 'line', { ...own, finalEpochs: 'best' })
      const second = await service.train('both', 'line', { ...own, ...mean, finalEpochs: 'best' })
      const { choice } = Manifest.parse(manifest)
      expect(choice?.candidates.map(({ value }) => value)).toEqual(
        [first, second].map(({ evaluation }) => evaluation.metrics['mae']),
      )
      const row = { a: 0.5, b: 0.25 }
      expect(predictor.predict(row)).toMatchObject({
        value: z
          .looseObject({ value: z.number() })
          .parse([first, second][choice?.chosen ?? 0]?.predictor.predict(row)).value,
      })
    },
  )

  it('of different text encoders read the same texts', async () => {
    const lines = Array.from({ length: 60 }, (_, row) =>
      row % 2 === 0 ? `fine film number ${row},pos` : `dull play number ${row},neg`,
    )
    await service.upload('texts', ['text,label', ...lines].join('\n'), { types: 'text:text' })
    const recipe = {
      encoder: { type: 'multiHot' },
      layers: [],
      optimizer: { type: 'adam', learningRate: 0.05 },
      epochs: 5,
      validation: { split: 0.2 },
      candidates: [{ encoder: { type: 'tfIdf', analyzer: 'char', ngrams: [2, 3] } }],
    }
    const { manifest, predictor } = await service.train('texts', 'texts', recipe)
    expect(Manifest.parse(manifest).choice?.candidates).toHaveLength(2)
    expect(predictor.predict({ text: 'a fine film' })).toMatchObject({ label: 'pos' })
  })
})

describe('an ensemble with other members', () => {
  it('answers the mean of all of its networks, which are those of the recipes by themselves', async () => {
    await service.upload('line', linearTable(120))
    const own = {
      ...common,
      layers: [{ units: 4 }],
      optimizer: { type: 'adam' },
      validation: { dataset: 'line' },
      earlyStopping: null,
    }
    const linear = { layers: [], optimizer: { type: 'adam', learningRate: 0.1 } }
    const mixed = await service.train('mixed', 'line', { ...own, otherMembers: [linear] })
    const first = await service.train('first', 'line', own)
    const row = { a: 0.5, b: 0.25 }
    const answerOf = ({ predict }: { predict: (row: Record<string, number>) => unknown }) =>
      z.object({ value: z.number() }).parse(predict(row)).value
    // The linear network begins at 0 whatever its seed, but its rows come in an order of their own.
    const seed = new Random(1, 'network 2').uint32()
    const second = await service.train('second', 'line', { ...own, ...linear, seed })
    expect(answerOf(mixed.predictor)).toBeCloseTo(
      (answerOf(first.predictor) + answerOf(second.predictor)) / 2,
      10,
    )
  })
})
