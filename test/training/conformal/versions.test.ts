import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Random } from '../../../src/evaluation/random.ts'
import { predictRows } from '../../../src/serving/predict-rows.ts'
import { ServedVersion } from '../../../src/serving/served-version.ts'
import { csvTraining } from '../../helpers/csv-training.ts'

const ROWS = 1_500
const numbers = (name: string) => {
  const random = new Random(7, name)
  return Array.from({ length: ROWS }, () => random.next())
}
const x = numbers('x')
const noise = numbers('noise')
const y = x.map((value, row) => 10 * value + (0.5 + value) * ((noise[row] ?? 0) - 0.5))
const label = x.map((value, row) => 'abc'[Math.min(2, Math.floor(value * 2.4 + 0.6 * (noise[row] ?? 0)))])

const quick = { layers: [{ units: 8 }], epochs: 20, optimizer: { type: 'adam', learningRate: 0.02 } }
const options = { form: 'features', path: '/rows', single: false, onError: 'refuse' } as const

describe('what a version says of its own doubt', () => {
  let desk: Awaited<ReturnType<typeof csvTraining>>
  type Trained = Awaited<ReturnType<typeof desk.train>>
  beforeAll(async () => {
    desk = await csvTraining('doubt')
    const lines = x.map((value, row) => `${value},${y[row]},${-(y[row] ?? 0)},${label[row]}`)
    await desk.upload('rows', ['x,y,minus,label', ...lines].join('\n'))
    await desk.upload('few', ['x,y,minus,label', ...lines.slice(0, 60)].join('\n'))
  })
  afterAll(() => desk.close())

  const ask = ({ predictor }: Trained, uncertainty: { interval?: number; set?: number; abstain?: number }) =>
    predictRows(
      new ServedVersion(4, predictor),
      [0.2, 0.8].map((value) => ({ x: value })),
      { ...options, uncertainty },
    )

  it('is an interval of a number, learnt from a split or from folds', async () => {
    for (const [dataset, recipe] of [
      ['rows', { ...quick, finalEpochs: 'best' }],
      ['rows', { ...quick, finalEpochs: null }],
      ['few', { ...quick, validation: { kFold: 3 } }],
    ] as const) {
      const trained = await desk.train('number', dataset, { target: 'y', inputs: ['x'], ...recipe })
      const answers = await ask(trained, { interval: 0.9 })
      for (const answer of answers) {
        if (!('value' in answer)) throw new Error('no value')
        expect(answer.interval?.level).toBe(0.9)
        expect(answer.interval?.low).toBeLessThan(answer.value)
        expect(answer.interval?.high).toBeGreaterThan(answer.value)
      }
      const figures = trained.evaluation.intervals?.find(({ level }) => level === 0.9)
      expect(figures?.rows).toBe(dataset === 'few' ? 60 : 300)
      expect(figures?.coverage).toBeGreaterThan(0.8)
      const most = dataset === 'few' ? 0.98 : 0.99
      expect(trained.manifest['levels']).toEqual({ interval: most, set: null })
      if (dataset === 'rows') continue
      await expect(ask(trained, { interval: 0.99 })).rejects.toMatchObject({
        code: 'invalid-request',
        problems: [{ path: '/interval', message: expect.stringContaining('up to 0.98') }],
      })
    }
  }, 240_000)

  it('is an interval for each of several targets', async () => {
    const recipe = { target: ['y', 'minus'], inputs: ['x'], ...quick }
    const trained = await desk.train('two', 'rows', recipe)
    const [answer] = await ask(trained, { interval: 0.8 })
    if (!answer || !('values' in answer)) throw new Error('no values')
    for (const name of ['y', 'minus']) {
      expect(answer.intervals?.[name]?.low).toBeLessThan(answer.values[name] ?? 0)
      expect(trained.evaluation.perTarget?.[name]?.intervals).toHaveLength(3)
    }
  })

  it('is a set of classes, and whether the confidence is too small', async () => {
    const trained = await desk.train('class', 'rows', { target: 'label', inputs: ['x'], ...quick })
    const [first, second] = await ask(trained, { set: 0.95, abstain: 0.6 })
    for (const answer of [first, second]) {
      if (!answer || !('label' in answer)) throw new Error('no class')
      expect(answer.labels?.[0]).toEqual({ label: answer.label, score: answer.confidence })
      expect(answer.abstained).toBe(answer.confidence < 0.6)
    }
    expect(trained.evaluation.sets?.map(({ level }) => level)).toEqual([0.8, 0.9, 0.95])
    for (const { level, coverage } of trained.evaluation.sets ?? [])
      expect(coverage).toBeGreaterThan(level - 0.05)
    const [plain] = await predictRows(new ServedVersion(1, trained.predictor), [{ x: 0.2 }], options)
    expect(Object.keys(plain ?? {})).toEqual(['label', 'score', 'confidence', 'probabilities'])
  })

  it('is refused where it means nothing, or where no row was held out', async () => {
    const number = await desk.train('bare', 'rows', {
      target: 'y',
      inputs: ['x'],
      ...quick,
      validation: { rows: 5 },
    })
    await expect(ask(number, { interval: 0.9 })).rejects.toMatchObject({
      code: 'invalid-request',
      problems: [{ path: '/interval', message: expect.stringContaining('Train a version with validation') }],
    })
    await expect(ask(number, { set: 0.9, abstain: 0.5 })).rejects.toMatchObject({
      problems: [
        { path: '/set', message: expect.stringContaining('interval') },
        { path: '/abstain', message: expect.stringContaining('regression') },
      ],
    })
    const { predictor } = number
    const old = { ...number, predictor: Object.assign(Object.create(predictor), { levels: undefined }) }
    await expect(ask(old, { interval: 0.9 })).rejects.toMatchObject({ code: 'invalid-request' })
  })
})
